package members

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"keur/internal/fault"
)

// details returns the paths of what is wrong, in order.
func details(err error) []string {
	var paths []string
	if f, ok := err.(*fault.Error); ok { //nolint:errorlint // rules return their fault as it is
		for _, d := range f.Details {
			paths = append(paths, d.Path)
		}
	}
	slices.Sort(paths)
	return paths
}

func TestAttributeCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		Attribute
		wrong []string
	}{
		{Attribute{Name: "points", Type: Number}, nil},
		{Attribute{Name: "a", Type: Text}, nil},
		{Attribute{Name: "birth_date", Type: Date}, nil},
		{Attribute{Name: "birth_date", Type: Text}, []string{"type"}},
		{Attribute{Name: "Points", Type: Bool}, []string{"name"}},
		{Attribute{Name: "points", Type: "float"}, []string{"type"}},
		{Attribute{}, []string{"name", "type"}},
	} {
		if diff := cmp.Diff(c.wrong, details(c.Check())); diff != "" {
			t.Errorf("%+v: %s", c.Attribute, diff)
		}
	}
	if WellKnown("birth_date") != Date || WellKnown("city") != Text || WellKnown("points") != "" {
		t.Error("what is well known isn't")
	}
}

func TestIsName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "z9_": true, "points_2026": true, strings.Repeat("a", 40): true,
		"": false, strings.Repeat("a", 41): false, "A": false, "1a": false, "_a": false, "{": false, "`": false,
		"a b": false, "aB": false, "a-b": false, "é": false, "aé": false, "a;": false,
	} {
		if IsName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestFreeSlot(t *testing.T) {
	t.Parallel()
	take := func(slots ...string) (taken []Attribute) {
		for _, s := range slots {
			taken = append(taken, Attribute{Slot: s})
		}
		return taken
	}
	var all []string
	for n := 1; n <= slots[Set].all; n++ {
		all = append(all, fmt.Sprint("s", n))
	}
	for _, c := range []struct {
		name  string
		typ   Type
		taken []Attribute
		want  string
	}{
		{"city", Text, nil, "t1"},
		{"city", Text, take("t1", "t2", "n3"), "t3"},
		{"city", Text, take("t1", "t3"), "t2"},
		{"first_name", Text, nil, "t5"},
		{"last_name", Text, take("t5"), "t6"},
		{"last_name", Text, take("t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12", "t13", "t14", "t15", "t16", "t17", "t18", "t19", "t20"),
			"t1"},
		{"points", Number, take("t1"), "n1"},
		{"since", Date, nil, "d1"},
		{"vip", Bool, take("b1"), "b2"},
		{"likes", Set, take(all[:5]...), "s6"},
		{"likes", Set, take(all...), ""},
	} {
		got, err := Attribute{Name: c.name, Type: c.typ}.FreeSlot(c.taken)
		if got != c.want || (err != nil) != (c.want == "") || err != nil && !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestAttributeColumn(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", maxText)
	for _, c := range []struct {
		typ       Type
		in, want  any
		otherwise string
	}{
		{Text, nil, nil, ""}, {Text, "", nil, ""}, {Text, "Breda", "Breda", ""}, {Text, long, long, ""},
		{Text, long + "x", nil, "longer than 500"}, {Text, "a\x00", nil, "no characters"}, {Text, "\xff", nil, "no characters"},
		{Text, 1.0, nil, "give a text"}, {Text, true, nil, "give a text"}, {Text, []string{"x"}, nil, "give a text"},
		{Number, 1.5, 1.5, ""}, {Number, 3, 3.0, ""}, {Number, "3", nil, "give a number"},
		{Number, math.NaN(), nil, "give a number"}, {Number, math.Inf(1), nil, "give a number"},
		{Number, math.Inf(-1), nil, "give a number"},
		{Date, "2026-11-21", "2026-11-21", ""}, {Date, "2026-02-29", nil, "give a date"}, {Date, "21-11-2026", nil, "give a date"},
		{Date, "0000-01-01", nil, "give a date"}, {Date, "0001-01-01", "0001-01-01", ""}, {Date, 2026, nil, "date such as"},
		{Bool, true, true, ""}, {Bool, false, false, ""}, {Bool, "ja", nil, "true or false"}, {Bool, 1.0, nil, "true or false"},
		{Set, []string{"b", " a ", "b", ""}, pq.StringArray{"a", "b"}, ""}, {Set, []any{"b", "a"}, pq.StringArray{"a", "b"}, ""},
		{Set, []any{"a", 1.0}, nil, ""}, {Set, []string{" "}, nil, ""}, {Set, "a", nil, "list of words"},
		{Set, []string{"x", "\xff"}, nil, "no characters"}, {Number, []any{"1"}, nil, "give a number"},
	} {
		got, err := Attribute{Name: "x", Type: c.typ}.column(c.in)
		if c.otherwise != "" {
			if err == nil || !strings.Contains(err.Error(), c.otherwise) || !fault.Is(err, fault.Invalid) {
				t.Errorf("%s %v: %v, want %q", c.typ, c.in, err, c.otherwise)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s %v: %v %s", c.typ, c.in, err, diff)
		}
	}
	words := make([]string, maxWords+1)
	for i := range words {
		words[i] = fmt.Sprint("word", i)
	}
	if set, err := WordSet(words[:maxWords]); err != nil || len(set.(pq.StringArray)) != maxWords {
		t.Errorf("%v", err)
	}
	if _, err := WordSet(append(words, words...)); err == nil || !strings.Contains(err.Error(), "at most 100") {
		t.Errorf("more than enough words: %v", err)
	}
}

func TestCheckZone(t *testing.T) {
	t.Parallel()
	for zone, good := range map[string]bool{"": true, "Europe/Amsterdam": true, "UTC": true, "Local": false, "Amsterdam": false,
		"../etc/passwd": false} {
		if err := CheckZone(zone); (err == nil) != good {
			t.Errorf("%q: %v", zone, err)
		}
	}
}
