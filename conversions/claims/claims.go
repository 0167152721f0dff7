// Package claims holds what members miss of what they bought: a case for each,
// from what a member says over what is known of it to what was asked of the
// network or shop and what they answered.
package claims

import (
	"cmp"
	"net/mail"
	"regexp"
	"slices"
	"time"

	"keur/campaigns"
	"keur/conversions"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/states"
	"keur/labels"
	"keur/members"
	"keur/networks"
)

// ID names a case.
type ID int64

// Kind is what is wrong with a transaction.
type Kind string

// The kinds.
const (
	Untracked Kind = "untracked" // it never came in
	Incorrect Kind = "incorrect" // it came in with another amount
	Declined  Kind = "declined"  // it was turned down
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Untracked, Incorrect, Declined} }

// State is how far a case is.
type State string

// The states.
const (
	Open    State = "open"
	Claimed State = "claimed" // the network or shop was asked
	Granted State = "granted" // the sale counts
	Refused State = "refused" // they say that it doesn't
	Closed  State = "closed"  // there is nothing to ask
)

// States returns all states, in the order of the work.
func States() []State { return []State{Open, Claimed, Granted, Refused, Closed} }

// Transitions lists which state of a case may follow which: what was refused is
// asked again where there is more to show, and what was closed is taken up again.
func Transitions() states.Machine[State] {
	return states.Machine[State]{First: Open, Follows: map[State][]State{
		Open:    {Claimed, Closed},
		Claimed: {Granted, Refused, Closed},
		Refused: {Claimed},
		Closed:  {Open},
	}}
}

// Way is how a claim goes to a network or shop.
type Way string

// The ways.
const (
	ByMail    Way = "mail"    // with the files of the case
	ByNetwork Way = "network" // through the network's interface
)

// Facts are what a person fills in of a case.
type Facts struct {
	Advertiser campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id"`
	Kind       Kind                   `db:"kind" json:"kind,omitempty"` // empty: nobody knows yet
	Order      string                 `db:"order_ref" json:"order_ref"` // the shop's number of the order
	Ordered    civil.Date             `db:"ordered_on" json:"ordered_on"`
	Sale       int64                  `db:"sale_minor" json:"sale_minor"` // what the member paid
	Currency   string                 `db:"currency" json:"currency"`
	Note       string                 `db:"note" json:"note,omitempty"`           // what the member says
	Click      string                 `db:"click_ref" json:"click_ref,omitempty"` // the click that led there; empty: none is known
	Conversion conversions.ID         `db:"conversion_id" json:"conversion_id,omitempty"`
	Connection networks.ConnectionID  `db:"connection_id" json:"connection_id,omitempty"` // by which it is claimed; 0: of the shop itself
}

// Case is what a member misses, with what became of it.
type Case struct {
	ID     ID         `db:"id" json:"id"`
	Label  labels.ID  `db:"label_id" json:"label_id"`
	Member members.ID `db:"member_id" json:"member_id"`
	Facts

	State      State       `db:"state" json:"state"`
	SubID      string      `db:"sub_id" json:"sub_id,omitempty"` // of the click
	Clicked    *time.Time  `db:"clicked_at" json:"clicked_at,omitempty"`
	ClaimBy    *civil.Date `db:"claim_by" json:"claim_deadline,omitempty"` // until when the network takes claims
	ClaimedAt  *time.Time  `db:"claimed_at" json:"claimed_at,omitempty"`
	ClaimedVia Way         `db:"claimed_via" json:"claimed_via"`             // how it was claimed last
	ClaimedTo  string      `db:"claimed_to" json:"claimed_to,omitempty"`     // the address; empty: by the network's interface
	AnswerBy   *civil.Date `db:"answer_by" json:"answer_deadline,omitempty"` // until when an answer is usual
	Answer     string      `db:"answer" json:"answer,omitempty"`             // what they said, or why there is nothing to ask
	Asks       string      `db:"asks" json:"asks,omitempty"`                 // what the network wants to know before it answers
	ToldAt     *time.Time  `db:"told_at" json:"told_at,omitempty"`           // when the member was told how it ended
	CreatedBy  string      `db:"created_by" json:"created_by"`
	CreatedAt  time.Time   `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time   `db:"updated_at" json:"updated_at"`
}

// Bounds of what people write.
const (
	maxRef  = 200
	maxNote = 2_000
	maxSaid = 1_000
	maxSale = 1_000_000_000
)

var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

// Check returns everything that is wrong with the facts, of a case that is made
// or changed today.
func (f Facts) Check(today civil.Date) error {
	var wrong fault.List
	if f.Advertiser == 0 {
		wrong.Add("advertiser_id", "claims.advertiser")
	}
	if f.Kind != "" && !slices.Contains(Kinds(), f.Kind) {
		wrong.Add("kind", "claims.kind")
	}
	if f.Order == "" || !form.Line(f.Order, maxRef) {
		wrong.Add("order_ref", "claims.order", "most", maxRef)
	}
	if f.Ordered.Year < 2000 || f.Ordered.Compare(today) > 0 {
		wrong.Add("ordered_on", "claims.ordered")
	}
	if f.Sale <= 0 || f.Sale > maxSale {
		wrong.Add("sale_minor", "claims.sale")
	}
	if !currencyShape.MatchString(f.Currency) {
		wrong.Add("currency", "campaigns.currency")
	}
	if !form.Lines(f.Note, maxNote) {
		wrong.Add("note", "input.use_at_most_characters", "most", maxNote)
	}
	return wrong.Err()
}

// move takes the case into a state, if that may follow.
func (c *Case) move(to State) error {
	if !Transitions().Allows(c.State, to) {
		return fault.New(fault.Conflict, "claims.state", "state", string(c.State))
	}
	c.State = to
	return nil
}

// Change fills the facts in anew, while nobody was asked. A case that was refused
// keeps saying what is wrong, since that is what was claimed.
func (c *Case) Change(f Facts) error {
	if c.State != Open && c.State != Refused {
		return fault.New(fault.Conflict, "claims.state", "state", string(c.State))
	}
	if c.State == Refused && f.Kind == "" {
		var wrong fault.List
		wrong.Add("kind", "claims.kind_missing")
		return wrong.Err()
	}
	c.Facts = f
	return nil
}

// Claimable reports whether the case may be claimed: nobody was asked, they said no, or
// they want to know more.
func (c Case) Claimable() bool {
	return c.State == Open || c.State == Refused || c.State == Claimed && c.Asks != ""
}

// Claim notes that the network or shop is asked, by mail to an address, and until when
// an answer is usual. It takes what is wrong, and a transaction that is there unless
// just that is missing.
func (c *Case) Claim(by Way, to string, now time.Time, answerBy *civil.Date) error {
	var wrong fault.List
	if c.Kind == "" {
		wrong.Add("kind", "claims.kind_missing")
	}
	if c.Kind != "" && (c.Kind == Untracked) != (c.Conversion == 0) {
		wrong.Add("conversion_id", "claims.conversion")
	}
	if a, err := mail.ParseAddress(to); by == ByMail && (err != nil || a.Address != to) {
		wrong.Add("address", "claims.address")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if !c.Claimable() {
		return fault.New(fault.Conflict, "claims.state", "state", string(c.State))
	}
	c.State, c.ClaimedAt, c.ClaimedVia, c.ClaimedTo, c.AnswerBy = Claimed, &now, by, to, answerBy
	c.Answer, c.Asks, c.ToldAt = "", "", nil
	return nil
}

// Decide notes what the network or shop answered.
func (c *Case) Decide(granted bool, said string) error {
	if err := says(said, !granted); err != nil {
		return err
	}
	c.Answer, c.Asks = said, ""
	return c.move(map[bool]State{true: Granted, false: Refused}[granted])
}

// Close ends a case of which there is nothing to ask, and says why.
func (c *Case) Close(why string) error {
	if err := says(why, true); err != nil {
		return err
	}
	c.Answer, c.Asks = why, ""
	return c.move(Closed)
}

// Reopen takes up a case again that was closed.
func (c *Case) Reopen() error {
	c.Answer, c.ToldAt, c.ClaimedAt, c.ClaimedVia, c.ClaimedTo, c.AnswerBy = "", nil, nil, ByMail, "", nil
	return c.move(Open)
}

// Tell notes that the member was told how it ended.
func (c *Case) Tell(now time.Time) error {
	if !c.Over() {
		return fault.New(fault.Conflict, "claims.not_over")
	}
	c.ToldAt = &now
	return nil
}

// Over reports whether there is an end of which the member is to be told.
func (c Case) Over() bool { return c.State == Granted || c.State == Refused || c.State == Closed }

// Waits reports whether somebody has to do something about the case on a day: ask, ask
// again where no answer came in time, say more, or tell the member how it ended.
func (c Case) Waits(today civil.Date) bool {
	switch {
	case c.State == Open:
		return true
	case c.State == Claimed:
		return c.Asks != "" || c.AnswerBy != nil && c.AnswerBy.Compare(today) < 0
	}
	return c.ToldAt == nil
}

// Late reports whether the network no longer takes the claim on a day.
func (c Case) Late(today civil.Date) bool {
	return c.State == Open && c.ClaimBy != nil && c.ClaimBy.Compare(today) < 0
}

// says refuses what was said unless it fits on a line; needed: it must be there.
func says(said string, needed bool) error {
	if needed && said == "" || !form.Line(said, maxSaid) {
		return fault.At("answer", "claims.answer", "most", maxSaid)
	}
	return nil
}

// Rule is how claims are made by a connection, as a person says.
type Rule struct {
	Connection networks.ConnectionID `db:"connection_id" json:"connection_id" readOnly:"true"`
	Name       string                `db:"name" json:"name" readOnly:"true"`
	Network    string                `db:"network" json:"network" readOnly:"true"`
	Address    string                `db:"address" json:"address,omitempty"` // where they are mailed
	Within     *int                  `db:"within_days" json:"within_days,omitempty"`
	AnswerIn   *int                  `db:"answer_days" json:"answer_days,omitempty"`
}

// maxDays bounds deadlines.
const maxDays = 3650

// Check returns everything that is wrong with the rule.
func (r Rule) Check() error {
	var wrong fault.List
	if a, err := mail.ParseAddress(r.Address); r.Address != "" && (err != nil || a.Address != r.Address) {
		wrong.Add("address", "claims.address")
	}
	for path, days := range map[string]*int{"within_days": r.Within, "answer_days": r.AnswerIn} {
		if days != nil && (*days < 1 || *days > maxDays) {
			wrong.Add(path, "claims.days", "most", maxDays)
		}
	}
	return wrong.Err()
}

// documented is within how many days of the order a network takes claims, where it
// says so: Daisycon at most a month.
func documented(network string) int {
	if network == "daisycon" {
		return 30
	}
	return 0
}

// within returns within how many days the connection's network takes claims; 0:
// nobody knows.
func (r Rule) within() int {
	if r.Within != nil {
		return *r.Within
	}
	return documented(r.Network)
}

// Until returns until when a claim of an order is taken; nil: nobody knows.
func (r Rule) Until(ordered civil.Date) *civil.Date { return after(ordered, r.within()) }

// after returns the day so many days later; nil if there are none.
func after(day civil.Date, days int) *civil.Date {
	if days == 0 {
		return nil
	}
	later := day.AddDays(days)
	return &later
}

// answers returns until when an answer to what is asked on a day is usual.
func (r Rule) answers(asked civil.Date) *civil.Date {
	return after(asked, *cmp.Or(r.AnswerIn, new(int)))
}
