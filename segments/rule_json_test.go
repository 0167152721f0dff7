package segments_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/segments"
)

// fields are the attributes that validation knows in these tests.
var fields = segments.Fields{
	"city": {Name: "city", Type: segments.Text, Slot: "t1"}, "birth_date": {Name: "birth_date", Type: segments.Date, Slot: "d1"},
	"points": {Name: "points", Type: segments.Number, Slot: "n1"}, "vip": {Name: "vip", Type: segments.Bool, Slot: "b1"},
	"interests": {Name: "interests", Type: segments.Set, Slot: "s1"},
}

func TestFaultsNameThePath(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		// How it is written.
		{`[]`, ": a rule is a JSON object"},
		{`null`, ": a rule is a JSON object"},
		{`{"all":{}}`, "all: not a list of rules"},
		{`{"all":[{"any":[{"not":3}]}]}`, "all[0].any[0].not: a rule is a JSON object"},
		{`{"all":[],"any":[]}`, ": says all and any at once"},
		{`{"not":{"all":[]},"op":"is"}`, ": not stands alone"},
		{`{"colour":"red"}`, ": says none of"},
		{`{"all":[{"attribute":"city","op":"is","value":"x","colour":1}]}`, "all[0].colour: isn't a field"},
		{`{"all":[{"attribute":5,"op":"is","value":"x"}]}`, "all[0].attribute: not a text"},
		{`{"consent":"mail"}`, "given: is missing"},
		{`{"consent":"mail","given":"yes"}`, "given: not true or false"},
		{`{"engagement":"opened","mailing":"x"}`, "mailing: not a whole number"},
		{`{"engagement":"opened","within_days":1.5}`, "within_days: not a whole number"},
		{`{"random":{"percent":10,"seed":"x","salt":"y"}}`, "random.salt: isn't a field"},
		{`{"random":null}`, "random: not an object"},
		{`{"conversion":"bought","value_at_least":5}`, "value_at_least: not an object"},
		{strings.Repeat(`{"not":`, 12) + `{"all":[]}` + strings.Repeat(`}`, 12), "not: rules are at most 10 deep"},
		{`{"all":[` + strings.Repeat(`{"all":[]},`, 250) + `{"all":[]}]}`, "all[199]: a rule has at most 200 parts"},
		{`{"attribute":"city","op":"is","value":"` + strings.Repeat("x", 3e5) + `"}`, "at most 262,144 bytes"},
		// What it says.
		{`{"all":[{}]}`, "all[0]: says nothing"},
		{`{"any":[]}`, "any: is empty"},
		{
			`{"all":[{"all":[]},{"all":[]},{"any":[{"attribute":"birth_date","op":"before","value":"31-12-1999"}]}]}`,
			"all[2].any[0].value: not a date",
		},
		{`{"attribute":"shoe","op":"is","value":"x"}`, "attribute: this label's members have no attribute"},
		{`{"attribute":"city","op":"lt","value":"x"}`, "op: a text is compared by contains"},
		{`{"attribute":"city","op":"is"}`, "value: is missing"},
		{`{"attribute":"city","op":"is","value":""}`, "value: is empty; use is_empty"},
		{`{"attribute":"city","op":"is","value":"a\u0000b"}`, "value: not a text"},
		{`{"attribute":"city","op":"in","value":["a",7]}`, "value[1]: not a text"},
		{`{"attribute":"city","op":"in","value":[]}`, "value: not a list of 1 to 1,000"},
		{`{"attribute":"city","op":"is_empty","value":"x"}`, "value: is_empty takes no value"},
		{`{"attribute":"points","op":"between","value":[3,1]}`, "value: the first number is larger"},
		{`{"attribute":"points","op":"between","value":3}`, "value: not a list of two values"},
		{`{"attribute":"points","op":"gt","value":"3"}`, "value: not a number"},
		{`{"attribute":"vip","op":"is","value":1}`, "value: not true or false"},
		{`{"attribute":"birth_date","op":"between","value":["2001-01-01","2000-01-01"]}`, "value: the first date is after"},
		{`{"attribute":"birth_date","op":"is","value":"2026-02-30"}`, "value: not a date"},
		{`{"attribute":"birth_date","op":"in_last_days","value":0}`, "value: not a number of days from 1"},
		{`{"attribute":"birth_date","op":"age_between","value":[25,400]}`, "value[1]: not a number of years from 0 to 150"},
		{`{"membership":"age","op":"is","value":"x"}`, "membership: is joined, confirmed or source"},
		{`{"membership":"joined","op":"birthday_within_days","value":3}`, "op: a moment is compared by"},
		{`{"consent":"fax","given":true}`, "consent: is mail or tracking"},
		{`{"engagement":"forwarded"}`, "engagement: is opened, clicked or received"},
		{`{"engagement":"opened","mailing":1,"category":"travel"}`, ": names one of mailing, campaign"},
		{`{"engagement":"opened","category":"Travel'; --"}`, "category: not a category"},
		{`{"engagement":"opened","mailing":-1}`, "mailing: not the number"},
		{`{"engagement":"opened","at_least":-1}`, "at_least: not a number"},
		{`{"conversion":"sold"}`, "conversion: is bought"},
		{`{"conversion":"bought","value_at_least":{"minor":5,"currency":"euro"}}`, "value_at_least: takes minor"},
		{`{"random":{"percent":0,"seed":"x"}}`, "random.percent: not a number above 0"},
		{`{"random":{"percent":5,"seed":""}}`, "random.seed: not a text"},
		{`{"not":{"segment":-4}}`, "not.segment: not the number"},
	} {
		rule, want := c[0], c[1]
		parsed, err := segments.ParseRule([]byte(rule))
		if err == nil {
			err = parsed.Validate(fields)
		}
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Details) != 1 {
			t.Errorf("%.80s: %v is no single detail", rule, err)
			continue
		}
		got, path := f.Details[0].Path+": "+f.Details[0].Message.String(), f.Details[0].Path
		if !strings.Contains(got, want) || strings.HasPrefix(want, ":") && path != "" {
			t.Errorf("%.80s: %q, want %q", rule, got, want)
		}
	}
}

func TestRuleSurvivesJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"all":[]}`,
		`{"all":[{"attribute":"city","op":"in","value":["Utrecht","Breda"]},{"not":{"any":[{"consent":"mail","given":false}]}}]}`,
		`{"engagement":"clicked","category":"travel","within_days":30,"at_least":2}`,
		`{"conversion":"bought","advertiser":4,"value_at_least":{"minor":100,"currency":"EUR"}}`,
		`{"membership":"joined","op":"days_ago_between","value":[3,5]}`,
		`{"random":{"percent":12.5,"seed":"x"}}`,
		`{"segment":4}`,
	} {
		var rule segments.Rule
		if err := json.Unmarshal([]byte(text), &rule); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if again, err := json.Marshal(rule); err != nil || string(again) != text {
			t.Errorf("%s came back as %s, %v", text, again, err)
		}
	}
}
