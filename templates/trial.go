package templates

import (
	"regexp"
	"slices"
	"strings"

	"keur/templates/lint"
)

// Trial is a mail around a partial, by which it is seen and judged alone: it
// stands where it may stand, and what the law demands of a mail stands beside it.
type Trial struct {
	Source string // in MJML; its lines are the partial's
	before int    // columns of the first line that aren't the partial's
}

// What stands around a partial, by the element that it begins with.
var (
	firstElement = regexp.MustCompile(`<(mj-[a-z-]+)`)
	headElements = []string{"mj-attributes", "mj-breakpoint", "mj-font", "mj-html-attributes", "mj-preview", "mj-style", "mj-title"}
	rowElements  = []string{"mj-section", "mj-wrapper", "mj-hero", "mj-include", "mj-raw"}
)

const (
	trialLaw = `<mj-section><mj-column><mj-text font-size="12px">` +
		`<a href="{{unsubscribe_url}}">{{words.unsubscribe}}</a><br>{{label.imprint}}</mj-text></mj-column></mj-section>`
	trialEnd = "</mj-body></mjml>"
)

// TrialOf returns the trial of a partial's source.
func TrialOf(partial string) Trial {
	before, after := "<mjml><mj-body><mj-section><mj-column><mj-text>", "</mj-text></mj-column></mj-section>"+trialLaw+trialEnd
	if first := firstElement.FindStringSubmatch(partial); first != nil {
		switch {
		case slices.Contains(headElements, first[1]):
			before, after = "<mjml><mj-head>", "</mj-head><mj-body>"+trialLaw+trialEnd
		case slices.Contains(rowElements, first[1]):
			before, after = "<mjml><mj-body>", trialLaw+trialEnd
		default:
			before, after = "<mjml><mj-body><mj-section><mj-column>", "</mj-column></mj-section>"+trialLaw+trialEnd
		}
	}
	return Trial{before + partial + after, len(before)}
}

// Findings returns what was found in the trial, by places in the partial.
func (t Trial) Findings(found []lint.Finding) []lint.Finding {
	moved := slices.Clone(found)
	for i := range moved {
		if f := &moved[i]; f.Part == "" && f.Line == 1 && f.Column > 0 {
			f.Column = max(f.Column-t.before, 1)
		}
	}
	return moved
}

// IncludeOf returns the element that includes a partial of that name.
func IncludeOf(name string) string {
	return `<mj-include path="` + strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(name) + `" />`
}
