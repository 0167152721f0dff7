package approval

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/approval/shown"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/states"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// RoundID names a round.
type RoundID int64

// RoundState is where a round stands.
type RoundState string

// The states of a round.
const (
	Open           RoundState = "open"
	RoundApproved  RoundState = "approved"
	RoundChanges   RoundState = "changes_requested"
	RoundWithdrawn RoundState = "withdrawn"
	RoundExpired   RoundState = "expired"
	RoundEnded     RoundState = "ended" // what recurs was approved up to a slot that has passed
)

// Words returns the state for people: changes requested.
func (s RoundState) Words() string { return strings.ReplaceAll(string(s), "_", " ") }

// RoundTransitions lists which state of a round may follow which: an approval
// can still be taken back, and that of what recurs ends.
func RoundTransitions() states.Machine[RoundState] {
	return states.Machine[RoundState]{First: Open, Follows: map[RoundState][]RoundState{
		Open:          {RoundApproved, RoundChanges, RoundWithdrawn, RoundExpired},
		RoundApproved: {RoundWithdrawn, RoundEnded},
	}}
}

// Round is one submission of one revision, with its reviews.
type Round struct {
	ID             RoundID             `db:"id" json:"id"`
	MailingID      mailings.ID         `db:"mailing_id" json:"mailing_id"`
	RevisionID     mailings.RevisionID `db:"revision_id" json:"revision_id"`
	Digest         mailings.Digest     `db:"digest" json:"digest"`
	State          RoundState          `db:"state" json:"state"`
	Audience       int                 `db:"audience" json:"audience"` // the count that is approved
	Waterfall      json.RawMessage     `db:"waterfall" json:"waterfall"`
	DriftPercent   int                 `db:"drift_percent" json:"drift_percent"`
	Ceiling        *int                `db:"ceiling" json:"ceiling,omitempty" doc:"Of what recurs: an occurrence for more members is held"`
	LeadFrom       *int                `db:"lead_from" json:"lead_from,omitempty"`
	ClientWaivable bool                `db:"client_waivable" json:"client_waivable"`
	FaceSetID      *shown.SetID        `db:"face_set_id" json:"face_set_id,omitempty"`
	SubmittedBy    actors.User         `db:"submitted_by" json:"submitted_by"`
	SubmittedAt    time.Time           `db:"submitted_at" json:"submitted_at"`
	Note           string              `db:"note" json:"note,omitempty" doc:"What its maker wrote to the clients"`
	EndsAt         *time.Time          `db:"ends_at" json:"valid_until,omitempty" doc:"The last slot it is for, if the schedule goes on after it"`
	Renews         *RoundID            `db:"renews" json:"renews,omitempty" doc:"The approval that stood when this was put up, whose place it takes when it is approved"`
	ClosedAt       *time.Time          `db:"closed_at" json:"closed_at"`
	CloseReason    words.Message       `db:"close_reason" json:"close_reason,omitzero"`

	audience segments.Members // of what goes out once, until it is written

	Slots   []schedules.Slot `db:"-" json:"slots" doc:"What is approved: a send is for one of these"`
	Reviews []Review         `db:"-" json:"reviews"`
	Faces   []shown.Face     `db:"-" json:"faces" doc:"The mails that every party is shown"`

	Attachments []shown.Attachment `db:"-" json:"attachments" doc:"PDFs that go with them, which every party opens"`

	Authors authors.Users `db:"-" json:"written_by"` // of the revision and those before it

	New        authors.Newcomers `db:"-" json:"-"`
	Unanswered int               `db:"-" json:"-"` // threads that are pinned in the mail and open; comments.Thread.Open
}

// Coarsen rounds what the round tells of its members, for who only looks.
func (r *Round) Coarsen() {
	segments.Coarsen(&r.Audience)
	if r.Ceiling != nil {
		most := *r.Ceiling
		segments.Coarsen(&most)
		r.Ceiling = &most
	}
	r.Waterfall = segments.CoarsenKept(r.Waterfall)
	r.Faces = shown.Coarsen(r.Faces)
}

// Maker returns who submitted the mailing.
func (r *Round) Maker() accounts.UserID { return accounts.UserID(r.SubmittedBy) }

// People returns those whom the round has: who made what it is about, who went
// on without a client, and who decided.
func (r *Round) People() authors.People {
	of := authors.People{Maker: r.Maker(), Authors: r.Authors, New: r.New}
	for _, v := range r.Reviews {
		switch {
		case v.UserID == nil || v.Step == Maker:
		case v.Verdict == Waived:
			of.Waived = append(of.Waived, *v.UserID)
		default:
			of.Decided = append(of.Decided, *v.UserID)
			if v.DeputyFor != nil {
				of.Decided = append(of.Decided, *v.DeputyFor)
			}
		}
	}
	return of
}

// May returns why the user may not do it about what the round approves, or nil.
func (r *Round) May(act authors.Act, by accounts.UserID) error {
	of := r.People()
	return of.May(act, by)
}

// madeBy reports whether an actor, such as user:12, is among the mailing's makers.
func (r *Round) madeBy(actor string) bool {
	return actor == r.SubmittedBy.String() ||
		slices.ContainsFunc(r.Authors, func(a accounts.UserID) bool { return actor == a.Actor() })
}

// madeContact reports whether both who said that the contact may approve are
// among the mailing's makers: then someone else has to say so.
func (r *Round) madeContact(c *campaigns.Contact) bool {
	return r.madeBy(c.VouchedBy) && (c.ProposedBy == nil || r.madeBy(*c.ProposedBy))
}

// counts reports whether the contact may approve what the round is about: it was
// confirmed before the mailing was submitted.
func (r *Round) counts(c *campaigns.Contact) bool {
	return c.MayApprove && !r.madeContact(c) && c.ApprovesAfter != nil && (r.ID == 0 || *c.ApprovesAfter < int64(r.ID))
}

// reached returns a conflict while an earlier step than v is still open.
func (r *Round) reached(v *Review) error {
	for _, other := range r.Reviews {
		if other.Position < v.Position && !other.settled() {
			return fault.New(fault.Conflict, "approval.step_before_open", "step", other.Step)
		}
	}
	return nil
}

// Complete reports whether every step approves.
func (r *Round) Complete() bool {
	for _, v := range r.Reviews {
		if !v.settled() {
			return false
		}
	}
	return len(r.Reviews) > 0
}

// Current returns the reviews that may be decided now.
func (r *Round) Current() []Review {
	var now []Review
	for _, v := range r.Reviews {
		if v.Verdict == Pending && r.State == Open && r.reached(&v) == nil {
			now = append(now, v)
		}
	}
	return now
}

// Close ends the round as state, and says why.
func (r *Round) Close(state RoundState, reason words.Message, now time.Time) error {
	if !RoundTransitions().Allows(r.State, state) {
		return fault.New(fault.Conflict, "approval.already_closed", "state", r.State.Words())
	}
	r.State, r.CloseReason, r.ClosedAt = state, reason, &now
	return nil
}

// ToldWhy reports whether it ended for a reason of which its state doesn't tell: that
// not everyone decided in time is what its expiry is.
func (r *Round) ToldWhy() bool { return !r.CloseReason.IsZero() && r.State != RoundExpired }

// Expire ends the round if a step is open past its deadline. Returns a Conflict
// if none is, because the last one was decided just in time.
func (r *Round) Expire(now time.Time) error {
	late := func(v Review) bool { return v.Verdict == Pending && !now.Before(v.DueAt) }
	if r.State != Open || !slices.ContainsFunc(r.Reviews, late) {
		return fault.New(fault.Conflict, "approval.nothing_late")
	}
	return r.Close(RoundExpired, words.Of("approval.late"), now)
}

// Ticks are the points of a checklist that were signed off.
type Ticks = shown.Ticks
