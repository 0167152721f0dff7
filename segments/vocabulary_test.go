package segments

import (
	"reflect"
	"strings"
	"testing"
)

// What a page offers is what the room takes: each op of a type with a blank
// filled in as it says.
func TestBlanksAreWhatOpsTake(t *testing.T) {
	t.Parallel()
	samples := map[Type]any{Text: "x", Number: 3.0, Date: "2026-01-31", Bool: true}
	for _, kind := range []Type{Text, Number, Date, moment, Bool, Set} {
		for _, op := range Ops(kind) {
			blank, ok := BlankOf(kind, op)
			if !ok {
				t.Errorf("%s isn't compared by %s", kind, op)
			}
			one := samples[blank.Type]
			value := map[int]any{0: nil, 1: one, 2: []any{one, one}, Several: []any{one}}[blank.Count]
			if _, wrong := operandOf(kind, op, value); wrong != nil {
				t.Errorf("%s %s with %v: %s", kind, op, value, wrong.message)
			}
		}
	}
	if _, ok := BlankOf(Bool, Contains); ok {
		t.Error("a bool contains something")
	}
}

func TestOutline(t *testing.T) {
	t.Parallel()
	rule, err := ParseRule([]byte(`{"all":[{"attribute":"city","op":"is","value":"Utrecht"},{"any":[{"not":{"engagement":"clicked"}},{"consent":"mail","given":true}]},{"not":{"segment":3}},{"not":{"consent":"tracking","given":true}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range Outline(rule, Names{Segments: map[ID]string{3: "Slapers"}}, "nl") {
		lines = append(lines, strings.Repeat(" ", l.Depth)+string(l.Group)+l.Text)
	}
	want := []string{
		"all", " woonplaats is Utrecht", " any", "  klikten nergens op", "  met toestemming voor mail",
		" niet (in segment ‘Slapers’)", " none", "  met toestemming voor volgen",
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("%q", lines)
	}
	if alone := Outline(Rule{Consent: &Consent{Kind: "mail", Given: true}}, Names{}, "en"); len(alone) != 2 || alone[0].Group != AllOf {
		t.Errorf("a rule of one condition: %v", alone)
	}
}

func TestGroupsJoinAsTheyCameApart(t *testing.T) {
	t.Parallel()
	a, b := Rule{Random: &Random{Percent: 1, Seed: "a"}}, Rule{Any: []Rule{}}
	for _, rule := range []Rule{
		{All: []Rule{}}, {All: []Rule{a, b}}, {Any: []Rule{a}}, {Not: &a}, {Not: &Rule{Any: []Rule{a, a}}}, {Not: &Rule{All: []Rule{a}}}, {Not: &Rule{Any: []Rule{b}}},
	} {
		group, parts, is := rule.Group()
		if back := group.Join(parts); !is || !reflect.DeepEqual(back, rule) {
			t.Errorf("%+v came back as %+v", rule, back)
		}
	}
	if _, _, is := a.Group(); is {
		t.Error("a condition is a group")
	}
}
