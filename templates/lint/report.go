package lint

import (
	"cmp"
	"slices"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/templates/lang"
)

// Report collects findings while a mailing is compiled.
type Report struct {
	findings []Finding
	failed   bool // a fault of syntax: there can be no Program
}

// Warn notes something that a person should look at.
func (r *Report) Warn(at lang.Position, code, key string, args ...any) {
	r.add(Warn, at, code, key, args)
}

// Block notes something that must be mended before sending, though the mailing
// can be rendered.
func (r *Report) Block(at lang.Position, code, key string, args ...any) {
	r.add(Block, at, code, key, args)
}

// Fail notes a fault after which nothing can be rendered. The first is always
// noted, however many findings there are.
func (r *Report) Fail(at lang.Position, code, key string, args ...any) {
	if !r.failed && r.Full() {
		r.findings = r.findings[:maxFindings-1]
	}
	r.failed = true
	r.add(Block, at, code, key, args)
}

// Faces takes in what was found in each of a mailing's faces. What isn't found
// in all of them says in which first.
func (r *Report) Faces(found [][]Finding, name func(face int) string) {
	var noted []Finding
	for i, list := range found {
		for _, f := range list {
			if slices.ContainsFunc(noted, f.same) {
				continue
			}
			noted = append(noted, f)
			everywhere := !slices.ContainsFunc(found, func(other []Finding) bool { return !slices.ContainsFunc(other, f.same) })
			if !everywhere {
				f.Face = name(i)
			}
			r.note(f)
		}
	}
}

// maxFindings is more than anybody reads.
const maxFindings = 200

// Full reports whether there are enough findings, so that places needn't be
// found out for more warnings.
func (r *Report) Full() bool { return len(r.findings) >= maxFindings }

// Closed reports whether there are enough findings that block, so that places
// needn't be found out for more.
func (r *Report) Closed() bool {
	return r.Full() && !slices.ContainsFunc(r.findings, func(f Finding) bool { return f.Level != Block })
}

func (r *Report) add(level Level, at lang.Position, code, key string, args []any) {
	f := Finding{
		Level: level, Code: code, Part: at.Part, Line: at.Line, Column: at.Column,
		Message: words.Of(key, args...),
	}
	r.note(f)
}

// note takes in a finding that is new. What blocks takes the place of what
// doesn't, so that no number of warnings hides it.
func (r *Report) note(f Finding) {
	if slices.ContainsFunc(r.findings, f.same) {
		return
	}
	if r.Full() {
		warning := func(f Finding) bool { return f.Level != Block }
		at := slices.IndexFunc(r.findings, warning)
		if f.Level != Block || at < 0 {
			return
		}
		r.findings = slices.Delete(r.findings, at, at+1)
	}
	r.findings = append(r.findings, f)
}

// Findings returns the findings, blocking ones first, then by place.
func (r *Report) Findings() []Finding {
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Part, b.Part),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.findings
}

// Failed reports whether there is a fault after which nothing can be rendered.
func (r *Report) Failed() bool { return r.failed }

// Err returns the faults of syntax as one fault, or nil when there are none.
func (r *Report) Err() error {
	if !r.failed {
		return nil
	}
	var list fault.List
	for _, f := range r.findings {
		if f.Level == Block {
			list.Note(f.Where(), f.Message)
		}
	}
	return list.Err()
}
