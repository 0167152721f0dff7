package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/accounts"
	"keur/labels"
	"keur/segments"
)

func TestTellingTo(t *testing.T) {
	t.Parallel()
	for want, roles := range map[disclosure][]accounts.Role{
		exactly: {accounts.Planner, accounts.Approver}, billed: {accounts.Finance}, roughly: {accounts.Viewer},
	} {
		for _, role := range roles {
			u := accounts.User{Roles: map[labels.ID][]accounts.Role{1: {role}, 2: {accounts.Planner}}}
			if got := disclosureTo(&u, 1); got != want {
				t.Errorf("%s is told %d", role, got)
			}
			if got := disclosureTo(&u, 3); got != roughly {
				t.Errorf("%s is told %d of another label", role, got)
			}
		}
	}
	if disclosureTo(nil, 1) != exactly {
		t.Error("the program isn't told all")
	}
}

func TestWhatIsTold(t *testing.T) {
	t.Parallel()
	done := Counts{
		Sent: 119, Bounced: 21, Delivered: 98, OpensUnique: 61, Opens: 99, OpensMachine: 19, ClicksUnique: 19, Clicks: 40, Complaints: 1,
		Relayed: 105, RelayDelivered: 50, RelayReturned: 19, RelayUnknown: 36,
	}
	for _, c := range []struct {
		how      disclosure
		audience int
		want     Counts
	}{
		{exactly, 7, done},
		{billed, 120, done},
		{billed, 19, Counts{}},
		{roughly, 19, Counts{}},
		{roughly, 120, Counts{
			Sent: 100, Bounced: 20, Delivered: 80, OpensUnique: 60, Opens: 80, Relayed: 100, RelayDelivered: 40, RelayUnknown: 60,
		}},
	} {
		if diff := cmp.Diff(c.want, c.how.counts(done, c.audience)); diff != "" {
			t.Errorf("%d of %d members:\n%s", c.how, c.audience, diff)
		}
	}
}

// TestSumsTellNoMoreThanTheirParts: whatever is told of two sends is what is told
// of each, so that nobody learns of a small one by subtracting.
func TestSumsTellNoMoreThanTheirParts(t *testing.T) {
	t.Parallel()
	of := func(audience int, clicked int64) Outcome {
		return Outcome{
			Sends: 1, Audience: audience,
			Counts:    Counts{Sent: int64(audience), Delivered: int64(audience), ClicksUnique: clicked, Clicks: clicked},
			Waterfall: segments.Waterfall{Matched: audience, Audience: audience},
		}
	}
	for _, how := range []disclosure{billed, roughly} {
		var without, with Outcome
		for _, big := range []Outcome{of(139, 37), of(55, 39)} {
			without.plus(how.outcome(big))
			with.plus(how.outcome(big))
		}
		with.plus(how.outcome(of(7, 3)))
		if with.Counts != without.Counts || with.Audience != without.Audience || with.Waterfall.Audience != without.Waterfall.Audience {
			t.Errorf("%d: seven members make a difference: %+v, %+v", how, with, without)
		}
	}
}
