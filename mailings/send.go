package mailings

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"keur/accounts"
	"keur/authors"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/states"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings/schedules"
	"keur/segments"
)

// SendID names a send.
type SendID int64

// SendState is where a send stands.
type SendState string

// The states of a send.
const (
	Planned       SendState = "planned"
	Preflight     SendState = "preflight" // approval, stock, links and sender are checked again
	Freezing      SendState = "freezing"  // its audience is being written to the ledger
	Sending       SendState = "sending"
	Paused        SendState = "paused"
	Finished      SendState = "finished" // every delivery has its outcome
	Held          SendState = "held"     // stopped by a guard; a colleague releases it
	Missed        SendState = "missed"   // its slot passed by more than the grace
	SendCancelled SendState = "cancelled"
)

// Comes reports whether a send of this state goes out yet, or is going out.
func (s SendState) Comes() bool { return s != "" && s != Finished && s != Missed && s != SendCancelled }

// SendTransitions lists which state of a send may follow which.
func SendTransitions() states.Machine[SendState] {
	return states.Machine[SendState]{First: Planned, Follows: map[SendState][]SendState{
		Planned:   {Preflight, Held, Missed, SendCancelled},
		Preflight: {Planned, Freezing, Held, Missed, SendCancelled},
		Freezing:  {Preflight, Sending, Held, Missed, SendCancelled},
		Sending:   {Paused, Held, Finished, SendCancelled},
		Paused:    {Sending, Held, Finished, SendCancelled},
		Held:      {Preflight, Sending, SendCancelled},
		Missed:    {SendCancelled},
	}}
}

// Send is one occurrence of a mailing, unique by its local slot.
type Send struct {
	ID         SendID              `db:"id" json:"id"`
	MailingID  ID                  `db:"mailing_id" json:"mailing_id"`
	RevisionID RevisionID          `db:"revision_id" json:"revision_id"`
	LabelID    labels.ID           `db:"label_id" json:"label_id"`
	SlotLocal  schedules.LocalTime `db:"slot_local" json:"slot_local"`
	SlotAt     time.Time           `db:"slot_at" json:"slot_at"`
	Month      Month               `db:"month" json:"-"`
	State      SendState           `db:"state" json:"state"`
	HeldReason words.Message       `db:"held_reason" json:"held_reason,omitzero"`
	HeldAt     *time.Time          `db:"held_at" json:"held_at,omitempty" doc:"When it was held last"`
	MendedAt   *time.Time          `db:"mended_at" json:"mended_at,omitempty" doc:"Since when all links for which it is held are known to work again"`
	ReleasedBy *actors.User        `db:"released_by" json:"released_by,omitempty"`
	Releases   Releases            `db:"releases" json:"releases,omitempty" doc:"What it was let go on from, as that was shown"`
	PausedBy   *actors.User        `db:"paused_by" json:"paused_by,omitempty"`
	PausedAt   *time.Time          `db:"paused_at" json:"paused_at,omitempty"`
	DeadlineAt *time.Time          `db:"deadline_at" json:"deadline_at"`
	Waterfall  *json.RawMessage    `db:"waterfall" json:"waterfall"`
	Audience   *int                `db:"audience" json:"audience"`
	Kept       *int                `db:"sealed_kept" json:"kept,omitempty" doc:"Of the audience, those whom the approval names"`
	CreatedAt  time.Time           `db:"created_at" json:"created_at"`
	FrozenAt   *time.Time          `db:"frozen_at" json:"frozen_at"`
	OpensAt    *time.Time          `db:"opens_at" json:"opens_at,omitempty" doc:"From when its hours let its mail leave; by its day mail is counted"`
	StartedAt  *time.Time          `db:"started_at" json:"started_at"`
	FinishedAt *time.Time          `db:"finished_at" json:"finished_at"`
}

// Coarsen rounds what the send tells of its members, for who only looks.
func (s *Send) Coarsen() {
	if s.Waterfall != nil {
		s.Waterfall = new(segments.CoarsenKept(*s.Waterfall))
	}
	s.HeldReason, s.Releases = CoarseReason(s.HeldReason), slices.Clone(s.Releases)
	for i := range s.Releases {
		s.Releases[i].Reason = CoarseReason(s.Releases[i].Reason)
	}
	for _, n := range []**int{&s.Audience, &s.Kept} {
		if *n != nil {
			*n = new(**n)
			segments.Coarsen(*n)
		}
	}
}

// Ended reports whether nothing more happens to the send.
func (s *Send) Ended() bool { return s.State == Finished || s.State == SendCancelled }

// newSlotWithin is how long after its last approved slot what was missed may still
// be given another: terms and prices are of their time.
const newSlotWithin = 30 * 24 * time.Hour

// NewSlotIn reports whether what was approved for slots up to last may still be
// given one at a moment. The database asks the same (send_new_slot_guard).
func NewSlotIn(last, at time.Time) bool { return !at.After(last.Add(newSlotWithin)) }

// Late reports whether the slot is over at now by more than a grace.
func (s *Send) Late(grace time.Duration, now time.Time) bool { return now.After(s.SlotAt.Add(grace)) }

// MoveTo changes the state at the moment now, if that may follow the present
// one. A held send goes on only by Release, and a paused one by Resume, which
// name a person.
func (s *Send) MoveTo(next SendState, now time.Time) error {
	if !SendTransitions().Allows(s.State, next) || s.State == Held && next != SendCancelled || s.State == Paused && next == Sending {
		return fault.New(fault.Conflict, "mailings.send_transition", "state", s.State, "next", next)
	}
	s.enter(next, now)
	return nil
}

// Hold stops the send until a person releases it.
func (s *Send) Hold(reason words.Message, now time.Time) error {
	if err := s.MoveTo(Held, now); err != nil {
		return err
	}
	// An earlier release was for another reason: this one needs a person again.
	s.HeldReason, s.HeldAt, s.ReleasedBy = reason, &now, nil
	return nil
}

// BrokenLinks is the key of the reason to hold a send for its links.
const BrokenLinks = "hold.links"

// Mend notes that the links for which the send is held work again. It goes on no
// sooner by that: a person releases it.
func (s *Send) Mend(now time.Time) error {
	if s.State != Held || s.HeldReason.Key != BrokenLinks || s.MendedAt != nil {
		return fault.New(fault.Conflict, "mailings.send_not_held", "state", s.State)
	}
	s.MendedAt = &now
	return nil
}

// Pause stops a send that is under way. By whom, the database notes itself.
func (s *Send) Pause(by accounts.UserID, now time.Time) error {
	if err := s.MoveTo(Paused, now); err != nil {
		return err
	}
	s.PausedBy = new(actors.User(by))
	return nil
}

// Resume lets a paused send go on from the pause that was seen, known by its
// moment. Who made it resumes only what they paused themselves.
func (s *Send) Resume(by accounts.UserID, of authors.People, seen, now time.Time) error {
	if s.State != Paused {
		return fault.New(fault.Conflict, "mailings.send_not_paused", "state", s.State)
	}
	if s.PausedAt != nil && !seen.Equal(*s.PausedAt) {
		return fault.New(fault.Conflict, "mailings.paused_anew")
	}
	if s.PausedBy != nil {
		of.PausedBy = accounts.UserID(*s.PausedBy)
	}
	if err := of.May(authors.Resume, by); err != nil {
		return err
	}
	s.enter(Sending, now)
	return nil
}

// Release lets a held send go on from where it was held: to sending if its
// audience is frozen, else to preflight. seen is the reason with its numbers, as
// it was shown: it stays on record with who released it, who is none of those
// who made it, and excuses what is near to it.
func (s *Send) Release(by accounts.UserID, of authors.People, seen string, now time.Time) error {
	if s.State != Held {
		return fault.New(fault.Conflict, "mailings.send_not_held", "state", s.State)
	}
	if err := of.May(authors.Release, by); err != nil {
		return err
	}
	if seen != s.HeldReason.String() {
		return fault.New(fault.Conflict, "mailings.held_for_another_reason")
	}
	actor := actors.User(by)
	s.ReleasedBy = &actor
	s.Releases = append(s.Releases, Release{Reason: s.HeldReason, By: actor, At: now})
	if s.FrozenAt != nil {
		s.enter(Sending, now)
		return nil
	}
	s.enter(Preflight, now)
	return nil
}

// GiveUp calls a missed send off, because someone who didn't make it gives it a
// new slot while its deadline hasn't passed.
func (s *Send) GiveUp(by accounts.UserID, of authors.People, now time.Time) error {
	if s.State != Missed {
		return fault.New(fault.Conflict, "mailings.send_not_missed", "state", s.State)
	}
	if err := of.May(authors.NewSlot, by); err != nil {
		return err
	}
	if s.DeadlineAt != nil && !now.Before(*s.DeadlineAt) {
		return fault.New(fault.Conflict, "mailings.send_lapsed")
	}
	s.ReleasedBy = new(actors.User(by))
	s.enter(SendCancelled, now)
	return nil
}

// Refuses returns why the user can't let the send go on that waits for somebody:
// held, missed or paused, as it stands now. Returns nil if they can, after they
// looked at its mail, or if it doesn't wait.
func (s *Send) Refuses(by accounts.UserID, of authors.People, now time.Time) error {
	tried := *s
	switch s.State {
	case Held:
		return tried.Release(by, of, s.HeldReason.String(), now)
	case Missed:
		return tried.GiveUp(by, of, now)
	case Paused:
		var seen time.Time
		if s.PausedAt != nil {
			seen = *s.PausedAt
		}
		return tried.Resume(by, of, seen, now)
	}
	return nil
}

func (s *Send) enter(next SendState, now time.Time) {
	s.State, s.MendedAt = next, nil
	switch next {
	case Sending:
		s.StartedAt = cmp.Or(s.StartedAt, &now)
	case Finished, SendCancelled:
		s.FinishedAt = &now
	}
}
