package segments

// Rule is one node of a segment's rule tree. Exactly one of its fields is set;
// the zero Rule says nothing and is not valid. An All without parts is
// everyone, which is how "all members" is written.
//
// A rule has two outcomes, never a third: what isn't known about a member
// doesn't match, and so Not matches it.
type Rule struct {
	All        []Rule
	Any        []Rule
	Not        *Rule
	Attribute  *Attribute
	Membership *Membership
	Consent    *Consent
	Engagement *Engagement
	Conversion *Conversion
	Random     *Random
	Segment    *Reference
}

// Everyone is the rule that each member of the label matches.
func Everyone() Rule { return Rule{All: []Rule{}} }

// Op is how a value is compared. Which ops go with which type is in ops.go.
type Op string

// The ops. In those that count days, today in the label's zone counts as one.
const (
	Is                 Op = "is"
	IsNot              Op = "is_not" // also matches members for whom it is empty
	In                 Op = "in"
	Contains           Op = "contains"    // ignores case
	StartsWith         Op = "starts_with" // ignores case
	IsEmpty            Op = "is_empty"
	IsNotEmpty         Op = "is_not_empty"
	LessThan           Op = "lt"
	AtMost             Op = "lte"
	MoreThan           Op = "gt"
	AtLeast            Op = "gte"
	Between            Op = "between" // both ends included
	Before             Op = "before"
	After              Op = "after"
	InLastDays         Op = "in_last_days"         // 7: today and the six days before
	InNextDays         Op = "in_next_days"         // 7: today and the six days after
	DaysAgoBetween     Op = "days_ago_between"     // [3, 5]: three to five days ago, for series
	BirthdayWithinDays Op = "birthday_within_days" // 1: today
	AgeBetween         Op = "age_between"          // whole years, both ends included
	HasAny             Op = "has_any"
	HasAll             Op = "has_all"
	HasNone            Op = "has_none" // also matches members for whom it is empty
)

// Attribute asks after an attribute of the label's members. Value is what JSON
// makes of it: a string, float64, bool, or a []any of these, as the op asks.
type Attribute struct {
	Name  string `json:"attribute"`
	Op    Op     `json:"op"`
	Value any    `json:"value,omitempty"`
}

// Membership asks after the membership itself: joined and confirmed are dates,
// source is a text.
type Membership struct {
	Field string `json:"membership" enum:"joined,confirmed,source"`
	Op    Op     `json:"op"`
	Value any    `json:"value,omitempty"`
}

// Consent asks whether a member consents now, to mail or to tracking.
type Consent struct {
	Kind  string `json:"consent" enum:"mail,tracking"`
	Given bool   `json:"given"`
}

// Action is what a member did with mail.
type Action string

// The actions. Opened and clicked count what people did, never machines.
const (
	Opened   Action = "opened"
	Clicked  Action = "clicked"
	Received Action = "received"
)

// Target narrows behaviour to one thing; at most one field is set, and none is
// all mail of the label. A click belongs to the campaign whose link it was; an
// open or a receipt to every campaign placed in the mailing.
type Target struct {
	Mailing    int64  `json:"mailing,omitempty"`
	Campaign   int64  `json:"campaign,omitempty"`
	Advertiser int64  `json:"advertiser,omitempty"`
	Category   string `json:"category,omitempty"`
}

// Engagement asks what a member did with mail. Without WithinDays it is ever,
// without AtLeast it is once.
type Engagement struct {
	Action Action `json:"engagement"`
	Target
	WithinDays int `json:"within_days,omitempty"`
	AtLeast    int `json:"at_least,omitempty"`
}

// Conversion asks what a member bought; declined and deleted transactions
// don't count. ValueAtLeast is over all purchases that count together.
type Conversion struct {
	Kind         string `json:"conversion" enum:"bought"`
	Advertiser   int64  `json:"advertiser,omitempty"`
	Category     string `json:"category,omitempty"`
	WithinDays   int    `json:"within_days,omitempty"`
	AtLeast      int    `json:"at_least,omitempty"`
	ValueAtLeast *Value `json:"value_at_least,omitempty"`
}

// Value is an amount of money in minor units.
type Value struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// Random takes a share of the members, by seed always the same ones.
type Random struct {
	Percent float64 `json:"percent"`
	Seed    string  `json:"seed"`
}

// Reference is another saved segment. It stands in a saved rule only: what is
// counted or sent has its references resolved, by value.
type Reference struct {
	ID ID `json:"segment"`
}
