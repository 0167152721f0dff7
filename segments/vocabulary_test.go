package segments

import (
	"reflect"
	"testing"
)

// What a page offers is what the room takes: each op of a type with a blank
// filled in as it says.
func TestBlanksAreWhatOpsTake(t *testing.T) {
	t.Parallel()
	samples := map[Type]any{Text: "x", Number: 3.0, Date: "2026-01-31", Bool: true}
	for _, kind := range []Type{Text, Number, Date, Moment, Bool, Set} {
		for _, op := range Ops(kind) {
			blank, ok := BlankOf(kind, op)
			if !ok {
				t.Errorf("%s isn't compared by %s", kind, op)
			}
			one := samples[blank.Type]
			value := map[int]any{0: nil, 1: one, 2: []any{one, one}, Several: []any{one}}[blank.Count]
			if _, wrong := readOperand(kind, op, value); wrong != nil {
				t.Errorf("%s %s with %v: %s", kind, op, value, wrong.message)
			}
		}
	}
	if _, ok := BlankOf(Bool, Contains); ok {
		t.Error("a bool contains something")
	}
}

func TestGroupsJoinAsTheyCameApart(t *testing.T) {
	t.Parallel()
	a, b := Rule{Random: &Random{Percent: 1, Seed: "a"}}, Rule{Any: []Rule{}}
	for _, rule := range []Rule{
		{All: []Rule{}}, {All: []Rule{a, b}}, {Any: []Rule{a}}, {Not: &a}, {Not: &Rule{Any: []Rule{a, a}}},
		{Not: &Rule{All: []Rule{a}}}, {Not: &Rule{Any: []Rule{b}}},
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
