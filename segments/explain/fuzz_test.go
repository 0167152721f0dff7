package explain_test

import (
	"strings"
	"testing"

	"keur/segments"
	"keur/segments/explain"
)

// fields are those of a label.
var fields = segments.Fields{
	"city": {Name: "city", Type: segments.Text}, "x": {Name: "x", Type: segments.Number},
	"birth_date": {Name: "birth_date", Type: segments.Date},
	"vip":        {Name: "vip", Type: segments.Bool}, "interests": {Name: "interests", Type: segments.Set},
}

// FuzzSentence says any rule that can be read, in every language. Of one that is
// valid it says something, without a placeholder or a format left over.
func FuzzSentence(f *testing.F) {
	for _, text := range []string{
		`{"all":[{"attribute":"city","op":"in","value":["Utrecht"]},{"not":{"engagement":"clicked","category":"travel","at_least":2}}]}`,
		`{"any":[{"random":{"percent":5,"seed":"x"}},{"not":{"consent":"mail","given":true}},{"segment":4}]}`, `{}`,
		`{"conversion":"bought","advertiser":3,"within_days":9,"value_at_least":{"minor":1,"currency":"EUR"}}`,
		`{"membership":"joined","op":"days_ago_between","value":[3,5]}`, `{"attribute":"x","op":"between","value":[-1e9,2]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rule, err := segments.ParseRule(text)
		if err != nil {
			return
		}
		for _, locale := range []string{"nl", "de", "en"} {
			said := []string{explain.Sentence(rule, segments.Names{}, locale)}
			for _, line := range explain.Outline(rule, segments.Names{}, locale) {
				said = append(said, string(line.Group)+line.Text)
			}
			for _, s := range said {
				if rule.Validate(fields) != nil {
					continue
				}
				if strings.TrimSpace(s) == "" {
					t.Fatalf("%s says nothing in %s: %q", text, locale, said)
				}
				for _, left := range []string{"%!", "{name}", "{value}", "{when}", "{times}", "{what}"} {
					if strings.Contains(s, left) && !strings.Contains(string(text), left[1:]) {
						t.Fatalf("%s in %s has %s left over: %q", text, locale, left, s)
					}
				}
			}
		}
	})
}
