package segments_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/segments"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestCountOfEachKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(10)
	w.Advertiser(3, "travel")
	w.Mailing(3, w.Label)
	w.Exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 4`)
	for rule, want := range map[string]int{
		`{"all":[]}`: 10,
		`{"attribute":"gender","op":"is","value":"f"}`:                                                             4,
		`{"attribute":"gender","op":"is_not","value":"f"}`:                                                         6,
		`{"not":{"attribute":"gender","op":"is","value":"f"}}`:                                                     6,
		`{"consent":"mail","given":true}`:                                                                          10,
		`{"engagement":"opened","within_days":30}`:                                                                 0,
		`{"not":{"engagement":"clicked","category":"travel"}}`:                                                     10,
		`{"engagement":"clicked","advertiser":3,"at_least":2}`:                                                     0,
		`{"any":[{"engagement":"received","mailing":3},{"all":[]}]}`:                                               10,
		`{"not":{"engagement":"received","campaign":3,"within_days":4}}`:                                           10,
		`{"conversion":"bought","category":"travel","at_least":2,"value_at_least":{"minor":100,"currency":"EUR"}}`: 0,
		`{"membership":"joined","op":"is_empty"}`:                                                                  0,
		`{"random":{"percent":100,"seed":"x"}}`:                                                                    10,
	} {
		if n := w.Count(rule); n != want {
			t.Errorf("%s: %d, want %d", rule, n, want)
		}
	}
}

func TestLastDaysEndWithTheLabelsDay(t *testing.T) {
	t.Parallel()
	// A quarter past midnight on the day after clocks went back in Amsterdam.
	w := newWorld(t, time.Date(2026, 10, 25, 23, 15, 0, 0, time.UTC), "Europe/Amsterdam")
	w.AddMembers(4)
	for id, joined := range []string{"2026-10-25 23:00Z", "2026-10-25 22:59Z", "2026-10-24 22:00Z", "2026-10-24 21:59Z"} {
		w.Exec(`UPDATE memberships SET joined_at = $2::timestamptz WHERE member_id = $1`, id+1, joined)
	}
	for rule, want := range map[string]int{
		`{"membership":"joined","op":"in_last_days","value":1}`:         1,
		`{"membership":"joined","op":"in_last_days","value":2}`:         3,
		`{"membership":"joined","op":"in_last_days","value":3}`:         4,
		`{"membership":"joined","op":"is","value":"2026-10-25"}`:        2,
		`{"membership":"joined","op":"days_ago_between","value":[1,1]}`: 2,
		`{"membership":"joined","op":"before","value":"2026-10-25"}`:    1,
		`{"membership":"joined","op":"after","value":"2026-10-25"}`:     1,
	} {
		if n := w.Count(rule); n != want {
			t.Errorf("%s: %d, want %d", rule, n, want)
		}
	}
}

func TestEmptyIsNeitherMatchedNorLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(5)
	w.Exec(`UPDATE memberships SET t1 = 'f', n1 = 5, b1 = true, d1 = '2000-01-01', s1 = '{a}' WHERE member_id = 1`)
	w.Exec(`UPDATE memberships SET s1 = '{}' WHERE member_id = 2`)
	for _, c := range []struct {
		is, isNot string
	}{
		{`{"attribute":"gender","op":"is","value":"f"}`, `{"attribute":"gender","op":"is_not","value":"f"}`},
		{`{"attribute":"points","op":"is","value":5}`, `{"attribute":"points","op":"is_not","value":5}`},
		{`{"attribute":"vip","op":"is","value":true}`, `{"attribute":"vip","op":"is_not","value":true}`},
		{`{"attribute":"birth_date","op":"is","value":"2000-01-01"}`, `{"attribute":"birth_date","op":"is_not","value":"2000-01-01"}`},
		{`{"attribute":"interests","op":"has_any","value":["a"]}`, `{"attribute":"interests","op":"has_none","value":["a"]}`},
		{`{"attribute":"interests","op":"is_not_empty"}`, `{"attribute":"interests","op":"is_empty"}`},
	} {
		for rule, want := range map[string]int{c.is: 1, c.isNot: 4, `{"not":` + c.is + `}`: 4, `{"not":` + c.isNot + `}`: 1} {
			if n := w.Count(rule); n != want {
				t.Errorf("%s: %d, want %d", rule, n, want)
			}
		}
	}
}

func TestTextOfARuleIsNeverSQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(3)
	for _, evil := range []string{`' OR 1=1 --`, `"; DROP TABLE memberships; --`, `$1`, `%`, `\`, `'{}'`, "x'||pg_sleep(9)||'"} {
		text, err := json.Marshal(evil)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range []string{
			`{"attribute":"city","op":"is","value":%s}`, `{"attribute":"city","op":"contains","value":%s}`,
			`{"attribute":"city","op":"in","value":[%s]}`, `{"attribute":"city","op":"starts_with","value":%s}`,
			`{"attribute":"interests","op":"has_any","value":[%s]}`, `{"membership":"source","op":"is","value":%s}`,
		} {
			if n := w.Count(fmt.Sprintf(rule, text)); n != 0 {
				t.Errorf(rule+": %d", text, n)
			}
		}
		for _, rule := range []string{
			`{"attribute":%s,"op":"is","value":"x"}`, `{"engagement":"opened","category":%s}`, `{"attribute":"city","op":%s,"value":"x"}`,
		} {
			parsed, err := segments.ParseRule(fmt.Appendf(nil, rule, text))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Engine.Count(t.Context(), w.Label, parsed); !fault.Is(err, fault.Invalid) {
				t.Errorf(rule+": %v", text, err)
			}
		}
		scope := segments.Scope{Label: w.Label, Audience: everyone()}
		scope.Audience.Topic, scope.Audience.HoldoutSalt, scope.Audience.Seed, scope.Audience.Cap = evil, evil, evil, 2
		if got := w.steps(scope); got[""] != 2 {
			t.Errorf("%s: %v", evil, got)
		}
	}
}

func TestOverlapAndSample(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 60`)
	w.Exec(`UPDATE memberships SET t2 = 'Utrecht' WHERE member_id > 50`)
	inUtrecht := segments.Rule{Attribute: &segments.Attribute{Name: "city", Op: segments.Is, Value: "Utrecht"}}
	got, err := w.Engine.Overlap(t.Context(), w.Label, women(), inUtrecht)
	if want := (segments.Overlapped{OnlyA: 50, OnlyB: 40, Both: 10}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	sample, err := w.Engine.Sample(t.Context(), w.Label, women())
	if err != nil || len(sample) != 20 {
		t.Fatalf("%d, %v", len(sample), err)
	}
	for _, m := range sample {
		if m.MemberID > 60 || m.Address == "" {
			t.Errorf("%+v", m)
		}
	}
}

func TestEstimateHoldsTheCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.Exec(`INSERT INTO memberships (label_id, member_id, t1)
	        SELECT $1, i, CASE WHEN i % 3 = 0 THEN 'f' END FROM generate_series(1, 270000) i`, w.Label)
	w.Advertiser(1, "travel")
	w.Mailing(1, w.Label, 1)
	w.Behaved("click", 1, 1, "2026-11-20", 1, 81_000, 1)
	w.Exec(`ANALYZE memberships`)
	for rule, exact := range map[string]int{
		`{"attribute":"gender","op":"is","value":"f"}`:      90_000,
		`{"attribute":"gender","op":"is","value":"nobody"}`: 0,
		`{"engagement":"clicked","mailing":1}`:              81_000,
	} {
		e, err := w.Engine.Estimate(t.Context(), w.Label, w.Parse(rule))
		if err != nil || e.Exact || e.N-2*e.Margin > exact || e.N+2*e.Margin < exact || // one in twenty is farther off than its margin
			e.Margin > 6000 {
			t.Errorf("%s: %+v of %d, %v", rule, e, exact, err)
		}
	}
	if e, err := w.Engine.Estimate(t.Context(), w.AddLabel("two", "Europe/Berlin"), segments.Everyone()); err != nil || !e.Exact ||
		e.N != 0 {
		t.Errorf("a small label: %+v, %v", e, err)
	}
}

func TestMachinesDayIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(3)
	w.Mailing(1, w.Label)
	w.Mailing(2, w.Label)
	w.Behaved("click", 1, 0, "2026-11-01", 1, 2, 1)
	w.Behaved("click", 1, 0, "2026-11-20", 1, 3, 1)
	w.Behaved("click", 2, 0, "2026-11-20", 2, 2, 1)
	w.Exec(`DELETE FROM behaviours WHERE mailing_id = 1 AND day = '2026-11-20'`)
	for rule, want := range map[string]int{
		`{"engagement":"clicked","within_days":3}`:  1, // 2, by the other mailing
		`{"engagement":"clicked","within_days":30}`: 2,
		`{"engagement":"clicked"}`:                  2,
	} {
		if n := w.Count(rule); n != want {
			t.Errorf("%s: %d, want %d", rule, n, want)
		}
	}
}

func TestCountEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Engine.Count(ctx, w.Label, segments.Everyone()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
