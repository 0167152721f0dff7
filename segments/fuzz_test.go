package segments

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"keur/internal/fault"
)

// FuzzRule reads any text as a rule. One that can be read comes back the same
// from its JSON; one that is valid compiles, to SQL in which none of its texts
// stands: it stays the same when each of them is replaced by another.
func FuzzRule(f *testing.F) {
	for _, text := range []string{
		`{"all":[{"attribute":"city","op":"is","value":"Utrecht"},{"not":{"engagement":"clicked","category":"travel","at_least":2}}]}`,
		`{"any":[{"attribute":"interests","op":"has_any","value":["a","b"]},{"random":{"percent":5,"seed":"x"}}]}`,
		`{"consent":"mail","given":true}`,
		`{"conversion":"bought","category":"travel","within_days":9,"value_at_least":{"minor":1,"currency":"EUR"}}`,
		`{"membership":"joined","op":"days_ago_between","value":[3,5]}`, `{"attribute":"birth_date","op":"is","value":"2000-02-29"}`,
		`{"engagement":"opened","mailing":1e99}`, `{"segment":4}`, `{"attribute":"city","op":"contains","value":"'; DROP TABLE members; --"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rule, err := ParseRule(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v is not a fault", err)
			}
			return
		}
		written, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRule(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if !sameRule(rule, again) {
			t.Fatalf("%s came back as another rule", written)
		}
		q, _ := pureQuery(t, false)
		if rule.Validate(q.Fields) != nil || strings.Contains(string(written), `"segment"`) {
			return // counted only once its references are resolved
		}
		sql, n := compiledBare(t, rule)
		other, m := compiledBare(t, renamed{}.rule(rule))
		if sql != other || n != m {
			t.Fatalf("%s\n%s\nwith other texts\n%s", written, sql, other)
		}
		for i := range n {
			if !strings.Contains(sql, fmt.Sprintf("$%d", i+1)) {
				t.Fatalf("%s\n%s\nhas %d arguments", written, sql, n)
			}
		}
	})
}

// compiledBare returns the SQL of a valid rule, and how many arguments it has.
func compiledBare(t *testing.T, rule Rule) (string, int) {
	t.Helper()
	q, _ := pureQuery(t, true)
	condition, err := q.Condition(rule)
	if err != nil {
		t.Fatalf("%+v: %v", rule, err)
	}
	return q.members(condition), len(q.Args)
}

// renamed replaces texts, equal ones by equal ones.
type renamed map[string]string

func (r renamed) text(old string) string {
	if r[old] == "" {
		r[old] = fmt.Sprintf("t%d", len(r))
	}
	return r[old]
}

func (r renamed) list(rules []Rule) []Rule {
	if rules == nil {
		return nil
	}
	list := make([]Rule, len(rules))
	for i, rule := range rules {
		list[i] = r.rule(rule)
	}
	return list
}

func (r renamed) rule(old Rule) Rule {
	rule := old
	rule.All, rule.Any = r.list(old.All), r.list(old.Any)
	switch {
	case old.Not != nil:
		part := r.rule(*old.Not)
		rule.Not = &part
	case old.Attribute != nil && old.Attribute.Name != "birth_date":
		a := *old.Attribute
		a.Value, rule.Attribute = r.value(a.Value), &a
	case old.Membership != nil && old.Membership.Field == "source":
		m := *old.Membership
		m.Value, rule.Membership = r.value(m.Value), &m
	case old.Engagement != nil && old.Engagement.Category != "":
		e := *old.Engagement
		e.Category, rule.Engagement = r.text(e.Category), &e
	case old.Conversion != nil && old.Conversion.Category != "":
		c := *old.Conversion
		c.Category, rule.Conversion = r.text(c.Category), &c
	case old.Random != nil:
		random := *old.Random
		random.Seed, rule.Random = r.text(random.Seed), &random
	}
	return rule
}

func (r renamed) value(old any) any {
	switch v := old.(type) {
	case string:
		return r.text(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = r.value(v[i])
		}
		return list
	}
	return old
}
