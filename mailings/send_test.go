package mailings

import (
	"testing"
	"time"

	"keur/accounts"
	"keur/internal/fault"
)

func TestAReleaseExcusesOneGuardOnly(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	const author, colleague accounts.UserID = 1, 2
	s := Send{State: Freezing}
	if err := s.Hold("drift: the audience is 6 now, and 4 was approved", now); err != nil {
		t.Fatal(err)
	}
	if s.Excused("drift") {
		t.Error("nobody released it yet")
	}
	if err := s.Release(author, []accounts.UserID{author}, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an author released it: %v", err)
	}
	if err := s.Release(colleague, []accounts.UserID{author}, now); err != nil {
		t.Fatal(err)
	}
	if !s.Excused("drift") || s.Excused("bounces") || s.Excused("") {
		t.Error("released from drift, it is to be held for bounces, and not for drift")
	}
	s.State = Sending
	if err := s.Hold("bounces: 9.0% of 1000 mails went to addresses that don't exist", now); err != nil {
		t.Fatal(err)
	}
	if s.Excused("bounces") || s.ReleasedBy != nil {
		t.Error("an earlier release excuses it from a reason that came later")
	}
}

func TestAMailingThatNeverLeftIsADraftAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tally Tally
		want  State
	}{
		{Tally{Begun: 1}, Done},
		{Tally{}, Done}, // all were called off
		{Tally{Missed: 1, Begun: 1}, Done},
		{Tally{Missed: 2}, Draft},
		{Tally{Open: 1, Missed: 1}, Scheduled},
	} {
		m := Mailing{State: Scheduled}
		if err := m.Conclude(c.tally); m.State != c.want || (err != nil) != (c.want == Scheduled) {
			t.Errorf("%+v makes it %s, want %s: %v", c.tally, m.State, c.want, err)
		}
	}
}

func TestAMissedSendGetsANewSlotUntilItsDeadline(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	late := Send{State: Missed, DeadlineAt: &deadline}
	if err := late.GiveUp(2, []accounts.UserID{1}, deadline); !fault.Is(err, fault.Conflict) || late.State != Missed {
		t.Errorf("at its deadline: %s, %v", late.State, err)
	}
	if err := late.GiveUp(2, []accounts.UserID{1}, deadline.Add(-time.Second)); err != nil || late.State != SendCancelled {
		t.Errorf("before its deadline: %s, %v", late.State, err)
	}
}
