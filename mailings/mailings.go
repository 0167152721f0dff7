// Package mailings holds what is to be sent: a mailing, its placements, its
// immutable revisions with the digest that approvals are bound to, whom it
// reaches, and its sends. It knows which state may follow which; who must
// approve is package approval's, and that a send happens at its slot is package
// scheduler's.
package mailings

import (
	"time"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/states"
	"keur/labels"
	"keur/mailings/schedules"
)

// ID names a mailing.
type ID int64

// Kind says whom a mailing promotes.
type Kind string

// The kinds of mailing.
const (
	Solo       Kind = "solo"       // one placement
	Newsletter Kind = "newsletter" // several placements, of several advertisers
	House      Kind = "house"      // none: our own news, prize draws, welcome series
)

// State is where a mailing stands on its way.
type State string

// The states of a mailing.
const (
	Draft            State = "draft"
	InReview         State = "in_review"
	ChangesRequested State = "changes_requested"
	Approved         State = "approved"
	Scheduled        State = "scheduled" // its sends are planned
	Done             State = "done"      // every send has ended and no more will come
	Cancelled        State = "cancelled"
)

// Transitions lists which state of a mailing may follow which. An edit leads
// back to draft from anywhere before the end, and the end of an approval back to
// review if its renewal is open.
func Transitions() states.Machine[State] {
	return states.Machine[State]{First: Draft, Follows: map[State][]State{
		Draft:            {InReview, Cancelled},
		InReview:         {Draft, ChangesRequested, Approved, Cancelled},
		ChangesRequested: {Draft, InReview, Cancelled},
		Approved:         {Draft, InReview, Scheduled, Cancelled},
		Scheduled:        {Draft, InReview, Done, Cancelled},
	}}
}

// Mailing is one e-mail to be sent under one label, once or again and again.
type Mailing struct {
	ID         ID                  `db:"id" json:"id"`
	LabelID    labels.ID           `db:"label_id" json:"label_id"`
	Name       string              `db:"name" json:"name"`
	Kind       Kind                `db:"kind" json:"kind"`
	State      State               `db:"state" json:"state"`
	RevisionID *RevisionID         `db:"revision_id" json:"revision_id"` // the newest; nil before the first edit
	CopyOf     *ID                 `db:"copy_of" json:"copy_of,omitempty" doc:"What it began as a copy of"`
	CreatedBy  string              `db:"created_by" json:"created_by"`
	CreatedAt  time.Time           `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time           `db:"updated_at" json:"updated_at"`
	SlotAt     *time.Time          `db:"slot_at" json:"slot_at,omitempty" doc:"In lists: its next slot, or else its last"`
	SlotState  SendState           `db:"slot_state" json:"slot_state,omitempty" doc:"In lists: how far the send of slot_at is; one that is held or missed doesn't come at it"`
	PlannedAt  *time.Time          `db:"-" json:"planned_at,omitempty" doc:"In lists: the moment that is chosen and that no send has yet"`
	Repeats    *schedules.Schedule `db:"-" json:"-"` // in lists: of one that recurs and has no send to come
}

// listed is a mailing as a list reads it: with what is chosen for when it goes out.
type listed struct {
	Mailing
	Chosen *schedules.Schedule `db:"chosen"`
	Zone   string              `db:"zone"`
	SortAt time.Time           `db:"sort_at"`
}

// plain puts what is chosen into the mailing, as far as no send stands for it.
func (l listed) plain() Mailing {
	switch chosen := l.Chosen; {
	case chosen == nil || l.SlotState.Comes():
	case chosen.Kind == schedules.Recurring || chosen.Kind == schedules.Series:
		l.Repeats = chosen
	case !chosen.At.IsZero():
		if at := chosen.At.In(labels.Label{TimeZone: l.Zone}.Location()); l.SlotAt == nil || !l.SlotAt.Equal(at) {
			l.PlannedAt = &at
		}
	}
	return l.Mailing
}

// SlotRemark returns how far the send of a listed mailing's slot is, where the state
// of the mailing leaves that open: "" of one that is planned, or done with.
func (m Mailing) SlotRemark() SendState {
	if m.SlotState == Planned || m.State == Done && m.SlotState == Finished {
		return ""
	}
	return m.SlotState
}

// SlotPassed reports whether the slot of a listed mailing is over at now while
// its send is only planned: it comes late, or never.
func (m Mailing) SlotPassed(now time.Time) bool {
	return m.SlotAt != nil && m.SlotState == Planned && m.SlotAt.Before(now)
}

// Rename gives the mailing another name. A name isn't part of what is approved,
// so it must be harmless by its form.
func (m *Mailing) Rename(name string) error {
	if !form.Name(name) {
		return fault.At("name", "input.name", "most", form.MaxName)
	}
	m.Name = name
	return nil
}

// Ended reports whether nothing more happens to the mailing.
func (m *Mailing) Ended() bool { return m.State == Done || m.State == Cancelled }

// MoveTo changes the state, if that may follow the present one.
func (m *Mailing) MoveTo(next State) error {
	if !Transitions().Allows(m.State, next) {
		return fault.New(fault.Conflict, "mailings.transition", "state", m.State, "next", next)
	}
	m.State = next
	return nil
}

// Tally counts the sends of a mailing, those that were missed or begun only of
// its newest revision.
type Tally struct {
	Open   int `db:"open"` // have not ended; a missed one may get a new slot until its deadline
	Missed int `db:"missed"`
	Begun  int `db:"begun"`
}

// Conclude ends a scheduled mailing to which no more sends will come, once each
// has ended: it is done. If slots were missed and none was begun, nothing of it
// ever left, and as after an approval that came too late it is a draft again,
// to be given a slot to come.
func (m *Mailing) Conclude(t Tally) error {
	switch {
	case t.Open > 0:
		return fault.New(fault.Conflict, "mailings.send_not_ended")
	case m.State == Scheduled && t.Missed > 0 && t.Begun == 0:
		return m.MoveTo(Draft)
	}
	return m.MoveTo(Done)
}

// Renewable reports whether a round that is put up now stands beside an approval:
// of what recurs that is approved already.
func (m *Mailing) Renewable(recurs bool) bool { return recurs && approvedState(m.State) }

// Revise makes revision the newest, which makes the mailing a draft again and
// so undoes any approval.
func (m *Mailing) Revise(revision RevisionID) error {
	if m.Ended() {
		return fault.New(fault.Conflict, "mailings.not_editable", "state", m.State)
	}
	m.State, m.RevisionID = Draft, &revision
	return nil
}

// Based returns a conflict unless an edit was made on the newest revision.
func (m *Mailing) Based(on RevisionID) error {
	newest := RevisionID(0)
	if m.RevisionID != nil {
		newest = *m.RevisionID
	}
	if on != newest {
		return fault.New(fault.Conflict, "mailings.edited_after", "revision", on, "newest", newest)
	}
	return nil
}

// Standing returns a conflict unless revision is the approved one.
func (m *Mailing) Standing(revision RevisionID) error {
	if !approvedState(m.State) || m.RevisionID == nil || *m.RevisionID != revision {
		return fault.New(fault.Conflict, "mailings.approved_revision_gone", "revision", revision, "state", m.State)
	}
	return nil
}
