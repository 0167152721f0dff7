package visible

import (
	"slices"
	"testing"
)

// TestRulesOfNothing drops a block without a selector, and can't read a list of
// selectors of which one is empty.
func TestRulesOfNothing(t *testing.T) {
	t.Parallel()
	for css, want := range map[string]struct {
		rules      int
		unreadable []string
	}{
		"{":                        {},
		"{color:red}":              {},
		"{color:red} b{top:0}":     {rules: 1},
		"a{top:0}}{top:0}b{top:0}": {rules: 2},
		"a, b{top:0}":              {rules: 2},
		"a,{top:0} b{top:0}":       {rules: 2, unreadable: []string{"a,"}},
		"a,,b{top:0}":              {rules: 1, unreadable: []string{"a,,b"}},
		", {top:0}":                {unreadable: []string{","}},
	} {
		var s sheet
		s.read(css, nil)
		if len(s.rules) != want.rules || !slices.Equal(s.unreadable, want.unreadable) {
			t.Errorf("%s: %d rules, %q", css, len(s.rules), s.unreadable)
		}
		for _, r := range s.rules {
			if len(r.selector.parts) == 0 {
				t.Errorf("%s has a rule of nothing", css)
			}
		}
	}
}
