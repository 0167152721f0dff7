package templates

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with the file, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; go test ./templates -update shows how", name)
	}
}

func travel() Placement {
	return Placement{
		Key: "a", CampaignID: 1, Advertiser: "Duinrand Hotels",
		Picture: Picture{URL: "https://acties.zuinig.nl/creative/duinen.png", Width: 1200, Height: 560, Alt: "Een hotel tussen de duinen"},
		Heading: "Twee nachten aan zee, met ontbijt",
		Text: "Uitwaaien op het strand en daarna aan tafel: bij Duinrand Hotels slaap je nu twee nachten vanaf € 119 per " +
			"persoon.\n\nMet je lidmaatschap krijg je daar nog eens 6% van terug.",
		Button: "Bekijk de hotels",
		URL:    "https://www.duinrand.nl/actie?bron=zuinig&soort=mail",
	}
}

func books() Placement {
	return Placement{
		Key: "b", CampaignID: 2, Advertiser: "Boekhandel Letter & Co.",
		Picture: Picture{URL: "https://acties.zuinig.nl/creative/boeken.png", Width: 1200, Height: 480, Alt: "Een stapel boeken"},
		Heading: "Drie boeken voor de prijs van twee",
		Text:    "Kies uit duizend titels, van thrillers tot kookboeken.",
		Voucher: true,
		Button:  "Kies je boeken",
		URL:     "https://www.letterenco.nl/drie-voor-twee",
	}
}

func TestStarters(t *testing.T) {
	t.Parallel()
	for _, starter := range Starters() {
		for _, locale := range []string{"nl", "de", "en"} {
			t.Run(starter.Name+"."+locale, func(t *testing.T) {
				t.Parallel()
				in := input(starter.Source)
				in.Format, in.Label.Locale, in.Preheader = starter.Format, locale, "Vanaf € 119 per persoon, ontbijt inbegrepen"
				switch starter.Kind {
				case "solo":
					in.Placements = []Placement{travel()}
				case "newsletter":
					in.Placements = []Placement{travel(), books()}
				}
				p, findings, err := compiler().Compile(t.Context(), in)
				if err != nil || len(findings) > 0 {
					t.Fatalf("%v %+v", err, findings)
				}
				shown, err := p.Preview(0, p.Sample(map[string]string{"first_name": "Sanne"}), DeadURLs{Base: "https://acties.zuinig.nl"})
				if err != nil {
					t.Fatal(err)
				}
				checkWire(t, shown.Raw)
				if locale == "nl" {
					golden(t, starter.Kind+".html", shown.HTML)
					golden(t, starter.Kind+".txt", shown.Text)
				}
			})
		}
	}
}
