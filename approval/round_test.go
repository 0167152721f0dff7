package approval

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"keur/accounts"
	"keur/approval/policies"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
)

// TestEveryStateOfARound walks all states and, in each, everything that ends
// or moves a round.
func TestEveryStateOfARound(t *testing.T) {
	t.Parallel()
	all := []RoundState{Open, RoundApproved, RoundChanges, RoundWithdrawn, RoundExpired}
	next := map[RoundState][]RoundState{
		Open:          {RoundApproved, RoundChanges, RoundWithdrawn, RoundExpired},
		RoundApproved: {RoundWithdrawn},
	}
	for _, from := range all {
		for _, to := range all {
			r := Round{State: from}
			err := r.Close(to, words.Verbatim("so"), now)
			switch allowed := slices.Contains(next[from], to); {
			case allowed && (err != nil || r.State != to || r.CloseReason.String() != "so" || r.ClosedAt == nil || !r.ClosedAt.Equal(now)):
				t.Errorf("%s to %s: %+v, %v", from, to, r, err)
			case !allowed && (!fault.Is(err, fault.Conflict) || r.State != from || !r.CloseReason.IsZero() || r.ClosedAt != nil):
				t.Errorf("%s to %s, which doesn't follow: %+v, %v", from, to, r, err)
			}
		}
		r := roundOf()
		r.State = from
		if current := r.Current(); (len(current) == 1 && current[0].Step == Maker) != (from == Open) {
			t.Errorf("of one that is %s it is the turn of %v", from, current)
		}
		if err := r.Expire(r.Reviews[0].DueAt); (err == nil) != (from == Open) {
			t.Errorf("one that is %s expires: %v", from, err)
		}
	}
}

// TestEveryVerdictInEveryRound does everything to a review, in each verdict of
// it and each state of its round: only one that is pending in an open round
// takes a verdict, and then each of them.
func TestEveryVerdictInEveryRound(t *testing.T) {
	t.Parallel()
	by := Decider{Contact: client}
	acts := map[Verdict]func(*Review, *Round) error{
		Approved: func(v *Review, r *Round) error { return v.Approve(r, Given{Digest: seen}, by, now) },
		ChangesRequested: func(v *Review, r *Round) error {
			return v.RequestChanges(r, Given{Digest: seen, Reason: "another picture"}, by, now)
		},
		Waived: func(v *Review, r *Round) error { return v.Waive(r, Given{Reason: "by phone"}, colleague, now) },
	}
	for _, state := range []RoundState{Open, RoundApproved, RoundChanges, RoundWithdrawn, RoundExpired} {
		for _, verdict := range []Verdict{Pending, Approved, ChangesRequested, Waived} {
			for want, act := range acts {
				r := roundOf()
				r.Reviews[0].decide(Approved, Given{}, Decider{User: maker}, now)
				r.State, r.ClientWaivable = state, true
				v := &r.Reviews[1]
				v.Verdict = verdict
				err := act(v, r)
				switch allowed := state == Open && verdict == Pending; {
				case allowed && (err != nil || v.Verdict != want || v.DecidedAt == nil || !v.DecidedAt.Equal(now) ||
					v.settled() != (want != ChangesRequested)):
					t.Errorf("%s: %+v, %v", want, v, err)
				case !allowed && (!fault.Is(err, fault.Conflict) || v.Verdict != verdict || v.DecidedAt != nil):
					t.Errorf("%s of a review that is %s in a round that is %s: %+v, %v", want, verdict, state, v, err)
				}
			}
		}
	}
}

func TestAVerdictNamesWhoGaveIt(t *testing.T) {
	t.Parallel()
	r := roundOf()
	r.ClientWaivable = true
	r.Reviews[0].decide(Approved, Given{}, Decider{User: maker}, now)
	v := r.Reviews[1]
	if err := v.RequestChanges(r, Given{Digest: seen, Reason: "another picture"}, Decider{Contact: client}, now); err != nil ||
		v.ContactID == nil || *v.ContactID != client || v.UserID != nil || v.Reason != "another picture" {
		t.Errorf("%+v, %v", v, err)
	}
	v = r.Reviews[1]
	if err := v.Waive(r, Given{Reason: "by phone"}, colleague, now); err != nil ||
		v.UserID == nil || *v.UserID != colleague || v.ContactID != nil || v.Reason != "by phone" {
		t.Errorf("%+v, %v", v, err)
	}
	v = r.Reviews[1]
	if err := v.RequestChanges(r, Given{Digest: seen, Reason: "no"}, Decider{User: colleague}, now); !fault.Is(err, fault.Forbidden) ||
		v.Verdict != Pending {
		t.Errorf("a user asked for changes as the client: %+v, %v", v, err)
	}
	if err := v.RequestChanges(r, Given{Digest: changed, Reason: "no"}, Decider{Contact: client}, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("changes of something else: %v", err)
	}
	if err := r.Reviews[2].Waive(r, Given{Reason: "so"}, colleague, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a colleague's step was waived: %v", err)
	}
}

// Up to its very deadline a step may be decided; from then on its round expires.
func TestTheDeadlineToTheSecond(t *testing.T) {
	t.Parallel()
	r := roundOf()
	due := r.Reviews[0].DueAt
	if err := r.Expire(due.Add(-time.Second)); !fault.Is(err, fault.Conflict) {
		t.Errorf("it expired before: %v", err)
	}
	if err := r.Reviews[0].Refuses(r, maker, due); err != nil {
		t.Errorf("at its deadline it can't be decided: %v", err)
	}
	if err := r.Reviews[0].Refuses(r, maker, due.Add(time.Second)); !fault.Is(err, fault.Conflict) || r.Reviews[0].Verdict != Pending {
		t.Errorf("after it: %v", err)
	}
	r.ClientWaivable = true
	if err := r.Reviews[1].Waive(r, Given{Reason: "so"}, colleague, due); err != nil {
		t.Errorf("at its deadline it can't be waived: %v", err)
	}
}

func TestWhoFilledAStep(t *testing.T) {
	t.Parallel()
	r := roundOf()
	r.SubmittedBy = actors.User(lead)
	if r.Complete() || (&Round{}).Complete() {
		t.Error("nobody decided yet")
	}
	r.Reviews[0].decide(Approved, Given{}, Decider{User: maker}, now)
	r.Reviews[1].decide(Waived, Given{}, Decider{User: colleague}, now)
	if err := r.May(authors.Decide, colleague); !fault.Is(err, fault.Forbidden) {
		t.Errorf("who waived the client's step decides as well: %v", err)
	}
	if current := r.Current(); len(current) != 1 || current[0].Step != Colleague {
		t.Errorf("it is the turn of %v", current)
	}
	for actor, made := range map[string]bool{maker.Actor(): true, lead.Actor(): true, colleague.Actor(): false, "": false} {
		if r.madeBy(actor) != made {
			t.Errorf("%q is among the makers: %v", actor, !made)
		}
	}
}

// Each step has its hours after the one before, but none goes past the slot.
func TestStepsAreDueOneAfterTheOther(t *testing.T) {
	t.Parallel()
	from := 10
	p := policies.Policy{LeadFrom: &from, ClientHours: 48, ColleagueHours: 24}
	content := &mailings.Content{Placements: []mailings.Placement{{AdvertiserID: 5}, {AdvertiserID: 6}}}
	for _, c := range []struct {
		slot time.Time
		want []int // hours after now
	}{
		{time.Time{}, []int{1, 49, 49, 73, 97}},
		{now.Add(80 * time.Hour), []int{1, 49, 49, 73, 80}},
		{now.Add(49 * time.Hour), []int{1, 49, 49, 49, 49}},
		{now.Add(48 * time.Hour), []int{1, 48, 48, 48, 48}},
	} {
		for i, step := range StepsOf(&p, content, 10, now, c.slot) {
			if want := now.Add(time.Duration(c.want[i]) * time.Hour); !step.DueAt.Equal(want) || step.Verdict != Pending {
				t.Errorf("step %d is due at %s, want %s", i, step.DueAt, want)
			}
			if advertiser := map[int]campaigns.AdvertiserID{1: 5, 2: 6}[i]; (step.AdvertiserID == nil) != (advertiser == 0) ||
				advertiser != 0 && *step.AdvertiserID != advertiser {
				t.Errorf("step %d asks advertiser %v", i, step.AdvertiserID)
			}
			if want := []int{1, 2, 2, 3, 4}[i]; step.Position != want {
				t.Errorf("step %d is at position %d, want %d", i, step.Position, want)
			}
		}
	}
	if p.RemindHours = 3; p.RemindBefore() != 3*time.Hour {
		t.Errorf("reminders go out %s before", p.RemindBefore())
	}
}

func TestTheChecklistInItsColumn(t *testing.T) {
	t.Parallel()
	var ticks Ticks
	if err := ticks.Scan([]byte(`["content"]`)); err != nil || !slices.Equal(ticks, Ticks{"content"}) {
		t.Errorf("%v, %v", ticks, err)
	}
	if err := ticks.Scan("content"); err == nil {
		t.Error("a checklist was read of text")
	}
	for want, ticks := range map[string]Ticks{"[]": nil, `["a","b"]`: {"a", "b"}} {
		if column, err := ticks.Value(); err != nil || column != want {
			t.Errorf("%v is written %v, want %s: %v", ticks, column, want, err)
		}
	}
	if points := Checklist(); !slices.Equal(points, []string{"content", "links", "audience", "slot", "terms"}) {
		t.Errorf("%v", points)
	}
	for i, point := range checklist { // each of them is needed
		r := roundOf()
		if err := r.Reviews[0].SignOff(r, Given{}, slices.Delete(Checklist(), i, i+1), maker, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("without %s: %v", point, err)
		}
	}
	r := roundOf()
	r.State = RoundExpired
	if err := r.Reviews[0].SignOff(r, Given{}, Ticks(checklist), maker, now); !fault.Is(err, fault.Conflict) ||
		r.Reviews[0].Checklist != nil {
		t.Errorf("signed off in a round that expired: %v", err)
	}
}

func TestStatesInWords(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(RoundChanges.Words(), ", ", ChangesRequested.Words()); got != "changes requested, changes requested" {
		t.Error(got)
	}
}

func TestALinkHasAnEnd(t *testing.T) {
	t.Parallel()
	l := Link{ExpiresAt: now}
	if err := l.Valid(now.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	if err := l.Valid(now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("at its end: %v", err)
	}
	l.RevokedAt = &now
	if err := l.Valid(now.Add(-time.Second)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("taken back: %v", err)
	}
}

func TestWhatAnEntrySays(t *testing.T) {
	t.Parallel()
	name := "Mara"
	for want, e := range map[string]Entry{"user:1 (Mara)": {Actor: accounts.UserID(1).Actor(), Name: &name},
		"system:scheduler": {Actor: "system:scheduler"}} {
		if got := e.By(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if text, err := (HexBytes{0xab, 0x01}).MarshalText(); err != nil || string(text) != "ab01" {
		t.Errorf("%s, %v", text, err)
	}
}

func TestWhyASendIsHeldInWords(t *testing.T) {
	t.Parallel()
	drift := words.Of("hold.drift", "now", 6000, "approved", 4)
	for _, c := range []struct {
		locale string
		reason words.Message
		want   string
	}{
		{"nl", drift, "Afwijking: de doelgroep telt nu 6.000 leden, en 4 zijn goedgekeurd."},
		{"fr", drift, "Drift: the audience is 6,000 now, and 4 was approved."},
		{"de", words.Message{}, ""},
	} {
		if got := heldBecause(c.locale, c.reason); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.locale, c.reason, got, c.want)
		}
	}
}
