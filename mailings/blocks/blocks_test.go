package blocks_test

import (
	"testing"

	"keur/internal/fault"
	"keur/mailings"
	"keur/mailings/blocks"
)

// A placement becomes a block if it is of a campaign and says something; a copy
// comes behind what a mailing places, under a key of its own.
func TestAPlacementBecomesABlock(t *testing.T) {
	t.Parallel()
	m := mailings.Mailing{ID: 4, LabelID: 2}
	brief := mailings.Brief{Placements: []mailings.BriefPlacement{
		{Key: "p1", CampaignID: 7, Heading: "Winterzon"}, {Key: "p2", CampaignID: 7}, {Key: "p3", Heading: "x"},
	}}
	for name, c := range map[string]struct {
		key, called string
		want        fault.Kind
	}{
		"nothing in it": {"p2", "Zon", fault.Invalid}, "no campaign": {"p3", "Zon", fault.Invalid}, "no name": {"p1", "", fault.Invalid},
		"no such placement": {"p4", "Zon", fault.NotFound},
	} {
		if _, err := blocks.Of(&m, &brief, c.key, c.called); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := blocks.Of(&m, &brief, "p1", "Zon")
	if err != nil || b.LabelID != 2 || b.MailingID != 4 || b.Says.Heading != "Winterzon" {
		t.Fatalf("%+v, %v", b, err)
	}
	if key := b.Put(&brief); key != "p4" || len(brief.Placements) != 4 || brief.Placements[3].CampaignID != 7 {
		t.Errorf("%s: %+v", key, brief.Placements)
	}
	brief.Placements[3].Heading = "Zomerzon"
	if b.Says.Heading != "Winterzon" {
		t.Error("a copy is changed, and the block with it")
	}
}
