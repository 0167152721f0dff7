package letters

import (
	"strings"
	"testing"
	"time"

	"keur/internal/words"
	"keur/labels"
	"keur/templates"
)

func TestEachLetterHasALinkInEachLanguage(t *testing.T) {
	t.Parallel()
	for _, occasion := range []string{"turn", "remind_user", "changes_requested", "withdrawn", "expired", "held",
		"missed", "mended"} {
		for _, language := range words.Locales() {
			got := To(language, occasion, Facts{Mailing: "Zomer", URL: "https://x.nl/1"})
			if got.Subject == "" || !strings.Contains(got.Body, "\nhttps://x.nl/1\n") || strings.ContainsAny(got.Subject+got.Body, "{}") {
				t.Errorf("%s in %s: %q", occasion, language, got)
			}
		}
	}
}

// A client's letter says the same in both its parts, and nothing of what was
// typed becomes markup.
func TestAClientsLetterHasTheLabelsLook(t *testing.T) {
	t.Parallel()
	logo := strings.Repeat("ab", 32)
	for _, why := range []string{"invite", "remind", "carried"} {
		for _, language := range words.Locales() {
			letter := Client{
				Facts: Facts{
					Name: "Anna <b>", Mailing: "Zomer", Label: "Spaarpad", URL: "https://x.nl/a/1", Asker: "Sanne",
					Moment: "dinsdag",
					Until:  time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
				},
				Say: words.In(language), Why: why, Subject: "De zon in", Note: "Kun je vandaag kijken?\nGroet",
				Look: labels.Label{
					Name: "Spaarpad", Accent: "#f5c211", Logo: logo, PublicURL: "https://m.x.nl",
					ImprintName: "X BV", ImprintAddress: "Kade 1\nZeist",
				},
				Picture: templates.Picture{URL: "https://m.x.nl/i/cd", Width: 1200, Height: 600, Alt: "Strand"},
			}
			got, err := letter.write()
			if err != nil {
				t.Fatal(err)
			}
			if got.Subject == "" || !strings.Contains(got.Body, "\nhttps://x.nl/a/1\n") ||
				strings.ContainsAny(got.Subject+got.Body, "{}") || !strings.Contains(got.Body, "Kun je vandaag kijken?\nGroet\n\n") {
				t.Errorf("%s in %s: %q", why, language, got.Body)
			}
			for _, want := range []string{
				"Anna &lt;b&gt;", "Kun je vandaag kijken?<br>Groet", "De zon in", "dinsdag", `href="https://x.nl/a/1"`,
				"https://m.x.nl/i/" + logo, `src="https://m.x.nl/i/cd" width="520" alt="Strand"`,
				"border-top:8px solid #f5c211",
				"color:#000000;font-weight:bold", "X BV<br>Kade 1<br>Zeist",
			} {
				if !strings.Contains(got.HTML, want) {
					t.Errorf("%s in %s doesn't have %q: %s", why, language, want, got.HTML)
				}
			}
			asks := words.In(language).T("approval_letter.look")
			if strings.Contains(got.HTML, asks) == (why == "carried") {
				t.Errorf("%s in %s asks who needn't decide, or doesn't ask who must", why, language)
			}
			if !strings.HasPrefix(got.FromName, "Sanne ") || !strings.HasSuffix(got.FromName, " Spaarpad") {
				t.Errorf("it comes from %q", got.FromName)
			}
			letter.Asker, letter.Note, letter.Look.Logo = "", "", ""
			if got, err = letter.write(); err != nil || got.FromName != "" || strings.Contains(got.HTML, logo) {
				t.Errorf("without asker, note and logo: %v, %+v", err, got)
			}
		}
	}
}
