package authors

import (
	"slices"

	"keur/accounts"
	"keur/internal/fault"
)

// Act is what a person does about a mailing that others made.
type Act string

// The acts. The first two decide a round, the others let sends go on.
const (
	Decide   Act = "decide"    // as colleague or lead
	Waive    Act = "waive"     // to go on without the client
	Release  Act = "release"   // of a held send
	NewSlot  Act = "new_slot"  // for a missed one
	Resume   Act = "resume"    // of what another one paused
	LiftStop Act = "lift_stop" // of an advertiser
)

// People are those whom a mailing has already: who made what is approved, and
// who decided about it.
type People struct {
	Maker    accounts.UserID // who submitted it
	Authors  []accounts.UserID
	Waived   []accounts.UserID // who went on without a client
	Decided  []accounts.UserID // as colleague or lead, also those for whom a deputy did
	PausedBy accounts.UserID   // of a send that is paused
	New      Newcomers         // who was let in or given a role too late for it
}

// Made reports whether the user is the maker or an author.
func (p *People) Made(by accounts.UserID) bool {
	return by == p.Maker || slices.Contains(p.Authors, by)
}

// May returns why the user may not do it, or nil. Whoever made a mailing neither
// decides about it nor lets its sends go on, but may resume what they paused
// themselves. Who waives, the colleague and the lead are different people, and
// none is a newcomer. The database refuses the same (made_by, counts_from,
// approval_review_guard, sends_let_go).
func (p *People) May(act Act, by accounts.UserID) error {
	switch {
	case act == Resume && by == p.PausedBy:
		return nil
	case p.Made(by):
		return fault.New(fault.Forbidden, made(act))
	case act == Decide && (slices.Contains(p.Decided, by) || slices.Contains(p.Waived, by)),
		act == Waive && slices.Contains(p.Decided, by):
		return fault.New(fault.Forbidden, "approval.decided_another_step")
	}
	if from, late := p.New[by]; late {
		return fault.New(fault.Forbidden, "authors.counts_later", "from", from.Format(Moment))
	}
	return nil
}

// made names what a maker or author is refused.
func made(act Act) string {
	switch act {
	case Waive:
		return "authors.made_and_waives"
	case Release:
		return "authors.made_and_releases"
	case NewSlot:
		return "authors.made_and_gives_slot"
	case Resume:
		return "authors.made_and_resumes"
	case LiftStop:
		return "authors.made_and_lifts"
	}
	return "authors.made_and_decides"
}
