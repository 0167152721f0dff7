package products_test

import (
	"strings"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/links"
	"keur/internal/words"
	"keur/networks/products"
)

// What was taken stays as it was then; what became of the product since is told, and
// asked about where members would meet something else.
func TestPicks(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.refresh(t, row("1", "Tent", "129,00", "159,00", "4")+row("2", "Lamp", "12,00", "", ""))
	campaign := campaigns.Campaign{ID: 1, LabelID: 1, AdvertiserID: 1, Name: "Herfst"}
	tent, err := r.Store.Get(t.Context(), 1)
	must(t, err)
	other := campaigns.Campaign{ID: 2, LabelID: 1, AdvertiserID: 2}
	if _, err := r.Pick(r.mara, &tent, &other, "Keur", "nl"); words.OfError(err).Key != "products.other_campaign" {
		t.Errorf("into another's campaign: %v", err)
	}
	r.by(t, `INSERT INTO campaign_links (campaign_id, name, url, utm) VALUES (1, 'Diep', 'https://awin.example/?u={url}', false)`)
	got, err := r.Pick(r.mara, &tent, &campaign, "Keur", "nl")
	must(t, err)
	const page = "https://awin.example/?u=https%3A%2F%2Fzon.example%2F1"
	if got.Price != "€\u00a0129,00 in plaats van €\u00a0159,00" || got.URL != page || got.Creative == nil {
		t.Errorf("%+v", got)
	}
	tent.Click = "https://awin.example/?p=1"
	if again, err := r.Pick(r.mara, &tent, &campaign, "Keur", "nl"); err != nil || again.URL != tent.Click {
		t.Errorf("a link that is tracked already: %+v, %v", again, err)
	}
	for _, tt := range []struct{ rows, want string }{
		{row("1", "Tent", "129,00", "159,00", "4"), ""},
		{row("1", "Tent", "119,00", "159,00", "4"), "tells products.cheaper"},
		{row("1", "Tent", "139,00", "159,00", "4"), "asks products.dearer"},
		{row("1", "Tent", "GBP 129,00", "", "4"), "asks products.currency"},
		{row("1", "Tent", "129,00", "", "0"), "tells products.not_reduced, asks products.out_of_stock"},
		{row("1", "Slaapzak", "129,00", "159,00", "4"), "tells products.renamed"},
		{"", "asks products.gone"},
	} {
		r.refresh(t, tt.rows+row("2", "Lamp", "12,00", "", ""))
		found, err := r.Check(t.Context(), []products.PickID{got.ID}, time.UTC)
		must(t, err)
		var all []string
		for _, f := range found {
			all = append(all, map[links.Severity]string{links.Asks: "asks ", links.Tells: "tells "}[f.Severity]+f.Message.Key)
		}
		if said := strings.Join(all, ", "); said != tt.want {
			t.Errorf("%q: %s", tt.rows, said)
		}
	}
	gone, err := r.Picked(t.Context(), got.ID)
	must(t, err)
	must(t, r.Keep(r.mara, got.ID, gone.Says, "is nog in de winkel"))
	found, err := r.Check(t.Context(), []products.PickID{got.ID}, time.UTC)
	if len(found) != 1 || found[0].Severity != links.Tells {
		t.Errorf("kept: %v, %v", found, err)
	}
	if err := r.Keep(r.mara, got.ID, gone.Says, "nog eens"); words.OfError(err).Key != "material.nothing_asked" {
		t.Errorf("kept twice: %v", err)
	}
	r.refresh(t, row("1", "Tent", "149,00", "", "4")+row("2", "Lamp", "12,00", "", ""))
	if found, err = r.Check(t.Context(), []products.PickID{got.ID}, time.UTC); len(found) != 1 || found[0].Severity != links.Asks {
		t.Errorf("dearer after it was kept: %v, %v", found, err)
	}
	seen, err := r.Picked(t.Context(), got.ID)
	must(t, err)
	r.refresh(t, row("1", "Tent", "349,00", "", "4")+row("2", "Lamp", "12,00", "", ""))
	if err := r.Keep(r.mara, got.ID, seen.Says, "€ 149 mag"); words.OfError(err).Key != "material.said_otherwise" {
		t.Errorf("kept by who saw another price: %v", err)
	}
	if found, err = r.Check(t.Context(), []products.PickID{got.ID}, time.UTC); len(found) != 1 || found[0].Severity != links.Asks {
		t.Errorf("dearer than was seen: %v, %v", found, err)
	}
}
