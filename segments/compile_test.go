package segments

import (
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/labels"
)

var update = flag.Bool("update", false, "write what rules compile to")

// compiledFile holds rules, each with the SQL that it compiles to. One is added
// by its comment; go test ./segments -run Compiled -update writes the rest.
const compiledFile = "testdata/compiled.sql"

// TestRulesAreCompiled compares each rule of the file with its SQL.
func TestRulesAreCompiled(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(compiledFile)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for line := range strings.Lines(string(text)) {
		if rule, is := strings.CutPrefix(line, "-- rule: "); is {
			all.WriteString(compiled(t, strings.TrimSpace(rule), false) + "\n")
		}
		if rule, is := strings.CutPrefix(line, "-- of a sample: "); is {
			all.WriteString(compiled(t, strings.TrimSpace(rule), true) + "\n")
		}
	}
	if *update {
		if err := os.WriteFile(compiledFile, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), all.String()); diff != "" {
		t.Error(diff)
	}
}

// compiled returns the rule with the query of its members: what was looked up
// first, then the SQL and its arguments.
func compiled(t *testing.T, text string, sample bool) string {
	t.Helper()
	rule, err := ParseRule([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	q, found := pureQuery(t, sample)
	if err := rule.Validate(q.Fields); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	condition, err := q.Condition(rule)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	name := "rule"
	if sample {
		name = "of a sample"
	}
	sql := "-- " + name + ": " + text + "\n" + strings.Join(*found, "") + "SELECT m.member_id\n" + q.members(condition) + ";\n"
	for i, arg := range q.Args {
		sql += fmt.Sprintf("-- $%d = %s\n", i+1, shown(t, arg))
	}
	return sql
}

// shown returns an argument as the database gets it.
func shown(t testing.TB, arg any) string {
	t.Helper()
	if v, is := arg.(driver.Valuer); is {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		arg = value
	}
	if at, is := arg.(time.Time); is {
		return at.UTC().Format(time.RFC3339)
	}
	return fmt.Sprint(arg)
}

// pureQuery returns a query without a database. Its look-ups find the same few
// things, and are written down.
func pureQuery(t testing.TB, sample bool) (*Query, *[]string) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	q := NewQuery(t.Context(), nil, Population{
		Label: labels.ID(7), Sample: sample, Calendar: NewCalendar(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), zone),
		Fields: Fields{
			"city": {Name: "city", Type: Text, Slot: "t2"}, "points": {Name: "points", Type: Number, Slot: "n1"},
			"birth_date": {Name: "birth_date", Type: Date, Slot: "d1"}, "vip": {Name: "vip", Type: Bool, Slot: "b1"},
			"interests": {Name: "interests", Type: Set, Slot: "s1"},
		},
	})
	found := &[]string{}
	q.targets.find = func(into any, sql string, args ...any) error {
		for i := range args {
			args[i] = shown(t, args[i])
		}
		*found = append(*found, "-- looks up: "+strings.Join(strings.Fields(sql), " ")+fmt.Sprintf(" with %v\n", args))
		switch list := into.(type) {
		case *[]int64:
			*list = []int64{11, 12}
		case *sends:
			month := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			*list = sends{{21, month}, {22, month}, {23, month.AddDate(0, -1, 0)}}
		default:
			t.Fatalf("nothing to find in %T", into)
		}
		return nil
	}
	return q, found
}

// TestRulesThatCantBeCompiled are refused even where nobody validated them.
func TestRulesThatCantBeCompiled(t *testing.T) {
	t.Parallel()
	wrong := Rule{Attribute: &Attribute{Name: "shoe", Op: Is, Value: "x"}}
	for _, rule := range []Rule{
		{}, {Segment: &Reference{ID: 4}}, wrong, {Not: &wrong}, {All: []Rule{wrong}}, {Any: []Rule{wrong}},
		{Membership: &Membership{Field: "left", Op: IsEmpty}}, {Attribute: &Attribute{Name: "city", Op: Is, Value: 3.0}},
	} {
		q, _ := pureQuery(t, false)
		if sql, err := q.Condition(rule); !fault.Is(err, fault.Invalid) || sql != "" {
			t.Errorf("%+v: %q, %v", rule, sql, err)
		}
	}
}

// TestLookUpsThatFail end the compilation.
func TestLookUpsThatFail(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is down")
	for _, text := range []string{
		`{"engagement":"opened","campaign":3}`, `{"engagement":"clicked","advertiser":3}`, `{"engagement":"received"}`,
		`{"engagement":"received","category":"travel"}`, `{"not":{"engagement":"opened","at_least":2}}`,
	} {
		rule, err := ParseRule([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		q, _ := pureQuery(t, false)
		q.targets.find = func(any, string, ...any) error { return broken }
		if _, err := q.Condition(rule); !errors.Is(err, broken) {
			t.Errorf("%s: %v", text, err)
		}
		// Of a click's two look-ups, the second may fail as well.
		q, _ = pureQuery(t, false)
		find, times := q.targets.find, 0
		q.targets.find = func(into any, sql string, args ...any) error {
			if times++; times == 2 {
				return broken
			}
			return find(into, sql, args...)
		}
		if _, err := q.Condition(rule); (times == 2) != errors.Is(err, broken) {
			t.Errorf("%s, after %d look-ups: %v", text, times, err)
		}
	}
}

// TestMatchingTellsOfLeaves returns a query of ids for each kind of leaf.
func TestMatchingTellsOfLeaves(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"engagement":"opened"}`:             "SELECT member_id FROM last_engagements WHERE label_id = $1 AND kind = 'open' AND day IS NOT NULL",
		`{"attribute":"vip","op":"is_empty"}`: "SELECT m.member_id\n  FROM memberships m\n WHERE m.label_id = $1\n   AND m.\"b1\" IS NULL",
		`{"conversion":"bought"}`: "SELECT c.member_id FROM conversions c WHERE c.member_id IS NOT NULL AND c.status IN ('pending', 'approved')" +
			" GROUP BY c.member_id HAVING TRUE",
	} {
		rule, err := ParseRule([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		q, _ := pureQuery(t, false)
		if got, err := q.Matching(rule); err != nil || got != want {
			t.Errorf("%s:\n got %s\nwant %s, %v", text, got, want, err)
		}
	}
}
