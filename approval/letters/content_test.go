package letters

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/fault/faulttest"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/mailingstest"
)

// TestAClientsLetterShowsTheirOwn: its subjects are what members read, and the
// picture is of the client to whom it goes.
func TestAClientsLetterShowsTheirOwn(t *testing.T) {
	t.Parallel()
	const picture = "https://m.x.nl/i/cd"
	w, _ := mailingstest.Fresh(t, 0)
	b := w.Brief(t, "2026-11-24T10:00")
	b.Subjects = []mailings.Subject{
		{Key: "a", Text: `{{member.first_name | default "lid"}}, de zon in`, Weight: 1}, {Key: "b", Text: "Winterzon & meer", Weight: 1},
	}
	_, r := w.Draft(t, b)
	content, err := w.Mailings.Content(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	content.Placements[0].CreativeURL, content.Placements[0].Alt = picture, "Strand"

	client := Client{
		Facts: Facts{Name: "Anna", Mailing: "Winterzon", Label: "Spaarzegel", URL: "https://x.nl/a/1",
			Until: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)},
		Say: words.In("nl"), Why: "invite", Look: labels.Label{Name: "Spaarzegel", Accent: "#0a6b5d"},
	}
	for name, try := range map[string]struct {
		client int64
		shown  bool
	}{
		"the advertiser":   {int64(w.Advertiser.ID), true},
		"another one":      {int64(w.Advertiser.ID) + 1, false},
		"of no advertiser": {0, false},
	} {
		letter := client
		got, err := letter.Of(t.Context(), w.Compiler, &content, try.client)
		if err != nil {
			t.Fatal(err)
		}
		if want := "Robin, de zon in · Winterzon & meer"; letter.Subject != want || !strings.Contains(got.Body, want) {
			t.Errorf("%s reads of %q in %s", name, letter.Subject, got.Body)
		}
		if strings.Contains(got.HTML, picture) != try.shown {
			t.Errorf("%s is shown the picture: %t", name, !try.shown)
		}
	}
	content.Template.Source = "{{if}}"
	letter := client
	if _, err := letter.Of(t.Context(), w.Compiler, &content, 0); err == nil {
		t.Error("a source that can't be read has a letter")
	}
}

func TestNotesToClients(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "", " \r\n ": "", " Graag vandaag.\r\nGroet ": "Graag vandaag.\nGroet",
		strings.Repeat("é", MaxNote): strings.Repeat("é", MaxNote),
	} {
		if got, err := Note(typed); err != nil || got != want {
			t.Errorf("%q is %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{strings.Repeat("é", MaxNote+1), "bel\ab", "a\x00b"} {
		if got, err := Note(typed); !fault.Is(err, fault.Invalid) || !slices.Equal(faulttest.Paths(err), []string{"note"}) || got != "" {
			t.Errorf("%.20q is %q, %v", typed, got, err)
		}
	}
}
