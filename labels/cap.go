package labels

import (
	"fmt"

	"keur/internal/fault"
)

// Scope says which mails a cap counts together.
type Scope string

// The scopes.
const (
	PerLabel      Scope = "label"      // all mails of the label
	PerAdvertiser Scope = "advertiser" // those of the label that place one advertiser
	PerCategory   Scope = "category"   // those of the label that place one category of advertisers
	AcrossLabels  Scope = "all"        // all mails of all labels
)

// Cap bounds how many mails a member gets: at most AtMost on any Days days in a
// row, by the label's calendar. A mail counts on the day for which it was planned.
type Cap struct {
	Scope  Scope `db:"scope" json:"scope" enum:"label,advertiser,category,all"`
	Days   int   `db:"days" json:"days" minimum:"1" maximum:"90"`
	AtMost int   `db:"at_most" json:"at_most" minimum:"1" maximum:"100"`
}

// ofLabel reports whether a label may set a cap of this scope for itself.
func (s Scope) ofLabel() bool { return s == PerLabel || s == PerAdvertiser || s == PerCategory }

// acrossLabels reports whether the installation sets caps of this scope.
func (s Scope) acrossLabels() bool { return s == AcrossLabels }

func validateCaps(wrong *fault.List, caps []Cap, allowed func(Scope) bool) {
	type window struct {
		scope Scope
		days  int
	}
	seen := map[window]bool{}
	for i, c := range caps {
		at := fmt.Sprintf("caps[%d]", i)
		if !allowed(c.Scope) {
			wrong.Add(at+".scope", "labels.cap_scope")
		}
		if c.Days < 1 || c.Days > 90 {
			wrong.Add(at+".days", "labels.range_90")
		}
		if c.AtMost < 1 || c.AtMost > 100 {
			wrong.Add(at+".at_most", "labels.range_100")
		}
		if seen[window{c.Scope, c.Days}] {
			wrong.Add(at, "labels.cap_twice")
		}
		seen[window{c.Scope, c.Days}] = true
	}
}
