package templates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"keur/internal/fault"
)

// Level says how grave a finding is.
type Level string

// The levels of findings.
const (
	Warn  Level = "warn"  // a person should look at it
	Block Level = "block" // the mailing can't be sent like this
)

// Finding is one thing that is wrong, or may be. Part names where: "" is the
// template's source, else subject[a], preheader or placement[key]. Line and
// Column count from 1 and are 0 when the place isn't known.
type Finding struct {
	Level   Level      `json:"level"`
	Code    string     `json:"code"` // stable, so that pages can translate
	Part    string     `json:"part,omitempty"`
	Line    int        `json:"line,omitempty"`
	Column  int        `json:"column,omitempty"`
	Message string     `json:"message"`
	Form    fault.Form `json:"-"` // how the message was made, for pages in other languages
}

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
	return f.Level == g.Level && f.Code == g.Code && f.Part == g.Part && f.Line == g.Line && f.Column == g.Column && f.Message == g.Message
}

// Blocked reports whether any of the findings blocks.
func Blocked(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Block })
}

// position is a place in one of the texts of the input.
type position struct {
	part         string
	line, column int
}

// positionAt returns the place of the byte at offset of text.
func positionAt(part, text string, offset int) position {
	before := text[:min(offset, len(text))]
	line := strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return position{part, line + 1, column + 1}
}

// report collects findings while an input is compiled.
type report struct {
	findings []Finding
	broken   bool // a fault of syntax: there can be no Program
}

// warn notes something that a person should look at.
func (r *report) warn(at position, code, message string, args ...any) {
	r.add(Warn, at, code, message, args...)
}

// block notes something that must be mended before sending, though the mailing
// can be rendered.
func (r *report) block(at position, code, message string, args ...any) {
	r.add(Block, at, code, message, args...)
}

// fail notes a fault after which nothing can be rendered. The first is always
// told, however many findings there are.
func (r *report) fail(at position, code, message string, args ...any) {
	if !r.broken || !r.full() {
		r.append(Block, at, code, message, args...)
	}
	r.broken = true
}

// maxFindings is more than anybody reads.
const maxFindings = 200

// full reports whether there are enough findings, so that places needn't be
// found out for more.
func (r *report) full() bool { return len(r.findings) >= maxFindings }

func (r *report) add(level Level, at position, code, message string, args ...any) {
	if !r.full() {
		r.append(level, at, code, message, args...)
	}
}

func (r *report) append(level Level, at position, code, message string, args ...any) {
	f := Finding{
		Level: level, Code: code, Part: at.part, Line: at.line, Column: at.column,
		Message: fmt.Sprintf(message, args...), Form: fault.Form{Text: message, Args: args},
	}
	if !slices.ContainsFunc(r.findings, f.same) {
		r.findings = append(r.findings, f)
	}
}

// sorted returns the findings, blocking ones first, then by place.
func (r *report) sorted() []Finding {
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Part, b.Part),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.findings
}

// err returns the faults of syntax as one fault, or nil when there are none.
func (r *report) err() error {
	if !r.broken {
		return nil
	}
	var list fault.List
	for _, f := range r.findings {
		if f.Level == Block {
			list.Add(f.Where(), "%s", f.Message)
		}
	}
	return list.Err()
}
