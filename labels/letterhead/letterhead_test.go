package letterhead

import (
	"strings"
	"testing"

	"keur/labels"
)

// A letter has the label's name, colour and imprint around its words, and nothing
// of it is read as markup.
func TestLetterhead(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	head := Head{
		Label: labels.Label{
			Name: "Spaar & Co", Accent: "#ffe066", ImprintName: "Shop <BV>", ImprintAddress: "Kade 1\nAmsterdam\n",
			PublicURL: "https://mail.shop.example",
		},
		Locale: "nl", Title: "Bevestig", URL: "https://mail.shop.example/s/nl/a?b=1&c=2", Button: "Bevestig",
	}
	if err := Parse(`{{define "letter"}}<p>{{.Words}}</p>{{template "button" .Head}}{{end}}`).Execute(&page, struct {
		Head  Head
		Words string
	}{head, "Dag <jij>"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<html lang="nl">`, "Spaar &amp; Co", "Shop &lt;BV&gt;<br>Kade 1<br>Amsterdam", "<p>Dag &lt;jij&gt;</p>",
		`href="https://mail.shop.example/s/nl/a?b=1&amp;c=2"`, "border-top:8px solid #ffe066", "color:#000000",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %s in %s", want, page.String())
		}
	}
	head.Label.Logo = "abc"
	page.Reset()
	if err := Parse(`{{define "letter"}}{{end}}`).Execute(&page, struct{ Head Head }{head}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), `src="https://mail.shop.example/i/abc"`) {
		t.Errorf("no logo in %s", page.String())
	}
}
