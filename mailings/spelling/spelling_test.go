package spelling

import (
	"errors"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"keur/internal/hunspell"
	"keur/internal/hunspell/hunspelltest"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/labels/dictionary"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/templates"
	"keur/templates/lang"
)

func content(text string) *mailings.Content {
	return &mailings.Content{
		Label:      mailings.LabelFacts{Name: "Spaarpad", Locale: "nl", ImprintName: "Zuinig Media B.V."},
		Sender:     mailings.Sender{Name: "Sanne van Spaarpad"},
		Placements: []mailings.Placement{{Key: "p1", Advertiser: "Wijnhuis Berends", Text: text}},
	}
}

func asked(c *mailings.Content, own ...string) []string {
	known := dictionary.Known{}
	for _, w := range own {
		known.Add(w)
	}
	var all []string
	for _, o := range find(c, known) {
		all = append(all, o.word)
	}
	return all
}

func TestWhichWordsAreAsked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Koop nu, en bespaar!":                                        "Koop nu en bespaar",
		"Kijk op bol.com of https://x.nl/a?b=c of www.x":              "Kijk op of of",
		"(spaarpad.example/herfst), info@spaarpad.nl":                 "",
		"50% korting op 12-delige set, code HERFST25":                 "korting op set code",
		"Hallo {{member.first_name | default \"lezer\"}}, welkom":     "Hallo welkom",
		"voor{{member.n}}na {{if member.x}}Heren{{else}}Dames{{end}}": "Heren Dames",
		"foto’s t/m 's avonds, bijv. e-mail":                          "foto’s avonds bijv. e-mail",
		"einde.Begin #actie ❤️ a🎁b kort\u00ADing":                     "einde.Begin korting",
		"Wijnhuis Berends' wijn, Berends’s, berends":                  "wijn berends",
		"Spaarpads Spaarpad-puntjes van Zuinig":                       "puntjes",
		"cafe\u0301":                                                  "café",
		"cashback Cashback":                                           "",
		"{{ kapot":                                                    "kapot",
	} {
		if got := strings.Join(asked(content(text), "cashback"), " "); got != want {
			t.Errorf("%q asks %q, not %q", text, got, want)
		}
	}
}

func TestWhatPeopleReadOfASource(t *testing.T) {
	t.Parallel()
	c := content("")
	c.Template.Source = "<mjml><mj-head><mj-style>.stijl { kleur: rood }</mj-style>\n<mj-title>Titel</mj-title></mj-head>\n" +
		"<mj-body><!-- opmerking -->\n<mj-text>Dit is <b>v</b>et &eacute;n\n{{placement.heading}} schuin<br>regel</mj-text>" +
		"<mj-image src=\"https://x.nl/plaatje.png\" alt=\"Een fles\" />\n<p>Slot</p></mj-body></mjml>"
	c.Template.Partials = []mailings.Partial{{Name: "voet", Source: "<p title=\"x\">Afmelden</p>"}}
	var got []string
	for _, o := range find(c, dictionary.Known{}) {
		got = append(got, o.Part+" "+string(rune('0'+o.Line))+" "+o.word)
	}
	want := []string{
		" 2 Titel", " 4 Dit", " 4 is", " 4 vet", " 4 én", " 5 schuin", " 5 regel", " 5 Een", " 5 fles", " 6 Slot",
		"partial[voet] 1 Afmelden",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q,\nnot %q", got, want)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	label := labels.ID(pgtest.Label(t, db.Owner, "nl"))
	fake := hunspelltest.New(t, `{"nl_NL": {"kortign": ["korting"], "mial": []}}`)
	c := Checker{Compiler: mailingstest.Compiler(), Hunspell: hunspell.New(fake.Program), Words: dictionary.NewStore(db.App)}
	of := content("De laatste kortign van dit jaar, en nog een kortign. Per e-mial!")
	of.Subjects = []mailings.Subject{{Key: "a", Text: "Kortign: kortign!"}}
	found, err := c.Check(t.Context(), label, of)
	if err != nil || len(found) != 2 || found[0].Word != "kortign" || found[1].Word != "mial" {
		t.Fatalf("%+v, %v", found, err)
	}
	where := []Place{
		{Part: "subject[a]", Word: "kortign", Before: "Kortign: ", After: "!"},
		{Part: "placement[p1]", Word: "kortign", Before: "De laatste ", After: " van dit jaar, en nog …"},
		{Part: "placement[p1]", Word: "kortign", Before: "… dit jaar, en nog een ", After: ". Per e-mial!"},
	}
	if !slices.Equal(found[0].Places, where) || !slices.Equal(found[0].Suggestions, []string{"korting"}) {
		t.Errorf("%+v", found[0])
	}
	as := pgtest.Acting(t.Context(), "user:1")
	for _, word := range []string{"kortign", "mial"} {
		if err := c.Words.Add(as, label, word); err != nil {
			t.Fatal(err)
		}
	}
	if found, err = c.Check(t.Context(), label, of); err != nil || len(found) != 0 {
		t.Errorf("with words of the label's own: %+v, %v", found, err)
	}
}

// What hunspell says of whole sentences, where it is installed.
func TestCheckWithTheRealHunspell(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("hunspell"); err != nil {
		t.Skip("HUNSPELL ISN'T INSTALLED: apt-get install " + hunspell.Packages)
	}
	for locale, of := range map[string]struct{ text, wrong string }{
		"nl": {"Nog t/m zondag 20% korting op wijnpakketten van Wijnhuis Berends, bijv. de herfstdoos. " +
			"Bestel 'm snel: zon- en feestdagen gratis bezorgdd!", "bezorgdd"},
		"de": {"Nur bis Sonntag: Rabattgutschein für Weinpakete, z.B. die Herbstkiste. " +
			"Jetz bestellen, Herbst- und Winterweine portofrei!", "Jetz"},
		"en": {"Don’t miss our colourful autumn offers; only untill Sunday, e.g. the tasting box.", "untill"},
	} {
		c := content(of.text)
		c.Label.Locale = locale
		found, err := hunspell.New("hunspell").Check(t.Context(), locale, asked(c))
		if err != nil {
			t.Logf("%s: %v", locale, err)
			continue
		}
		if len(found) != 1 || found[0].Word != of.wrong {
			t.Errorf("%s: %+v", locale, found)
		}
	}
}

// A template may speak several languages: what the label's members never read isn't
// asked about.
func TestOtherLanguagesOfATemplate(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	label := labels.ID(pgtest.Label(t, db.Owner, "de"))
	fake := hunspelltest.New(t, `{"de_DE": {"Fehlr": ["Fehler"], "Nederlands": [], "lezer": [], "Geheim": []}}`)
	c := Checker{Compiler: mailingstest.Compiler(), Hunspell: hunspell.New(fake.Program), Words: dictionary.NewStore(db.App)}
	of := content("")
	of.Label.Locale, of.Placements = "de", nil
	of.Fields = map[string]lang.FieldType{"vip": lang.Bool}
	of.Subjects = []mailings.Subject{{Key: "a", Text: "Guten Tag"}}
	of.Template = mailings.Template{Format: templates.HTML, Source: `<html><body><p>{{if label.locale == "nl"}}Nederlands voor de lezer
{{else}}Ein Fehlr{{if member.vip}} nur für Sie: Fehlr, Geheim{{end}}{{end}}</p><a href="{{unsubscribe_url}}">Abmelden</a></body></html>`}
	found, err := c.Check(t.Context(), label, of)
	if err != nil || len(found) != 2 || found[0].Word != "Fehlr" || len(found[0].Places) != 2 || found[1].Word != "Geheim" ||
		found[0].Places[0].Before != "Ein " {
		t.Errorf("%+v, %v", found, err)
	}
	of.Template.Source = "{{if broken"
	if found, err = c.Check(t.Context(), label, of); err != nil {
		t.Errorf("of a template that can't be understood yet: %+v, %v", found, err)
	}
}

// The templates that come with Keur have no word that the real hunspell lacks.
func TestStartersAreSpelledRight(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("hunspell"); err != nil {
		t.Skip("HUNSPELL ISN'T INSTALLED: apt-get install " + hunspell.Packages)
	}
	db := pgtest.Database(t)
	label := labels.ID(pgtest.Label(t, db.Owner, "all"))
	c := Checker{Compiler: mailingstest.Compiler(), Hunspell: hunspell.New("hunspell"), Words: dictionary.NewStore(db.App)}
	for _, starter := range templates.Starters() {
		for _, locale := range []string{"nl", "de", "en"} {
			of := content("")
			of.Label.Locale, of.Placements = locale, nil
			of.Fields = map[string]lang.FieldType{"first_name": lang.Text}
			of.Template = mailings.Template{Format: starter.Format, Source: starter.Source}
			found, err := c.Check(t.Context(), label, of)
			if errors.Is(err, hunspell.ErrNoDictionary) {
				t.Logf("NO DICTIONARY OF %s: apt-get install %s", locale, hunspell.Packages)
				continue
			}
			if err != nil || len(found) != 0 {
				t.Errorf("%s in %s: %d words, such as %+v, %v", starter.Kind, locale, len(found), found[:min(len(found), 1)], err)
			}
		}
	}
}

// A text has many words, and around each stand all others: what is looked at of them
// is bounded, or one long paragraph takes minutes and gigabytes. Not parallel, as it
// counts what is allocated.
func TestALongTextIsReadQuickly(t *testing.T) {
	for name, text := range map[string]string{
		"words":       strings.Repeat("woord ", 10_000),
		"one word":    strings.Repeat("woord", 12_000),
		"lines":       strings.Repeat("woord\n", 10_000),
		"in elements": strings.Repeat("woord<b>x</b> ", 4_000),
		"compounds":   strings.Repeat("woord-woord ", 5_000),
		"braces":      strings.Repeat("{{ ", 20_000),
	} {
		c := content("")
		c.Template.Source = "<p>" + text + "</p>"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		found := find(c, dictionary.Known{})
		places := placesOf(found)
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 500 {
			t.Errorf("%s: %d words took %d MiB", name, len(found), took)
		}
		if n := len(found); name == "lines" && (n != 10_000 || found[n-1].Line != n || len(places["woord"]) != n) {
			t.Errorf("of %d lines the last is %d", n, found[n-1].Line)
		}
	}
}
