// Package lint finds what is wrong with a mailing, or may be, before anyone is
// asked to approve it: elements that mail programs drop, links that lead
// nowhere, subjects that look like spam, a missing imprint.
package lint

import (
	"fmt"
	"slices"

	"keur/internal/words"
)

// Level says how grave a finding is.
type Level string

// The levels of findings.
const (
	Warn  Level = "warn"  // a person should look at it
	Block Level = "block" // the mailing can't be sent like this
)

// Finding is one thing that is wrong, or may be. Part names where: "" is the
// template's source, else subject[a], preheader, placement[key] or, of what the
// source includes, partial[name]. Line and
// Column count from 1 and are 0 when the place isn't known.
type Finding struct {
	Level   Level         `json:"level"`
	Code    string        `json:"code"` // stable, for programs
	Part    string        `json:"part,omitempty"`
	Line    int           `json:"line,omitempty"`
	Column  int           `json:"column,omitempty"`
	Message words.Message `json:"message"`
	Face    string        `json:"face,omitempty" doc:"The conditions under which it holds, when it doesn't always"`
}

// SubjectPart returns how findings name the text of a subject.
func SubjectPart(key string) string { return "subject[" + key + "]" }

// PlacementPart returns how findings name the block of a placement.
func PlacementPart(key string) string { return "placement[" + key + "]" }

// PartialPart returns how findings name the text of a partial template.
func PartialPart(name string) string { return "partial[" + name + "]" }

// Where returns the place as a person writes it: preheader:1:12.
func (f Finding) Where() string {
	part := f.Part
	if part == "" {
		part = "source"
	}
	if f.Line == 0 {
		return part
	}
	return fmt.Sprintf("%s:%d:%d", part, f.Line, f.Column)
}

// same reports whether another finding says the same of the same place.
func (f Finding) same(g Finding) bool {
	return f.Level == g.Level && f.Code == g.Code && f.Part == g.Part && f.Line == g.Line && f.Column == g.Column &&
		f.Face == g.Face && f.Message.String() == g.Message.String()
}

// Blocked reports whether any of the findings blocks.
func Blocked(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Block })
}
