package shaping

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
)

// Nothing is what an own rule does in place of one that Keur comes with, so that
// the pattern does nothing.
const Nothing Action = "nothing"

// Default is the name under which an admin says what every provider bears that
// isn't named.
const Default = "default"

// OwnProvider is what an admin said of a provider.
type OwnProvider struct {
	Provider
	ChangedBy string    `db:"changed_by" json:"changed_by"`
	ChangedAt time.Time `db:"changed_at" json:"changed_at"`
}

// OwnRule is a rule of an admin's.
type OwnRule struct {
	Rule
	ChangedBy string    `db:"changed_by" json:"changed_by"`
	ChangedAt time.Time `db:"changed_at" json:"changed_at"`
}

// Own is what admins said, beside the table that Keur comes with.
type Own struct {
	Providers []OwnProvider
	Rules     []OwnRule
}

// With returns the table with what admins said in its place. It refuses what would
// do otherwise than it says.
func (t *Table) With(own Own) (*Table, error) {
	made := Table{Default: t.Default, Providers: slices.Clone(t.Providers), Rules: slices.Clone(t.Rules)}
	for _, p := range own.Providers {
		if p.Name == Default {
			made.Default = p.Bears
			continue
		}
		if i := slices.IndexFunc(made.Providers, func(q Provider) bool { return q.Name == p.Name }); i >= 0 {
			p.TLS = cmp.Or(p.TLS, made.Providers[i].TLS)
			made.Providers[i] = p.Provider
		} else {
			made.Providers = append(made.Providers, p.Provider)
		}
	}
	for _, r := range own.Rules {
		i := slices.IndexFunc(made.Rules, func(q Rule) bool { return q.key() == r.key() })
		switch {
		case i >= 0 && r.Do == Nothing:
			made.Rules = slices.Delete(made.Rules, i, i+1)
		case i >= 0:
			made.Rules[i] = r.Rule
		case r.Do != Nothing:
			// Before Keur's, which are there for what nobody thought of.
			made.Rules = slices.Insert(made.Rules, 0, r.Rule)
		}
	}
	return &made, made.check()
}

// Read is With, but for what was said before an upgrade, whose table may not go with
// it: a host that admins gave to a provider is that one's, and a rule of a provider
// that nobody knows any more isn't there.
func (t *Table) Read(own Own) (*Table, error) {
	given, known := map[string]string{}, map[string]bool{"": true}
	for _, p := range own.Providers {
		known[p.Name] = true
		for _, mx := range p.MX {
			given[mx] = p.Name
		}
	}
	base := Table{Default: t.Default}
	for _, p := range t.Providers {
		p.MX = slices.DeleteFunc(slices.Clone(p.MX), func(mx string) bool { return given[mx] != "" && given[mx] != p.Name })
		if len(p.MX) > 0 {
			base.Providers, known[p.Name] = append(base.Providers, p), true
		}
	}
	base.Rules = slices.DeleteFunc(slices.Clone(t.Rules), func(r Rule) bool { return !known[r.Provider] })
	own.Rules = slices.DeleteFunc(slices.Clone(own.Rules), func(r OwnRule) bool { return !known[r.Provider] })
	return base.With(own)
}

// Provider returns a provider of the table; Default: what those bear that aren't
// named.
func (t *Table) Provider(name string) (Provider, bool) {
	if name == Default {
		return Provider{Name: Default, MX: []string{}, Bears: t.Default}, true
	}
	for _, p := range t.Providers {
		if p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}

// Rule returns the rule with a pattern.
func (t *Table) Rule(provider, pattern string) (Rule, bool) {
	for _, r := range t.Rules {
		if r.Provider == provider && r.Pattern == pattern {
			return r, true
		}
	}
	return Rule{}, false
}

var (
	nameShape = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`)
	hostShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*$`)
)

// IsName reports whether a provider may be called so.
func IsName(name string) bool { return nameShape.MatchString(name) }

// Validate returns everything that is wrong with what an admin says of a provider.
// It takes the dots off MX at both ends.
func (p *Provider) Validate() error {
	var wrong fault.List
	if !nameShape.MatchString(p.Name) {
		wrong.Add("name", "shaping.name_form")
	}
	for i, mx := range p.MX {
		p.MX[i] = strings.Trim(strings.ToLower(mx), ".")
		if !hostShape.MatchString(p.MX[i]) || len(p.MX[i]) > 253 {
			wrong.Add("mx", "shaping.mx_form", "mx", mx)
		}
	}
	if (len(p.MX) == 0) != (p.Name == Default) || len(p.MX) > 50 {
		wrong.Add("mx", "shaping.mx_number")
	}
	if !knownTLS(p.TLS) || p.Name == Default && p.TLS != "" {
		wrong.Add("tls", "shaping.tls")
	}
	for _, n := range []struct {
		field       string
		value, most int
	}{
		{"connections", p.Connections, 500}, {"mx_connections", p.MXConnections, 500}, {"messages", p.Messages, 1_000_000},
		{"per_minute", p.PerMinute, 10_000_000}, {"per_hour", p.PerHour, 100_000_000},
	} {
		if n.value < 0 || n.value > n.most {
			wrong.Add(n.field, "shaping.range", "most", n.most)
		}
	}
	return wrong.Err()
}

// Validate returns everything that is wrong with an admin's rule.
func (r *Rule) Validate() error {
	var wrong fault.List
	if r.Provider != "" && !nameShape.MatchString(r.Provider) {
		wrong.Add("provider", "shaping.name_form")
	}
	if r.Pattern == "" || !form.Line(r.Pattern, 300) {
		wrong.Add("pattern", "shaping.pattern_length")
	} else if _, err := regexp.Compile("(?i)" + r.Pattern); err != nil {
		wrong.Add("pattern", "shaping.pattern_form", "pattern", r.Pattern)
	}
	if r.AtLeast < 1 || r.AtLeast > 100_000 {
		wrong.Add("at_least", "shaping.range_from_one", "most", 100_000)
	}
	if r.Minutes < 1 || r.Minutes > 24*60 {
		wrong.Add("minutes", "shaping.range_from_one", "most", 24*60)
	}
	switch {
	case !r.Do.known() && r.Do != Nothing:
		wrong.Add("do", "shaping.action")
	case r.Do.takesNumber() && (r.To < 1 || r.To > 10_000_000):
		wrong.Add("to", "shaping.range_from_one", "most", 10_000_000)
	case !r.Do.takesNumber():
		r.To = 0
	}
	return wrong.Err()
}

// Sorted returns rules by provider, those for each last, and then as they stand.
func Sorted(rules []Rule) []Rule {
	return slices.SortedStableFunc(slices.Values(rules), func(a, b Rule) int {
		if (a.Provider == "") != (b.Provider == "") {
			return cmp.Compare(b.Provider, a.Provider)
		}
		return cmp.Compare(a.Provider, b.Provider)
	})
}

// Hit returns the rule that a reply hits, as people copy one out of a log: code,
// enhanced status and text in one line.
func (t *Table) Hit(provider, said string) *Rule {
	return t.match(provider, strings.Join(strings.Fields(said), " "))
}
