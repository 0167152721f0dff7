package mailings

import (
	"slices"
	"testing"
	"time"

	"keur/internal/fault"
)

var everyState = []State{Draft, InReview, ChangesRequested, Approved, Scheduled, Done, Cancelled}

// TestEveryStateOfAMailing walks all states and, in each, everything that can
// be done to a mailing.
func TestEveryStateOfAMailing(t *testing.T) {
	t.Parallel()
	next := map[State][]State{
		Draft:            {InReview, Cancelled},
		InReview:         {Draft, ChangesRequested, Approved, Cancelled},
		ChangesRequested: {Draft, InReview, Cancelled},
		Approved:         {Draft, InReview, Scheduled, Cancelled},
		Scheduled:        {Draft, InReview, Done, Cancelled},
	}
	revision := RevisionID(7)
	for _, from := range everyState {
		ended, approved := from == Done || from == Cancelled, from == Approved || from == Scheduled
		m := Mailing{State: from, RevisionID: &revision}
		if m.Ended() != ended {
			t.Errorf("%s has ended: %v", from, m.Ended())
		}
		if err := m.Standing(revision); (err == nil) != approved || !approved && !fault.Is(err, fault.Conflict) {
			t.Errorf("the revision of one that is %s stands: %v", from, err)
		}
		if err := m.Standing(revision + 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("another revision of one that is %s stands: %v", from, err)
		}
		for _, to := range everyState {
			m := Mailing{State: from}
			err := m.MoveTo(to)
			switch allowed := slices.Contains(next[from], to); {
			case allowed && (err != nil || m.State != to):
				t.Errorf("%s to %s: %s, %v", from, to, m.State, err)
			case !allowed && (!fault.Is(err, fault.Conflict) || m.State != from):
				t.Errorf("%s to %s, which doesn't follow: %s, %v", from, to, m.State, err)
			}
		}
		err := m.Revise(revision + 1)
		switch {
		case ended && (!fault.Is(err, fault.Conflict) || m.State != from || *m.RevisionID != revision):
			t.Errorf("one that is %s was edited: %s, %v", from, m.State, err)
		case !ended && (err != nil || m.State != Draft || *m.RevisionID != revision+1):
			t.Errorf("an edit of one that is %s: %s, %v", from, m.State, err)
		}
	}
}

func TestOnlyAScheduledMailingIsConcluded(t *testing.T) {
	t.Parallel()
	for _, from := range everyState {
		for _, c := range []struct {
			tally Tally
			want  State // of one that is scheduled
		}{
			{Tally{Begun: 1}, Done},
			{Tally{}, Done}, // all were called off
			{Tally{Missed: 1, Begun: 1}, Done},
			{Tally{Missed: 2}, Draft},
			{Tally{Open: 1, Missed: 1}, Scheduled},
		} {
			m, want := Mailing{State: from}, c.want
			if from != Scheduled {
				want = from
			}
			if err := m.Conclude(c.tally); m.State != want || (err != nil) != (want == from) {
				t.Errorf("%+v makes one that is %s %s, want %s: %v", c.tally, from, m.State, want, err)
			}
		}
	}
}

func TestAnEditNamesTheNewestRevision(t *testing.T) {
	t.Parallel()
	newest := RevisionID(7)
	for _, c := range []struct {
		mailing Mailing
		on      RevisionID
		ok      bool
	}{
		{Mailing{}, 0, true}, {Mailing{}, 7, false},
		{Mailing{RevisionID: &newest}, 7, true}, {Mailing{RevisionID: &newest}, 6, false}, {Mailing{RevisionID: &newest}, 0, false},
	} {
		if err := c.mailing.Based(c.on); (err == nil) != c.ok || !c.ok && !fault.Is(err, fault.Conflict) {
			t.Errorf("an edit on %d of %v: %v", c.on, c.mailing.RevisionID, err)
		}
	}
	none := Mailing{State: Approved}
	if err := none.Standing(0); !fault.Is(err, fault.Conflict) {
		t.Errorf("a mailing without a revision stands: %v", err)
	}
}

func TestAListSaysWhatBecameOfASlot(t *testing.T) {
	t.Parallel()
	slot := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state  State
		send   SendState
		remark SendState
		passed bool // an hour later
	}{
		{Draft, "", "", false}, {Scheduled, Planned, "", true}, {Scheduled, Held, Held, false}, {Scheduled, Missed, Missed, false},
		{Draft, Missed, Missed, false}, {Done, Finished, "", false}, {Done, Missed, Missed, false}, {Draft, Finished, Finished, false},
	} {
		m := Mailing{State: c.state, SlotState: c.send, SlotAt: &slot}
		if m.SlotRemark() != c.remark || m.SlotPassed(slot.Add(time.Hour)) != c.passed || m.SlotPassed(slot) {
			t.Errorf("%s with a send that is %q: %q, passed %v", c.state, c.send, m.SlotRemark(), m.SlotPassed(slot.Add(time.Hour)))
		}
	}
}
