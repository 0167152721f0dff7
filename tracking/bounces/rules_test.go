package bounces

import (
	"slices"
	"testing"
)

// without returns the rules but for the one at place i.
func (rules *Rules) without(i int) *Rules {
	fewer := *rules
	fewer.Rules = slices.Delete(slices.Clone(rules.Rules), i, i+1)
	return &fewer
}

// TestEachRuleIsNeeded judges the example of each rule with it and without, and
// what comes close to it.
func TestEachRuleIsNeeded(t *testing.T) {
	t.Parallel()
	rules := standard()
	for i := range rules.Rules {
		rule := &rules.Rules[i]
		if rule.Source == "" || rule.Example == "" || rule.Unlike == "" || rule.About == "" || len(rule.Says) == 0 {
			t.Errorf("rule %d, %s, lacks a source, an example or what it is about", i+1, rule.Reason)
		}
		example := asReply(rule.Example)
		class, reason := rules.classify(example)
		if class != rule.Class || reason != rule.Reason {
			t.Errorf("%q is %s by %q, not %s by %q", rule.Example, class, reason, rule.Class, rule.Reason)
		}
		if other, why := rules.without(i).classify(example); other == class && why == reason {
			t.Errorf("%q is %s by %q without its rule, too", rule.Example, other, why)
		}
		close := asReply(rule.Unlike)
		if rule.holds(close) && rule.match(close.normal()) {
			t.Errorf("%s: %q must not match", rule.Reason, rule.Unlike)
		}
	}
}

func asReply(text string) Reply {
	r := replyIn(text)
	r.To, r.From = "jan@example.nl", "b+1@bounce.label.example"
	return r
}
