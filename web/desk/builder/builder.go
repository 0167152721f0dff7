// Package builder holds the rule of a segment while somebody puts it together:
// groups and conditions as they were chosen and typed, perhaps unfinished. It
// comes from the form that a browser sends, becomes the rule that members are
// counted by, and goes back to the page as it was.
package builder

import (
	"fmt"
	"strconv"
	"strings"

	"keur/internal/words"
	"keur/segments"
)

// Part is a group with parts of its own, or a condition.
type Part struct {
	Place string         // where it stands: "0.2" is the third of the first; empty: the whole
	Group segments.Group // empty: a condition
	Parts []*Part        // of a group
	Condition
	Fault words.Message // what is wrong with it

	path string // where it stands in the rule
}

// Condition is what was filled in for one condition. All of it is kept as it
// was typed.
type Condition struct {
	Subject  string   // attribute:city, membership:joined, consent:mail, engagement:clicked, conversion:bought, segment, random
	Op       string   // an op of the room's, or Did and DidNot
	Values   []string // what it is compared with
	About    string   // behaviour: mailing, campaign, advertiser, category; empty: all
	Thing    string   // which of these, or which segment: its number or key
	Days     string   // within so many
	Times    string   // at least so many
	Amount   string   // bought for at least so much, in whole units
	Currency string
	Seed     string // of a random share
	Comma    bool   // who fills it in writes decimals with a comma
}

// What is asked of behaviour and of segments, instead of an op.
const (
	Did    = "did"
	DidNot = "did_not"
)

// Everyone is what a new rule begins with: one group, and nothing in it.
func Everyone() *Part { return &Part{Group: segments.AllOf} }

// Kind returns what sort of subject a condition has, and its name: attribute
// and city.
func (c Condition) Kind() (kind, name string) {
	kind, name, _ = strings.Cut(c.Subject, ":")
	return kind, name
}

// Empty reports whether nothing was filled in behind the subject yet: then the
// condition isn't wrong, but not finished.
func (c Condition) Empty() bool {
	return c.Subject == "" || strings.Join(c.Values, "") == "" && c.Thing == "" && c.Days == ""
}

// Find returns the part at a place, or nil.
func (p *Part) Find(place string) *Part {
	if place == "" {
		return p
	}
	for index := range strings.SplitSeq(place, ".") {
		i, err := strconv.Atoi(index)
		if err != nil || i < 0 || i >= len(p.Parts) {
			return nil
		}
		p = p.Parts[i]
	}
	return p
}

// settle says anew where every part stands, after some were moved.
func (p *Part) settle(place string) {
	p.Place = place
	for i, part := range p.Parts {
		part.settle(below(place, i))
	}
}

// below is the place of the part with that index.
func below(place string, i int) string {
	if place == "" {
		return strconv.Itoa(i)
	}
	return fmt.Sprintf("%s.%d", place, i)
}

// above is the place of the group that a part stands in, and its index there.
func above(place string) (group string, i int) {
	at := strings.LastIndexByte(place, '.')
	if at >= 0 {
		group = place[:at]
	}
	i, _ = strconv.Atoi(place[at+1:]) // places are our own
	return group, i
}
