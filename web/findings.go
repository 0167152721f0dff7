package web

import (
	"regexp"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/templates/lint"
)

// told is what is wrong at one place of a mailing, in the user's language.
type told struct {
	Block bool // keeps the mailing from being sent
	Line  int  // of the source; 0 when that isn't known
	Text  string
}

// tell says all findings of one part: "" is the source, or subject[a],
// preheader, placement[key].
func (v *visit) tell(findings []lint.Finding, part string) []told {
	var all []told
	for _, f := range findings {
		if f.Part == part {
			all = append(all, told{Block: f.Level == lint.Block, Line: f.Line, Text: v.Say.Fault(f.Form)})
		}
	}
	return slices.Compact(all)
}

var index = regexp.MustCompile(`\[\d+\]`)

// tellFaults says what is missing at the places whose path begins so.
func (v *visit) tellFaults(faults []fault.Detail, path string) []told {
	var all []told
	for _, f := range faults {
		if f.Path != path && !strings.HasPrefix(f.Path, path+".") {
			continue
		}
		text := v.Say.Fault(f.Form)
		if field := index.ReplaceAllString(f.Path, ""); v.Say.Has("content_fault." + field) {
			text = v.Say.Of("content_fault", field)
		}
		all = append(all, told{Block: true, Text: text})
	}
	return all
}
