package approval

import (
	"testing"

	"keur/campaigns"
)

func TestWhoMayDecideByLink(t *testing.T) {
	t.Parallel()
	before, after, zero, third := int64(3), int64(4), int64(0), "user:77"
	contact := func(of campaigns.AdvertiserID, may bool, proposed, vouched string, since *int64) campaigns.Contact {
		return campaigns.Contact{
			AdvertiserID: of, MayApprove: may, ProposedBy: &proposed, VouchedBy: vouched, ApprovesAfter: since, Email: "anna@reis.example",
		}
	}
	by := colleague.Actor()
	for name, c := range map[string]struct {
		contact   campaigns.Contact
		worksHere bool
		address   string
		want      Refusal
	}{
		"a contact":                       {contact(5, true, third, by, &before), false, "anna@reis.example", ""},
		"of before there was any round":   {contact(5, true, third, by, &zero), false, "anna@reis.example", ""},
		"one who may no longer":           {contact(5, false, third, by, nil), false, "anna@reis.example", NoLongerApproves},
		"another advertiser's":            {contact(6, true, third, by, &before), false, "anna@reis.example", NoLongerApproves},
		"a user":                          {contact(5, true, third, by, &before), true, "anna@reis.example", WorksHere},
		"one the maker proposed":          {contact(5, true, maker.Actor(), by, &before), false, "anna@reis.example", ""},
		"one the maker confirmed":         {contact(5, true, third, maker.Actor(), &before), false, "anna@reis.example", ""},
		"one the makers agreed on":        {contact(5, true, maker.Actor(), maker.Actor(), &before), false, "anna@reis.example", Unvouched},
		"confirmed after the submission":  {contact(5, true, third, by, &after), false, "anna@reis.example", TooNew},
		"a link that went somewhere else": {contact(5, true, third, by, &before), false, "anna@old.example", Moved},
	} {
		round := roundOf()
		round.ID = 4
		inv := Invitation{Round: *round, Review: round.Reviews[1], Contact: c.contact, Link: Link{Address: c.address}}
		if got := inv.refusal(c.worksHere); got != c.want || (got.Err() == nil) != (c.want == "") {
			t.Errorf("%s: %q, %v", name, got, got.Err())
		}
	}
}
