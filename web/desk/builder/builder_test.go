package builder

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/segments"
)

var fields = segments.Fields{
	"city": {Name: "city", Type: segments.Text}, "points": {Name: "points", Type: segments.Number},
	"birth_date": {Name: "birth_date", Type: segments.Date}, "newsletter": {Name: "newsletter", Type: segments.Bool},
	"interests": {Name: "interests", Type: segments.Set},
}

func parse(t *testing.T, text string) segments.Rule {
	t.Helper()
	rule, err := segments.ParseRule([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

func write(t *testing.T, rule segments.Rule) string {
	t.Helper()
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// form writes a rule as a browser would send it.
func form(p *Part) url.Values {
	values := url.Values{}
	var add func(*Part)
	add = func(p *Part) {
		if p.Group != "" {
			values.Set(Field(p.Place, "group"), string(p.Group))
			for _, part := range p.Parts {
				add(part)
			}
			return
		}
		for name, value := range map[string]string{
			"subject": p.Subject, "was": p.Subject, "op": p.Op, "about": p.About, "thing": p.Thing, "days": p.Days,
			"times": p.Times, "amount": p.Amount, "currency": p.Currency, "seed": p.Seed,
		} {
			values.Set(Field(p.Place, name), value)
		}
		values[Field(p.Place, "value")] = p.Values
	}
	add(p)
	return values
}

// Every kind of rule goes to the page and comes back from its form as it was.
func TestRulesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`{"all":[]}`,
		`{"all":[{"attribute":"city","op":"is","value":"Utrecht"},{"attribute":"city","op":"is_empty"}]}`,
		`{"any":[{"attribute":"city","op":"in","value":["Utrecht","Den Haag"]},{"attribute":"points","op":"between","value":[1.5,20]}]}`,
		`{"all":[{"attribute":"birth_date","op":"age_between","value":[25,40]},{"attribute":"birth_date","op":"is","value":"1980-01-31"},{"attribute":"newsletter","op":"is","value":false}]}`,
		`{"all":[{"attribute":"interests","op":"has_all","value":["travel","home"]},{"membership":"joined","op":"in_last_days","value":30},{"membership":"source","op":"is_not","value":"shop"}]}`,
		`{"not":{"any":[{"consent":"tracking","given":false},{"random":{"percent":12.5,"seed":"abc"}}]}}`,
		`{"not":{"all":[{"attribute":"points","op":"gte","value":0},{"segment":12}]}}`,
		`{"all":[{"engagement":"clicked","category":"travel","within_days":30,"at_least":2},{"not":{"engagement":"opened"}},{"not":{"segment":3}}]}`,
		`{"all":[{"conversion":"bought","advertiser":4,"within_days":90,"value_at_least":{"minor":1250,"currency":"EUR"}},{"engagement":"received","mailing":7}]}`,
		`{"all":[{"attribute":"points","op":"in","value":[1.234,-5,1000,0.125]},{"attribute":"points","op":"lt","value":1.25}]}`,
		`{"all":[{"conversion":"bought","value_at_least":{"minor":100005,"currency":"EUR"}},{"conversion":"bought","value_at_least":{"minor":12505,"currency":"KWD"}},{"conversion":"bought","value_at_least":{"minor":500,"currency":"JPY"}}]}`,
		`{"all":[{"not":{"attribute":"city","op":"is","value":"Utrecht"}},{"any":[{"not":{"all":[{"consent":"mail","given":true}]}}]}]}`,
	} {
		for _, comma := range []bool{true, false} {
			part := From(parse(t, rule), comma)
			read, err := Read(form(part), fields, comma)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := write(t, read.Rule(fields)), write(t, parse(t, rule)); got != want {
				t.Errorf("came back as\n%s, was\n%s", got, want)
			}
		}
	}
}

func TestMoves(t *testing.T) {
	t.Parallel()
	const rule = `{"all":[{"segment":1},{"any":[{"segment":2},{"segment":3}]},{"segment":4}]}`
	for _, c := range []struct{ do, want, next string }{
		{"add -", "1 (2 3) 4 0", "3"},
		{"add 1", "1 (2 3 0) 4", "1.2"},
		{"group -", "1 (2 3) 4 (0)", "3.0"},
		{"remove 1.0", "1 (3) 4", "1.0"},
		{"remove 1", "1 4", "1"},
		{"remove 2", "1 (2 3)", "1"},
		{"up 2", "1 (2 3 4)", "1.2"},
		{"down 0", "(1 2 3) 4", "0.0"},
		{"up 1.0", "1 2 (3) 4", "1"},
		{"down 1.1", "1 (2) 3 4", "2"},
		{"up 1", "(2 3) 1 4", "0"},
		{"up 0", "1 (2 3) 4", "0"},
		{"down 1.0", "1 (3 2) 4", "1.1"},
		{"nest 0", "(1) (2 3) 4", "0.0"},
		{"nest 1", "1 ((2 3)) 4", "1.0"},
		{"out 1.0", "1 (3) 2 4", "2"},
		{"out 0", "1 (2 3) 4", "0"},
		{"move 2 1 1", "1 (2 4 3)", "1.1"},
		{"move 0 1 0", "(1 2 3) 4", "0.0"},
		{"move 1.1 - 0", "3 1 (2) 4", "0"},
		{"move 0 - 3", "(2 3) 4 1", "2"},
		{"move 1 1 0", "1 (2 3) 4", "1"},
		{"remove 9.9", "1 (2 3) 4", ""},
		{"dance 0", "1 (2 3) 4", "0"},
	} {
		part := From(parse(t, rule), false)
		next := part.Do(c.do)
		if got := sketch(part); got != c.want || next != c.next {
			t.Errorf("%s: %s, work goes on at %q; want %s at %q", c.do, got, next, c.want, c.next)
		}
		if next != "" && part.Find(next) == nil {
			t.Errorf("%s: nothing stands at %q", c.do, next)
		}
	}
}

// sketch writes the numbers of the segments, groups in brackets.
func sketch(p *Part) string {
	var words []string
	for _, part := range p.Parts {
		switch {
		case part.Group != "":
			words = append(words, "("+sketch(part)+")")
		case part.Thing == "":
			words = append(words, "0")
		default:
			words = append(words, part.Thing)
		}
	}
	return strings.Join(words, " ")
}

func TestFaultsStandBesideTheirParts(t *testing.T) {
	t.Parallel()
	part := From(segments.Rule{All: []segments.Rule{
		{Not: &segments.Rule{Engagement: &segments.Engagement{Action: segments.Clicked, WithinDays: -1}}},
		{Not: &segments.Rule{Any: []segments.Rule{
			{Attribute: &segments.Attribute{Name: "city", Op: segments.Is, Value: "Utrecht"}},
			{Attribute: &segments.Attribute{Name: "points", Op: segments.AtLeast, Value: "veel"}},
		}}},
		{Any: []segments.Rule{}},
	}}, false)
	part.Find("0").Days = "-1"
	rule := part.Rule(fields)
	var wrong *fault.Error
	if !errors.As(rule.Validate(fields), &wrong) {
		t.Fatal("the rule is right")
	}
	if n := part.Blame(wrong); n != 3 {
		t.Errorf("%d parts are to blame: %v", n, wrong.Details)
	}
	for place, want := range map[string]bool{"": false, "0": true, "1": false, "1.0": false, "1.1": true, "2": true} {
		if got := part.Find(place).Fault; got.IsZero() == want {
			t.Errorf("at %q: %q", place, got)
		}
	}
	sound := part.Sound()
	if got := write(t, sound.Rule(fields)); got != `{"all":[{"not":{"attribute":"city","op":"is","value":"Utrecht"}}]}` {
		t.Errorf("what is sound: %s", got)
	}
}

func TestListsTakeSeveralAtOnce(t *testing.T) {
	t.Parallel()
	p, err := Read(url.Values{
		"rule.group": {"all"}, "rule.0.subject": {"attribute:city"}, "rule.0.op": {"in"},
		"rule.0.value": {"Utrecht"}, "rule.0.more": {"Zeist, Utrecht; Den Haag"},
	}, fields, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := write(t, p.Rule(fields)); got != `{"all":[{"attribute":"city","op":"in","value":["Utrecht","Zeist","Den Haag"]}]}` {
		t.Error(got)
	}
}

func TestAnotherSubjectBeginsAnew(t *testing.T) {
	t.Parallel()
	p, err := Read(url.Values{
		"rule.group": {"all"}, "rule.0.subject": {"attribute:points"}, "rule.0.was": {"attribute:city"}, "rule.0.op": {"is"},
		"rule.0.value": {"Utrecht"},
	}, fields, false)
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Find("0").Condition; c.Op != "" || len(c.Values) > 0 {
		t.Errorf("what was filled in for the city stands with the points: %+v", c)
	}
}

func TestFormsHaveLimits(t *testing.T) {
	t.Parallel()
	deep, wide := url.Values{"rule.group": {"all"}}, url.Values{"rule.group": {"all"}}
	place := ""
	for range 40 {
		place = below(place, 0)
		deep.Set(Field(place, "group"), "any")
	}
	for i := range 400 {
		wide.Set(Field(below("", i), "subject"), "random")
	}
	for name, values := range map[string]url.Values{"deep": deep, "wide": wide} {
		if _, err := Read(values, fields, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := Read(url.Values{"name": {"x"}}, fields, false); err != nil || p.Group != segments.AllOf || len(p.Parts) != 0 {
		t.Errorf("a form without a rule: %+v %v", p, err)
	}
}

// A working copy keeps a rule that isn't finished: it comes back as it was.
func TestUnfinishedConditionsComeBack(t *testing.T) {
	t.Parallel()
	for _, c := range []Condition{
		{},
		{Subject: "engagement:clicked", Op: Did, About: "category"},
		{Subject: "engagement:opened", Op: DidNot, About: "mailing"},
		{Subject: "attribute:city", Op: "is"},
		{Subject: "segment", Op: Did},
	} {
		back := From(segments.Rule{All: []segments.Rule{c.rule(fields)}}, false).Find("0").Condition
		if back.Subject != c.Subject || back.About != c.About || back.Number() != 0 || len(back.Values) > 0 ||
			c.About != "" && back.Thing != "" {
			t.Errorf("%+v came back as %+v", c, back)
		}
	}
}

func TestThingsAreChosenByName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"12": 12, "Winter · zon · 7": 7, Named("Zon · 3", 9): 9, "Winterzon": 0, "": 0} {
		if got := (Condition{Thing: text}).Number(); got != want {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// Numbers are read as who types them writes them, and what is none is refused
// beside its part, never read as another one.
func TestNumbersAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	number := func(op string, values ...string) url.Values {
		return url.Values{
			"rule.group": {"all"}, "rule.0.subject": {"attribute:points"}, "rule.0.op": {op}, "rule.0.value": values[:len(values)-1],
			"rule.0.more": values[len(values)-1:],
		}
	}
	bought := func(amount, currency string) url.Values {
		return url.Values{
			"rule.group": {"all"}, "rule.0.subject": {"conversion:bought"}, "rule.0.op": {Did}, "rule.0.amount": {amount},
			"rule.0.currency": {currency},
		}
	}
	random := func(percent string) url.Values {
		return url.Values{
			"rule.group": {"all"}, "rule.0.subject": {"random"}, "rule.0.value": {percent}, "rule.0.seed": {"s"},
		}
	}
	in := func(more string) url.Values { return number("in", "2", more) }
	for _, c := range []struct {
		form  url.Values
		comma bool
		want  string // empty: it is refused
	}{
		{number("gte", "1,5", ""), true, `{"attribute":"points","op":"gte","value":1.5}`},
		{number("gte", "1,5", ""), false, `{"attribute":"points","op":"gte","value":1.5}`},
		{number("gte", "1.500", ""), true, `{"attribute":"points","op":"gte","value":1500}`},
		{number("gte", "1.500", ""), false, `{"attribute":"points","op":"gte","value":1.5}`},
		{number("gte", "1,500", ""), true, `{"attribute":"points","op":"gte","value":1.5}`},
		{number("gte", "1,500", ""), false, `{"attribute":"points","op":"gte","value":1500}`},
		{number("gte", "−1.250,75", ""), true, `{"attribute":"points","op":"gte","value":-1250.75}`},
		{number("gte", "0, 3, 7", ""), true, ""}, {number("gte", "1 2", ""), true, ""}, {number("gte", "veel", ""), false, ""},
		{number("between", "1,5", "2.000", ""), true, `{"attribute":"points","op":"between","value":[1.5,2000]}`},
		{in("1,5"), true, `{"attribute":"points","op":"in","value":[2,1.5]}`},
		{in("1,5; 3,25"), true, `{"attribute":"points","op":"in","value":[2,1.5,3.25]}`},
		{in("0, 3, 7"), true, `{"attribute":"points","op":"in","value":[2,0,3,7]}`},
		{in("0,3,7"), true, ""},
		{bought("12,50", "EUR"), true, `{"conversion":"bought","value_at_least":{"minor":1250,"currency":"EUR"}}`},
		{bought("12.50", "EUR"), true, `{"conversion":"bought","value_at_least":{"minor":1250,"currency":"EUR"}}`},
		{bought("1.250", "EUR"), true, `{"conversion":"bought","value_at_least":{"minor":125000,"currency":"EUR"}}`},
		{bought("€ 1.000,-", "EUR"), false, `{"conversion":"bought","value_at_least":{"minor":100000,"currency":"EUR"}}`},
		{bought("1.005", "KWD"), false, `{"conversion":"bought","value_at_least":{"minor":1005,"currency":"KWD"}}`},
		{bought("12,5", "JPY"), true, ""}, {bought("veel", "EUR"), true, ""}, {bought("-5", "EUR"), true, ""},
		{bought("$ 5", "EUR"), true, ""}, {bought("5 %", "EUR"), true, ""},
		{random("12,5"), true, `{"random":{"percent":12.5,"seed":"s"}}`}, {random("12.5"), true, `{"random":{"percent":12.5,"seed":"s"}}`},
		{random("12.500"), true, ""}, {random("half"), true, ""},
	} {
		p, err := Read(c.form, fields, c.comma)
		if err != nil {
			t.Fatal(err)
		}
		rule := p.Rule(fields)
		wrong := rule.Validate(fields)
		switch {
		case c.want == "" && wrong == nil:
			t.Errorf("%v is read as %s", c.form, write(t, rule))
		case c.want != "" && (wrong != nil || write(t, rule) != `{"all":[`+c.want+`]}`):
			t.Errorf("%v, comma %t, is read as %s: %v", c.form, c.comma, write(t, rule), wrong)
		}
	}
}
