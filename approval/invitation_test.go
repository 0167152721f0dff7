package approval

import (
	"strings"
	"testing"

	"keur/campaigns"
	"keur/internal/words"
)

func TestWhoMayDecideByLink(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		contact   campaigns.Contact
		worksHere bool
		want      Refusal
	}{
		"a contact":             {campaigns.Contact{AdvertiserID: 5, MayApprove: true, VouchedBy: colleague.Actor()}, false, ""},
		"one who may no longer": {campaigns.Contact{AdvertiserID: 5, VouchedBy: colleague.Actor()}, false, NoLongerApproves},
		"another advertiser's": {campaigns.Contact{AdvertiserID: 6, MayApprove: true, VouchedBy: colleague.Actor()}, false,
			NoLongerApproves},
		"a user":                 {campaigns.Contact{AdvertiserID: 5, MayApprove: true, VouchedBy: colleague.Actor()}, true, WorksHere},
		"one the maker put down": {campaigns.Contact{AdvertiserID: 5, MayApprove: true, VouchedBy: maker.Actor()}, false, Unvouched},
	} {
		round := roundOf()
		inv := Invitation{Round: *round, Review: round.Reviews[1], Contact: c.contact}
		if got := inv.refusal(c.worksHere); got != c.want || (got.Err() == nil) != (c.want == "") {
			t.Errorf("%s: %q, %v", name, got, got.Err())
		}
	}
}

func TestEachLetterHasALinkInEachLanguage(t *testing.T) {
	t.Parallel()
	for _, occasion := range []string{"invite", "remind", "turn", "remind_user", "changes_requested", "withdrawn", "expired", "held",
		"missed"} {
		for _, language := range words.Locales() {
			got := letterTo(language, occasion, letterFacts{Mailing: "Zomer", URL: "https://x.nl/1"})
			if got.Subject == "" || !strings.Contains(got.Body, "\nhttps://x.nl/1\n") || strings.ContainsAny(got.Subject+got.Body, "{}") {
				t.Errorf("%s in %s: %q", occasion, language, got)
			}
		}
	}
}
