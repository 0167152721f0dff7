package approval

import (
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/mailings"
)

const (
	maker     accounts.UserID     = 1
	colleague accounts.UserID     = 2
	lead      accounts.UserID     = 3
	client    campaigns.ContactID = 7
)

var (
	seen    = mailings.Digest{1}
	changed = mailings.Digest{2}
	now     = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

// roundOf returns an open round over seen, written by maker, with a lead.
func roundOf() *Round {
	advertiser := campaigns.AdvertiserID(5)
	r := &Round{State: Open, Digest: seen, SubmittedBy: actors.User(maker), Authors: []accounts.UserID{maker}, Reviews: []Review{
		{ID: 1, Position: 1, Step: Maker}, {ID: 2, Position: 2, Step: Client, AdvertiserID: &advertiser},
		{ID: 3, Position: 3, Step: Colleague}, {ID: 4, Position: 4, Step: Lead},
	}}
	for i := range r.Reviews {
		r.Reviews[i].Verdict, r.Reviews[i].Digest, r.Reviews[i].DueAt = Pending, seen, now.Add(time.Hour)
	}
	return r
}

func TestThePipelineFromMakerToLead(t *testing.T) {
	t.Parallel()
	r := roundOf()
	if err := r.Reviews[0].SignOff(r, Given{}, Ticks{"content", "links", "audience", "slot", "terms"}, maker, now); err != nil {
		t.Fatal(err)
	}
	for i, by := range []Decider{{Contact: client}, {User: colleague}, {User: lead}} {
		if r.Complete() {
			t.Fatalf("the round is complete before step %d", i+2)
		}
		if err := r.Reviews[i+1].Approve(r, Given{Digest: seen}, by, now); err != nil {
			t.Fatalf("step %d: %v", i+2, err)
		}
	}
	if !r.Complete() {
		t.Error("all four approved and the round isn't complete")
	}
}

func TestWhoMayNotDecide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settled int // steps that approved before
		step    int
		by      Decider
		digest  mailings.Digest
		want    fault.Kind
	}{
		"an author as colleague":          {2, 2, Decider{User: maker}, seen, fault.Forbidden},
		"an author as lead":               {3, 3, Decider{User: maker}, seen, fault.Forbidden},
		"the colleague as lead as well":   {3, 3, Decider{User: colleague}, seen, fault.Forbidden},
		"a user as the client":            {1, 1, Decider{User: colleague}, seen, fault.Forbidden},
		"a contact as colleague":          {2, 2, Decider{Contact: client}, seen, fault.Forbidden},
		"the colleague before the client": {1, 2, Decider{User: colleague}, seen, fault.Conflict},
		"of what was seen before an edit": {2, 2, Decider{User: colleague}, changed, fault.Conflict},
		"a second time":                   {3, 2, Decider{User: lead}, seen, fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := roundOf()
			deciders := []Decider{{User: maker}, {Contact: client}, {User: colleague}}
			for i := range c.settled {
				r.Reviews[i].decide(Approved, Given{}, deciders[i], now)
			}
			err := r.Reviews[c.step].Approve(r, Given{Digest: c.digest}, c.by, now)
			if !fault.Is(err, c.want) {
				t.Errorf("got %v, want a fault that is %s", err, c.want)
			}
		})
	}
}

func TestPastTheDeadlineNobodyDecides(t *testing.T) {
	t.Parallel()
	r := roundOf()
	late := now.Add(time.Hour + time.Second)
	for i, by := range []Decider{{User: maker}, {Contact: client}, {User: colleague}} {
		if err := r.Reviews[i].Approve(r, Given{Digest: seen}, by, late); !fault.Is(err, fault.Conflict) {
			t.Errorf("step %d was approved late: %v", i+1, err)
		}
	}
	r.ClientWaivable = true
	if err := r.Reviews[1].Waive(r, Given{Reason: "why not"}, colleague, late); !fault.Is(err, fault.Conflict) {
		t.Errorf("waived late: %v", err)
	}
}

// A duty finds a late round and closes it a moment later: by then the last step
// may be decided, and what everyone approved must stand.
func TestOnlyALateRoundExpires(t *testing.T) {
	t.Parallel()
	late := now.Add(2 * time.Hour)
	r := roundOf()
	if err := r.Expire(now); !fault.Is(err, fault.Conflict) {
		t.Errorf("a round in time expired: %v", err)
	}
	r.State = RoundApproved
	if err := r.Expire(late); !fault.Is(err, fault.Conflict) || r.State != RoundApproved {
		t.Errorf("an approved round expired: %v", err)
	}
	r.State = Open
	if err := r.Expire(late); err != nil || r.State != RoundExpired {
		t.Errorf("a late round is %s: %v", r.State, err)
	}
}

func TestSignOffNeedsEveryPoint(t *testing.T) {
	t.Parallel()
	r := roundOf()
	if err := r.Reviews[0].SignOff(r, Given{}, Ticks{"content", "links"}, maker, now); !fault.Is(err, fault.Invalid) {
		t.Errorf("half a checklist was taken: %v", err)
	}
}

func TestChangesAndWaiverNeedAReason(t *testing.T) {
	t.Parallel()
	r := roundOf()
	r.Reviews[0].decide(Approved, Given{}, Decider{User: maker}, now)
	for _, why := range []string{" \n", "\u200b\u2060", strings.Repeat("x", maxReason+1)} { // that nobody can read
		given := Given{Digest: seen, Reason: why}
		if err := r.Reviews[1].RequestChanges(r, given, Decider{Contact: client}, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("sent back for %.9q: %v", why, err)
		}
	}
	if err := r.Reviews[1].RequestChanges(r, Given{Digest: seen}, Decider{Contact: client}, now); !fault.Is(err, fault.Invalid) {
		t.Errorf("changes without a reason: %v", err)
	}
	if err := r.Reviews[1].Waive(r, Given{Reason: "they are on holiday"}, colleague, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("waived against the policy: %v", err)
	}
	r.ClientWaivable = true
	if err := r.Reviews[1].Waive(r, Given{}, colleague, now); !fault.Is(err, fault.Invalid) {
		t.Errorf("waived without a reason: %v", err)
	}
	if err := r.Reviews[1].Waive(r, Given{Reason: "they are on holiday"}, colleague, now); err != nil {
		t.Error(err)
	}
	if err := r.Reviews[2].Approve(r, Given{Digest: seen}, Decider{User: colleague}, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("whoever waived the client's approval approves as well: %v", err)
	}
	r.Reviews[2].decide(Approved, Given{}, Decider{User: lead}, now)
	r.Reviews[1].Verdict, r.Reviews[1].UserID = Pending, nil
	for name, by := range map[string]accounts.UserID{"the maker": maker, "the colleague": lead} {
		if err := r.Reviews[1].Waive(r, Given{Reason: "they are on holiday"}, by, now); !fault.Is(err, fault.Forbidden) {
			t.Errorf("waived by %s: %v", name, err)
		}
	}
}

func TestStepsOfAPolicy(t *testing.T) {
	t.Parallel()
	from := 5000
	p := policies.Policy{LeadFrom: &from, ClientHours: 48, ColleagueHours: 24}
	content := &mailings.Content{Placements: []mailings.Placement{{AdvertiserID: 5}, {AdvertiserID: 6}, {AdvertiserID: 5}}}
	slot := now.Add(60 * time.Hour)
	steps := StepsOf(&p, content, 5000, now, slot)
	want := []Step{Maker, Client, Client, Colleague, Lead}
	if len(steps) != len(want) {
		t.Fatalf("got %d steps, want %d", len(steps), len(want))
	}
	for i, step := range steps {
		if step.Step != want[i] {
			t.Errorf("step %d is %s, want %s", i, step.Step, want[i])
		}
		if step.DueAt.After(slot) {
			t.Errorf("the %s step is due after the slot", step.Step)
		}
	}
	if n := len(StepsOf(&p, content, 4999, now, slot)); n != 4 {
		t.Errorf("below the lead's audience there are %d steps, want 4", n)
	}
	if n := len(StepsOf(&p, &mailings.Content{}, 10, now, slot)); n != 2 {
		t.Errorf("a house mailing has %d steps, want maker and colleague", n)
	}
}
