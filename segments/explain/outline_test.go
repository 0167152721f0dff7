package explain_test

import (
	"reflect"
	"strings"
	"testing"

	"keur/segments"
	"keur/segments/explain"
)

func TestOutline(t *testing.T) {
	t.Parallel()
	rule, err := segments.ParseRule([]byte(`{"all":[{"attribute":"city","op":"is","value":"Utrecht"},
		{"any":[{"not":{"engagement":"clicked"}},{"consent":"mail","given":true}]},
		{"not":{"segment":3}},{"not":{"consent":"tracking","given":true}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range explain.Outline(rule, segments.Names{Segments: map[segments.ID]string{3: "Slapers"}}, "nl") {
		lines = append(lines, strings.Repeat(" ", l.Depth)+string(l.Group)+l.Text)
	}
	want := []string{
		"all", " woonplaats is Utrecht", " any", "  klikten nergens op", "  met toestemming voor mail",
		" niet (in segment ‘Slapers’)", " none", "  met toestemming voor volgen",
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("%q", lines)
	}
	consent := segments.Rule{Consent: &segments.Consent{Kind: "mail", Given: true}}
	if alone := explain.Outline(consent, segments.Names{}, "en"); len(alone) != 2 || alone[0].Group != segments.AllOf {
		t.Errorf("a rule of one condition: %v", alone)
	}
}
