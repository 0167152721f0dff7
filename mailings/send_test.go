package mailings

import (
	"slices"
	"testing"
	"time"

	"keur/accounts"
	"keur/authors"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/words"
)

func TestAReleaseIsOfWhatWasSeen(t *testing.T) {
	t.Parallel()
	now := moment
	const author, colleague accounts.UserID = 1, 2
	drift, bounces := words.Of("hold.drift", "now", 6, "approved", 4), words.Of("hold.bounces", "share", 0.09, "mails", 1000)
	s := Send{State: Freezing}
	if err := s.Hold(drift, now); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(colleague, authors.People{}, bounces.String(), now); !fault.Is(err, fault.Conflict) {
		t.Errorf("released for what it isn't held for: %v", err)
	}
	if err := s.Release(author, authors.People{Authors: []accounts.UserID{author}}, drift.String(), now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an author released it: %v", err)
	}
	if err := s.Release(colleague, authors.People{Authors: []accounts.UserID{author}}, drift.String(), now); err != nil {
		t.Fatal(err)
	}
	if len(s.Releases.Of(drift.Key)) != 1 || len(s.Releases.Of(bounces.Key)) != 0 {
		t.Errorf("released from drift, it was let go on from %v", s.Releases)
	}
	s.State = Sending
	if err := s.Hold(bounces, now); err != nil {
		t.Fatal(err)
	}
	if len(s.Releases.Of(bounces.Key)) != 0 || s.ReleasedBy != nil {
		t.Error("an earlier release excuses it from a reason that came later")
	}
}

var (
	everySendState = []SendState{Planned, Preflight, Freezing, Sending, Paused, Finished, Held, Missed, SendCancelled}
	moment         = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
)

// TestEveryStateOfASend walks all states and, in each, everything that can be
// done to a send.
func TestEveryStateOfASend(t *testing.T) {
	t.Parallel()
	next := map[SendState][]SendState{
		Planned:   {Preflight, Held, Missed, SendCancelled},
		Preflight: {Planned, Freezing, Held, Missed, SendCancelled},
		Freezing:  {Preflight, Sending, Held, Missed, SendCancelled},
		Sending:   {Paused, Held, Finished, SendCancelled},
		Paused:    {Held, Finished, SendCancelled},
		Held:      {SendCancelled},
		Missed:    {SendCancelled},
	}
	const author, colleague accounts.UserID = 1, 2
	made, later := authors.People{Maker: author}, moment.Add(time.Hour)
	for _, from := range everySendState {
		if s := (Send{State: from}); s.Ended() != (from == Finished || from == SendCancelled) {
			t.Errorf("%s has ended: %v", from, s.Ended())
		}
		check := func(act string, s Send, err error, allowed bool, to SendState) {
			switch {
			case allowed && (err != nil || s.State != to):
				t.Errorf("%s one that is %s: %s, %v", act, from, s.State, err)
			case !allowed && (!fault.Is(err, fault.Conflict) || s.State != from || s.StartedAt != nil || s.FinishedAt != nil ||
				s.ReleasedBy != nil):
				t.Errorf("%s one that is %s, which isn't allowed: %+v, %v", act, from, s, err)
			}
		}
		for _, to := range everySendState {
			s := Send{State: from}
			err := s.MoveTo(to, moment)
			check("move to "+string(to), s, err, slices.Contains(next[from], to), to)
			if begun := err == nil && to == Sending; (s.StartedAt != nil) != begun {
				t.Errorf("%s to %s began at %v", from, to, s.StartedAt)
			}
			if ended := err == nil && (to == Finished || to == SendCancelled); (s.FinishedAt != nil) != ended {
				t.Errorf("%s to %s ended at %v", from, to, s.FinishedAt)
			}
		}
		s := Send{State: from}
		err := s.Hold(words.Of("hold.drift", "now", 6, "approved", 4), moment)
		check("hold", s, err, slices.Contains(next[from], Held), Held)
		if (s.HeldReason.Key == "hold.drift") != (err == nil) {
			t.Errorf("%s is held for %q: %v", from, s.HeldReason, err)
		}
		s = Send{State: from}
		err = s.Release(colleague, made, s.HeldReason.String(), moment)
		check("release", s, err, from == Held, Preflight)
		s = Send{State: from, FrozenAt: &moment}
		err = s.Release(colleague, made, s.HeldReason.String(), later)
		check("release, frozen,", s, err, from == Held, Sending)
		s = Send{State: from}
		err = s.Pause(author, moment)
		check("pause", s, err, from == Sending, Paused)
		s = Send{State: from, StartedAt: nil}
		err = s.Resume(colleague, made, time.Time{}, moment)
		check("resume", s, err, from == Paused, Sending)
		s = Send{State: from}
		err = s.GiveUp(colleague, made, moment)
		check("give up", s, err, from == Missed, SendCancelled)
		if err == nil && *s.ReleasedBy != actors.User(colleague) {
			t.Errorf("it was given up by %s", *s.ReleasedBy)
		}
	}
}

func TestASendBeginsOnce(t *testing.T) {
	t.Parallel()
	s, later := Send{State: Paused, StartedAt: &moment}, moment.Add(time.Hour)
	if err := s.Resume(2, authors.People{Maker: 1}, time.Time{}, later); err != nil || !s.StartedAt.Equal(moment) {
		t.Errorf("it goes on as if it began at %s: %v", s.StartedAt, err)
	}
	if err := s.MoveTo(Finished, later); err != nil || !s.FinishedAt.Equal(later) {
		t.Errorf("it finished at %v: %v", s.FinishedAt, err)
	}
}

func TestAMissedSendGetsANewSlotUntilItsDeadline(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	late, made := Send{State: Missed, DeadlineAt: &deadline}, authors.People{Authors: []accounts.UserID{1}}
	if err := late.GiveUp(1, made, deadline.Add(-time.Second)); !fault.Is(err, fault.Forbidden) || late.State != Missed {
		t.Errorf("by its author: %s, %v", late.State, err)
	}
	if err := late.GiveUp(2, made, deadline); !fault.Is(err, fault.Conflict) || late.State != Missed {
		t.Errorf("at its deadline: %s, %v", late.State, err)
	}
	if err := late.GiveUp(2, made, deadline.Add(-time.Second)); err != nil || late.State != SendCancelled {
		t.Errorf("before its deadline: %s, %v", late.State, err)
	}
}

// Whoever made a send resumes only what they paused themselves.
func TestWhoResumesAPausedSend(t *testing.T) {
	t.Parallel()
	const maker, author, other accounts.UserID = 1, 2, 3
	made := authors.People{Maker: maker, Authors: []accounts.UserID{author}}
	for _, try := range []struct {
		paused, resumes accounts.UserID
		may             bool
	}{
		{maker, maker, true}, {author, author, true}, {maker, other, true},
		{maker, author, false}, {other, maker, false}, {other, author, false},
	} {
		s := Send{State: Sending, StartedAt: &moment}
		if err := s.Pause(try.paused, moment); err != nil {
			t.Fatal(err)
		}
		err := s.Resume(try.resumes, made, time.Time{}, moment)
		if (err == nil) != try.may || err != nil && !fault.Is(err, fault.Forbidden) {
			t.Errorf("paused by %d, resumed by %d: %v", try.paused, try.resumes, err)
		}
	}
}
