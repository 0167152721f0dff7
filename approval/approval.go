// Package approval is the pipeline of four eyes and three parties: maker,
// client and colleague (and a lead when the audience is large) each approve
// exactly one digest, nobody fills two steps, and nothing is sent otherwise.
// The same rules stand in the database (migrations/0012_approval.sql), so that
// neither a bug nor a person with psql gets around them.
package approval

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keur/accounts"
	"keur/approval/carried"
	"keur/approval/policies"
	"keur/approval/shown"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/states"
	"keur/mailings"
)

// ReviewID names a review.
type ReviewID int64

// Step is one party's part in an approval.
type Step string

// The steps, in their order.
const (
	Maker     Step = "maker"     // the preparer signs off a checklist
	Client    Step = "client"    // a contact of each advertiser placed, by link
	Colleague Step = "colleague" // another approver of the label
	Lead      Step = "lead"      // one more, when the audience is large
)

// Verdict is what a party decided.
type Verdict string

// The verdicts.
const (
	Pending          Verdict = "pending"
	Approved         Verdict = "approved"
	ChangesRequested Verdict = "changes_requested"
	Waived           Verdict = "waived"  // the client's, where the policy allows it
	Carried          Verdict = "carried" // what the client approved before counts: their part is as it was
)

// Words returns the verdict for people: changes requested.
func (v Verdict) Words() string { return strings.ReplaceAll(string(v), "_", " ") }

// VerdictTransitions lists which verdict may follow which: each is final, but that a
// client may object who wasn't asked again.
func VerdictTransitions() states.Machine[Verdict] {
	return states.Machine[Verdict]{First: Pending, Follows: map[Verdict][]Verdict{
		Pending: {Approved, ChangesRequested, Waived, Carried}, Carried: {ChangesRequested},
	}}
}

var errLate = fault.New(fault.Conflict, "approval.deadline_passed")

// Checklist returns the points that the maker signs off, each of them.
func Checklist() []string { return slices.Clone(checklist) }

var checklist = []string{"content", "links", "audience", "slot", "terms"}

// Review is one step of a round: the verdict of one party on one digest.
type Review struct {
	ID           ReviewID                `db:"id" json:"id"`
	RoundID      RoundID                 `db:"round_id" json:"round_id"`
	Position     int                     `db:"position" json:"position"`
	Step         Step                    `db:"step" json:"step"`
	AdvertiserID *campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id"`
	Digest       mailings.Digest         `db:"digest" json:"digest"`
	Verdict      Verdict                 `db:"verdict" json:"verdict"`
	UserID       *accounts.UserID        `db:"user_id" json:"-"`
	ContactID    *campaigns.ContactID    `db:"contact_id" json:"-"`
	DecidedBy    *string                 `db:"decided_by" json:"decided_by"` // UserID or ContactID, as answers name them
	DeputyFor    *accounts.UserID        `db:"deputy_for" json:"deputy_for_id,omitempty" doc:"The user who was away, for whom a deputy decided"`
	Address      *string                 `db:"contact_address" json:"contact_address,omitempty" doc:"That the contact's link was mailed to"`
	TokenID      *accounts.TokenID       `db:"token_id" json:"token_id,omitempty" doc:"Decided by this API token of the user"`
	DecidedAt    *time.Time              `db:"decided_at" json:"decided_at"`
	Reason       string                  `db:"reason" json:"reason,omitempty"`
	Checklist    Ticks                   `db:"checklist" json:"checklist"`
	FacesSeen    shown.Numbers           `db:"faces_seen" json:"faces_seen" doc:"Numbers of the faces that whoever decided was shown"`
	Opened       shown.Numbers           `db:"attachments_opened" json:"attachments_opened" doc:"Numbers of the attachments that whoever decided opened"`
	ProvenBy     *string                 `db:"proven_by" json:"proof,omitempty" doc:"How whoever decided proved to be who they are: password, code, provider, token or link; link_code: by a link and the code that was mailed beside it; process: at the command line"`
	Signature    *Signature              `db:"signature" json:"signature,omitempty" doc:"Of a verdict that a passkey signed"`
	ProvenWeakly bool                    `db:"proven_weakly" json:"-"` // by a password alone, be it that of the token
	WaivedAs     *policies.Waiver        `db:"waived_as" json:"-"`     // the strongest role of who waived it
	NewSince     *time.Time              `db:"new_since" json:"-"`     // who decided was new then; nil: they weren't
	DueAt        time.Time               `db:"due_at" json:"due_at"`
	RemindedAt   *time.Time              `db:"reminded_at" json:"reminded_at"`
	AskedAgain   carried.Reason          `db:"asked_again" json:"asked_again,omitempty" doc:"Why a client who approved the mailing before is asked once more"`
	Carried      *carried.From           `db:"-" json:"carried_from,omitempty" doc:"The earlier verdict of the client that counts"`
}

// Decider is who wants to decide a review: a user, or a contact by link.
type Decider struct {
	User    accounts.UserID
	Contact campaigns.ContactID
}

// Actor returns the decider as the database names them.
func (d Decider) Actor() string {
	if d.Contact != 0 {
		return d.Contact.Actor()
	}
	return d.User.Actor()
}

// Given is a verdict as its decider gives it.
type Given struct {
	Digest mailings.Digest // of the revision that was seen
	Faces  shown.Numbers   // that were seen, by the record of what was shown
	Opened shown.Numbers   // attachments that were opened, by the same record
	Lost   error           // what is wrong with their files now, as they can't be sent
	Reason string          // of requested changes, or of a waiver
	For    accounts.UserID // who is away and has whoever decides as deputy; 0: for oneself
}

// sawAll returns a conflict unless each face of the round was shown to its decider,
// who opened each attachment, and each of those is there still.
func (g *Given) sawAll(round *Round) error {
	if g.Lost != nil {
		return g.Lost
	}
	if err := shown.Missing(round.Faces, g.Faces); err != nil {
		return err
	}
	return shown.Unopened(round.Attachments, g.Opened)
}

// decidable returns why by may not decide this review of round now. Past its
// deadline nobody may, even before the duty has expired the round: a late
// approval must never fire a slot that passed.
func (v *Review) decidable(round *Round, g Given, by Decider, now time.Time) error {
	switch {
	case round.State != Open && !v.objectable(round):
		return fault.New(fault.Conflict, "approval.already_closed", "state", round.State.Words())
	case v.Verdict != Pending && !v.objectable(round):
		return fault.New(fault.Conflict, "approval.already_decided", "verdict", v.Verdict.Words())
	case now.After(v.DueAt):
		return errLate
	case g.Digest != v.Digest || g.Digest != round.Digest:
		return fault.New(fault.Conflict, "approval.mailing_changed")
	case by.User != 0 && v.Step == Maker && by.User != round.Maker():
		return fault.New(fault.Forbidden, "approval.makers_step")
	case by.Contact != 0 && v.Step != Client:
		return fault.New(fault.Forbidden, "approval.contact_decides_client_step")
	}
	if v.Step == Colleague || v.Step == Lead {
		if err := round.May(authors.Decide, by.User); err != nil {
			return err
		}
		if g.For != 0 && round.May(authors.Decide, g.For) != nil {
			return fault.New(fault.Forbidden, "approval.deputy_for_nobody")
		}
	} else if g.For != 0 {
		return fault.New(fault.Forbidden, "approval.deputy_for_nobody")
	}
	return round.reached(v)
}

// Approve releases the step. The colleague and the lead made no part of what is
// approved and decided no other step (Round.May), and each party has seen the
// digest that was submitted, in each of its faces and attachments. Nobody approves while a
// question that is pinned in the mail waits for its answer.
func (v *Review) Approve(round *Round, g Given, by Decider, now time.Time) error {
	if err := v.decidable(round, g, by, now); err != nil {
		return err
	}
	if v.Verdict == Carried {
		return fault.New(fault.Conflict, "approval.already_decided", "verdict", v.Verdict.Words())
	}
	if v.Step == Client && by.Contact == 0 {
		return fault.New(fault.Forbidden, "approval.client_approves")
	}
	if round.Unanswered > 0 {
		return fault.New(fault.Conflict, "approval.comments_unanswered")
	}
	if err := g.sawAll(round); err != nil {
		return err
	}
	v.decide(Approved, g, by, now)
	return nil
}

// Refuses returns why the user may not approve the step now, as Approve would
// once they have seen all faces and opened all attachments, or nil.
func (v Review) Refuses(round *Round, by accounts.UserID, now time.Time) error {
	g := Given{Digest: v.Digest}
	for _, f := range round.Faces {
		g.Faces = append(g.Faces, f.Number)
	}
	for _, f := range round.Attachments {
		g.Opened = append(g.Opened, f.Number)
	}
	return v.Approve(round, g, Decider{User: by}, now)
}

// SignOff is the maker's approval: every point of the checklist is ticked.
func (v *Review) SignOff(round *Round, g Given, ticks Ticks, by accounts.UserID, now time.Time) error {
	for _, point := range checklist {
		if !slices.Contains(ticks, point) {
			return fault.At("checklist", "approval.sign_off_point", "point", point)
		}
	}
	g.Digest = round.Digest
	if err := v.Approve(round, g, Decider{User: by}, now); err != nil {
		return err
	}
	v.Checklist = ticks
	return nil
}

// maxReason is how many characters a reason has at most.
const maxReason = 4000

// giveReason makes the reason one that can be read, and returns an Invalid fault,
// which says missing, if nothing is left of it, or if it is too long.
func (g *Given) giveReason(missing string) error {
	g.Reason = form.Tidy(g.Reason)
	switch {
	case g.Reason == "":
		return fault.At("reason", missing)
	case utf8.RuneCountInString(g.Reason) > maxReason:
		return fault.At("reason", "input.at_most_characters", "most", maxReason)
	}
	return nil
}

// RequestChanges sends the mailing back to its makers with a reason.
func (v *Review) RequestChanges(round *Round, g Given, by Decider, now time.Time) error {
	if err := g.giveReason("approval.reason_for_changes"); err != nil {
		return err
	}
	if err := v.decidable(round, g, by, now); err != nil {
		return err
	}
	if v.Step == Client && by.Contact == 0 {
		return fault.New(fault.Forbidden, "approval.client_decides")
	}
	v.decide(ChangesRequested, g, by, now)
	v.Reason = g.Reason
	return nil
}

// Waive goes on without the client, where the policy allows it. Who waives made
// no part of what is approved, was shown each of its faces, and approves nothing
// of it afterwards.
func (v *Review) Waive(round *Round, g Given, by accounts.UserID, now time.Time) error {
	why := g.giveReason("approval.reason_for_waiver")
	switch {
	case v.Step != Client:
		return fault.New(fault.Forbidden, "approval.only_client_waived")
	case !round.ClientWaivable:
		return fault.New(fault.Forbidden, "approval.waiver_not_allowed")
	case why != nil:
		return why
	case round.State != Open:
		return fault.New(fault.Conflict, "approval.already_closed", "state", round.State.Words())
	case v.Verdict != Pending:
		return fault.New(fault.Conflict, "approval.already_decided", "verdict", v.Verdict.Words())
	case now.After(v.DueAt):
		return errLate
	}
	if err := round.May(authors.Waive, by); err != nil {
		return err
	}
	if err := g.sawAll(round); err != nil {
		return err
	}
	v.decide(Waived, g, Decider{User: by}, now)
	v.Reason = g.Reason
	return nil
}

func (v *Review) decide(verdict Verdict, g Given, by Decider, now time.Time) {
	actor := by.Actor()
	v.Verdict, v.DecidedBy, v.DecidedAt, v.FacesSeen = verdict, &actor, &now, g.Faces
	v.Opened = g.Opened
	if by.Contact != 0 {
		v.ContactID = &by.Contact
		return
	}
	v.UserID = &by.User
	if g.For != 0 {
		v.DeputyFor = &g.For
	}
}

// settled reports whether the step no longer stands in the way.
func (v *Review) settled() bool {
	return v.Verdict == Approved || v.Verdict == Waived || v.Verdict == Carried
}
