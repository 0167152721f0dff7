package outcome

import (
	"testing"

	"keur/mailings"
	"keur/reports"
	"keur/templates/lang"
)

// A link is called by what readers click on, and told apart from one that leads
// to the same address from another block.
func TestLinksHaveNames(t *testing.T) {
	t.Parallel()
	const shop, home = "https://www.shop.example/zon/?awc=7&ref=1", "https://www.shop.example/"
	content := mailings.Content{Placements: []mailings.Placement{
		{Key: "a", Campaign: "Winterzon", Heading: "De zon in"}, {Key: "b", Campaign: "Stadtrad"},
	}}
	called := []lang.Link{
		{URL: shop, Placement: "a", Text: "Boek\n nu"}, {Index: 1, URL: shop, Placement: "a", Text: "Again"},
		{Index: 2, URL: shop, Placement: "b", Text: "Fiets"},
		{Index: 3, URL: home},
	}
	for _, c := range []struct {
		part               reports.Part
		text, place, short string
	}{
		{reports.Part{Name: shop, Placement: "a"}, "Boek nu", "De zon in", "shop.example/zon"},
		{reports.Part{Key: "0", Name: shop, Placement: "a"}, "Boek nu", "De zon in", "shop.example/zon"},
		{reports.Part{Key: "1", Name: shop, Placement: "a"}, "Again", "De zon in", "shop.example/zon"},
		{reports.Part{Key: "7", Name: shop, Placement: "a"}, "Boek nu", "De zon in", "shop.example/zon"},
		{reports.Part{Name: shop, Placement: "b"}, "Fiets", "Stadtrad", "shop.example/zon"},
		{reports.Part{Name: home}, "", "", "shop.example"},
		{reports.Part{Name: "https://gone.example/x", Placement: "z"}, "", "", "gone.example/x"},
		{reports.Part{Name: "mailto:service@shop.example"}, "", "", "mailto:service@shop.example"},
	} {
		if got := linkOf(c.part, &content, called); got.Text != c.text || got.Place != c.place || got.Short != c.short {
			t.Errorf("%s in %q: %q, %q, %q", c.part.Name, c.part.Placement, got.Text, got.Place, got.Short)
		}
	}
}

// A subject is told as members read it, but one that was changed since as it was.
func TestSubjectsAreSaidAsTheyAreRead(t *testing.T) {
	t.Parallel()
	const source = `{{member.first_name | default "Hallo"}}, de zon in`
	parts := []reports.Part{{Key: "0", Name: source}, {Key: "1", Name: "Was anders"}, {Key: "7", Name: "Weg"}, {Key: "?", Name: source}}
	saySubjects(parts, []mailings.Subject{{Text: source}, {Text: "Is anders"}}, func(i int) string {
		return []string{"Robin, de zon in", "Is anders"}[i]
	})
	for i, want := range []string{"Robin, de zon in", "Was anders", "Weg", source} {
		if parts[i].Name != want {
			t.Errorf("subject %d is told as %q, not %q", i, parts[i].Name, want)
		}
	}
}
