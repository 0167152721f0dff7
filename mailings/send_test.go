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
