package segments

import (
	"fmt"
	"strings"
	"testing"
)

// TestLimits asks after the last value that is taken and the first one that isn't.
func TestLimits(t *testing.T) {
	t.Parallel()
	texts := func(n int) string { return `["x"` + strings.Repeat(`,"x"`, n-1) + `]` }
	for _, c := range []struct{ rule, good, bad string }{
		{`{"engagement":"opened","within_days":%s}`, "3660", "3661"},
		{`{"engagement":"opened","within_days":%s}`, "0", "-1"},
		{`{"engagement":"opened","at_least":%s}`, "1000", "1001"},
		{`{"engagement":"opened","at_least":%s}`, "0", "-1"},
		{`{"engagement":"opened","mailing":%s}`, "1", "-1"},
		{`{"engagement":"opened","advertiser":1,"category":"%s"}`, "", "travel"},
		{`{"engagement":"opened","category":"%s"}`, "a" + strings.Repeat("b", 39), "a" + strings.Repeat("b", 40)},
		{`{"conversion":"%s"}`, "bought", "sold"},
		{`{"conversion":"bought","advertiser":%s}`, "0", "-1"},
		{`{"conversion":"bought","advertiser":3,"category":"%s"}`, "", "travel"},
		{`{"conversion":"bought","category":"%s"}`, "travel", "Travel"},
		{`{"conversion":"bought","within_days":%s}`, "3660", "3661"},
		{`{"conversion":"bought","value_at_least":{"minor":%s,"currency":"EUR"}}`, "1", "0"},
		{`{"conversion":"bought","value_at_least":{"minor":1,"currency":"%s"}}`, "EUR", "eur"},
		{`{"random":{"percent":%s,"seed":"x"}}`, "100", "100.5"},
		{`{"random":{"percent":%s,"seed":"x"}}`, "0.1", "0"},
		{`{"random":{"percent":5,"seed":"%s"}}`, strings.Repeat("x", 100), strings.Repeat("x", 101)},
		{`{"random":{"percent":5,"seed":"%s"}}`, "x", ""},
		{`{"segment":%s}`, "1", "0"},
		{`{"consent":"%s","given":true}`, "tracking", "phone"},
		{`{"attribute":"city","op":"is","value":"%s"}`, strings.Repeat("ä", 500), strings.Repeat("ä", 501)},
		{`{"attribute":"city","op":"is","value":"%s"}`, "x", `\u0000`},
		{`{"attribute":"city","op":"in","value":%s}`, texts(1000), texts(1001)},
		{`{"attribute":"city","op":"in","value":%s}`, texts(1), `[]`},
		{`{"attribute":"city","op":"in","value":%s}`, texts(2), `"x"`},
		{`{"attribute":"city","op":"in","value":%s}`, `["x"]`, `["x",""]`},
		{`{"attribute":"points","op":"between","value":%s}`, "[3,3]", "[3,2.9]"},
		{`{"attribute":"points","op":"between","value":%s}`, "[3,4]", "[3,4,5]"},
		{`{"attribute":"points","op":"in","value":%s}`, "[3]", "[]"},
		{`{"attribute":"points","op":"in","value":%s}`, "[3" + strings.Repeat(",3", 999) + "]", "[3" + strings.Repeat(",3", 1000) + "]"},
		{`{"attribute":"points","op":"is","value":%s}`, "3", `"3"`},
		{`{"attribute":"vip","op":"is","value":%s}`, "false", `0`},
		{`{"attribute":"birth_date","op":"between","value":%s}`, `["2000-01-01","2000-01-01"]`, `["2000-01-02","2000-01-01"]`},
		{`{"attribute":"birth_date","op":"is","value":%s}`, `"2000-02-29"`, `"2001-02-29"`},
		{`{"attribute":"birth_date","op":"in_last_days","value":%s}`, "1", "0"},
		{`{"attribute":"birth_date","op":"in_last_days","value":%s}`, "3660", "3661"},
		{`{"attribute":"birth_date","op":"in_last_days","value":%s}`, "2", "2.5"},
		{`{"attribute":"birth_date","op":"birthday_within_days","value":%s}`, "366", "367"},
		{`{"attribute":"birth_date","op":"days_ago_between","value":%s}`, "[0,3660]", "[0,3661]"},
		{`{"attribute":"birth_date","op":"days_ago_between","value":%s}`, "[3,3]", "[3,2]"},
		{`{"attribute":"birth_date","op":"age_between","value":%s}`, "[0,150]", "[0,151]"},
		{`{"attribute":"birth_date","op":"age_between","value":%s}`, "[0,0]", "[-1,0]"},
		{`{"attribute":"birth_date","op":"is_empty"%s}`, "", `,"value":1`},
		{`{"membership":"joined","op":"%s","value":3}`, "in_last_days", "in_next_days"},
		{`{"membership":"%s","op":"is_empty"}`, "confirmed", "left"},
		{`{"any":[%s]}`, `{"all":[]}`, ""},
		{`{"all":[%s{"all":[]}]}`, strings.Repeat(`{"all":[]},`, 198), strings.Repeat(`{"all":[]},`, 199)},
		{`%s`, nested(9), nested(10)},
		{`{"attribute":"city","op":"is","value":"x"%s}`, strings.Repeat(" ", 256<<10-42), strings.Repeat(" ", 256<<10-41)},
	} {
		for value, want := range map[string]bool{c.good: true, c.bad: false} {
			text := fmt.Sprintf(c.rule, value)
			rule, err := ParseRule([]byte(text))
			if err == nil {
				q, _ := pureQuery(t, false)
				err = rule.Validate(q.Fields)
			}
			if (err == nil) != want {
				t.Errorf("%.120s: %v", text, err)
			}
		}
	}
}

// nested returns a rule of so many negations of everyone.
func nested(n int) string {
	return strings.Repeat(`{"not":`, n) + `{"all":[]}` + strings.Repeat(`}`, n)
}

// TestParsingEndsAtItsLimits, whatever validation would say later.
func TestParsingEndsAtItsLimits(t *testing.T) {
	t.Parallel()
	many := `{"all":[` + strings.Repeat(`{"all":[]},`, 250) + `{"all":[]}]}`
	lists := strings.Repeat(`{"all":[`, 11) + strings.Repeat(`]}`, 11)
	for _, text := range []string{nested(10), many, lists} {
		if _, err := ParseRule([]byte(text)); err == nil {
			t.Errorf("%.60s is read", text)
		}
	}
}

// TestValidateMindsLimitsItself, since rules come from code as well.
func TestValidateMindsLimitsItself(t *testing.T) {
	t.Parallel()
	deep, lists, wide := Everyone(), Everyone(), Rule{All: make([]Rule, 200)}
	for range 9 {
		inner := deep
		deep, lists = Rule{Not: &inner}, Rule{All: []Rule{lists}}
	}
	for i := range wide.All {
		wide.All[i] = Everyone()
	}
	for _, ten := range []Rule{deep, lists} {
		if err := ten.Validate(nil); err != nil {
			t.Errorf("ten deep: %v", err)
		}
		if (Rule{Any: []Rule{ten}}).Validate(nil) == nil || (Rule{Not: &ten}).Validate(nil) == nil {
			t.Error("eleven deep is valid")
		}
	}
	if err := wide.Validate(nil); err == nil {
		t.Error("201 parts are valid")
	}
	wide.All = wide.All[1:]
	if err := wide.Validate(nil); err != nil {
		t.Errorf("200 parts: %v", err)
	}
}
