// Package shaping keeps mail within what mailbox providers bear, and slows it down
// to those that ask for it: which provider takes a domain's mail is known by its
// MX, what it bears and what slows it is a table of providers and rules. Limits and
// connections are shared by all processes in the database.
package shaping

import (
	"cmp"
	_ "embed" // the defaults
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"keur/delivery"
	"keur/internal/fault"
)

//go:embed defaults.toml
var defaults string

// Table is who takes mail, what each bears, and what slows mail down.
type Table struct {
	Default   Bears      `toml:"default"` // of a provider that isn't in the table, or says nothing of it
	Providers []Provider `toml:"providers"`
	Rules     []Rule     `toml:"rules"`
}

// Bears is what a provider bears; 0: nothing is said of that.
type Bears struct {
	Connections   int `toml:"connections" db:"connections" json:"connections,omitempty" minimum:"0" maximum:"500" doc:"At once, to all of its MX"`
	MXConnections int `toml:"mx_connections" db:"mx_connections" json:"mx_connections,omitempty" minimum:"0" maximum:"500" doc:"At once, to each of its MX"`
	Messages      int `toml:"messages" db:"messages" json:"messages,omitempty" minimum:"0" maximum:"1000000" doc:"Mails that one connection carries"`
	PerMinute     int `toml:"per_minute" db:"per_minute" json:"per_minute,omitempty" minimum:"0" maximum:"10000000" doc:"Most mails in a minute"`
	PerHour       int `toml:"per_hour" db:"per_hour" json:"per_hour,omitempty" minimum:"0" maximum:"100000000" doc:"Most mails in an hour"`
}

// same reports whether mail goes to the same providers by both.
func (t *Table) same(other *Table) bool {
	return slices.EqualFunc(t.Providers, other.Providers, func(a, b Provider) bool { return a.Name == b.Name && slices.Equal(a.MX, b.MX) })
}

// rate is the most mails in an hour; 0: nothing is said of that.
func (b Bears) rate() int {
	if b.PerMinute > 0 && (b.PerHour == 0 || 60*b.PerMinute < b.PerHour) {
		return 60 * b.PerMinute
	}
	return b.PerHour
}

// Provider takes the mail of domains whose MX ends so.
type Provider struct {
	Name string `toml:"name" json:"name"`
	// Title is what people call it; empty: its name.
	Title string   `toml:"title" db:"-" json:"-"`
	MX    []string `toml:"mx" db:"-" json:"mx" nullable:"false" doc:"Ends of its MX hosts' names"`
	// TLS is how mail goes to its servers where we call them ourselves. Empty is
	// TLSOpportunistic; of what an admin said: as Keur has it.
	TLS string `toml:"tls" db:"tls" json:"tls,omitempty" enum:"required,opportunistic,none" doc:"Over direct routes. None said: as Keur has it, or opportunistic"`
	Bears
}

// What mail to a provider's servers must have.
const (
	TLSRequired      = "required"
	TLSOpportunistic = "opportunistic" // encrypted where that is offered
	TLSNone          = "none"
)

// Encryptions returns all of it.
func Encryptions() []string { return []string{TLSRequired, TLSOpportunistic, TLSNone} }

func knownTLS(said string) bool { return said == "" || slices.Contains(Encryptions(), said) }

// Action is what a rule does.
type Action string

// The actions.
const (
	Halve         Action = "halve"
	Slow          Action = "slow"
	Stop          Action = "stop"
	FewerAtOnce   Action = "connections"
	FewerMessages Action = "messages"
)

// Actions returns all of them.
func Actions() []Action { return []Action{Stop, Slow, Halve, FewerAtOnce, FewerMessages} }

// takesNumber reports whether the action lowers something to a number.
func (a Action) takesNumber() bool { return a == Slow || a == FewerAtOnce || a == FewerMessages }

func (a Action) known() bool { return a == Halve || a == Stop || a.takesNumber() }

// Rule slows mail to a provider whose refusals match it.
type Rule struct {
	Provider string `toml:"provider" json:"provider,omitempty" doc:"None: each"`
	Pattern  string `toml:"pattern" json:"pattern" doc:"RE2, letters small or large, over code, enhanced status and text"`
	AtLeast  int    `toml:"at_least" json:"at_least" db:"at_least" minimum:"1" maximum:"100000" doc:"So many refusals within an hour"`
	Do       Action `toml:"do" json:"do" db:"action" enum:"stop,slow,halve,connections,messages,nothing"`
	To       int    `toml:"to" json:"to,omitempty" db:"to_value" minimum:"0" maximum:"10000000" doc:"Mails a minute, connections, or mails a connection"`
	Minutes  int    `toml:"minutes" json:"minutes" minimum:"1" maximum:"1440"`

	pattern *regexp.Regexp
}

// Defaults is the table that Keur comes with.
func Defaults() (*Table, error) { return Parse(defaults) }

var titles = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	if t, err := Defaults(); err == nil {
		for _, p := range t.Providers {
			known[p.Name] = p.Title
		}
	}
	return known
})

// Title is what people call the provider of a name, as "Gmail" of google; of one that
// an admin named, its name.
func Title(name string) string { return cmp.Or(titles()[name], name) }

// Parse reads a table, and refuses one that would do otherwise than it says.
func Parse(text string) (*Table, error) {
	var t Table
	if err := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields().Decode(&t); err != nil {
		return nil, fault.New(fault.Invalid, "shaping.unreadable", "error", err.Error())
	}
	return &t, t.check()
}

// check makes the table ready, and returns what is wrong with it.
func (t *Table) check() error {
	known := map[string]string{}
	for _, p := range t.Providers {
		if p.Name == "" || len(p.MX) == 0 || !knownTLS(p.TLS) {
			return fault.New(fault.Invalid, "shaping.provider_form", "provider", p.Name)
		}
		for _, key := range append([]string{"name " + p.Name}, p.MX...) {
			if other, twice := known[key]; twice {
				return fault.New(fault.Invalid, "shaping.provider_twice", "provider", p.Name, "other", other)
			}
			known[key] = p.Name
		}
	}
	seen := map[string]bool{}
	for i := range t.Rules {
		r := &t.Rules[i]
		if _, is := known["name "+r.Provider]; r.Provider != "" && !is {
			return fault.New(fault.Invalid, "shaping.unknown_provider", "pattern", r.Pattern, "provider", r.Provider)
		}
		if seen[r.key()] {
			return fault.New(fault.Invalid, "shaping.pattern_twice", "pattern", r.Pattern)
		}
		seen[r.key()] = true
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

// check makes the rule ready, and returns what is wrong with it.
func (r *Rule) check() (err error) {
	if r.pattern, err = regexp.Compile("(?i)" + r.Pattern); err != nil || r.Pattern == "" {
		return fault.New(fault.Invalid, "shaping.pattern_form", "pattern", r.Pattern)
	}
	if !r.Do.known() || r.Do.takesNumber() != (r.To > 0) || r.AtLeast < 1 || r.Minutes < 1 || r.Minutes > 24*60 {
		return fault.New(fault.Invalid, "shaping.rule_form", "pattern", r.Pattern)
	}
	return nil
}

func (r *Rule) key() string { return r.Provider + " " + r.Pattern }

// Of returns the provider to whom an MX belongs, by the longest suffix; of one
// that the table doesn't have, the end of its name.
func (t *Table) Of(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if p := t.named(host); p != nil {
		return p.Name
	}
	parts := strings.Split(host, ".")
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// TLS returns how mail goes to an MX, as Provider.TLS has it.
func (t *Table) TLS(host string) string {
	if p := t.named(strings.ToLower(strings.TrimSuffix(host, "."))); p != nil {
		return p.TLS
	}
	return ""
}

// named returns the provider to whom an MX belongs by the longest suffix; nil: none.
func (t *Table) named(host string) (found *Provider) {
	longest := 0
	for i := range t.Providers {
		for _, suffix := range t.Providers[i].MX {
			if len(suffix) > longest && (host == suffix || strings.HasSuffix(host, "."+suffix)) {
				found, longest = &t.Providers[i], len(suffix)
			}
		}
	}
	return found
}

// Bears returns what a provider bears. What the table doesn't say of it is as the
// default has it; who has a number of connections in all needs none for each MX.
func (t *Table) Bears(provider string) Bears {
	var b Bears
	for i := range t.Providers {
		if t.Providers[i].Name == provider {
			b = t.Providers[i].Bears
			break
		}
	}
	if b.Connections == 0 {
		b.MXConnections = cmp.Or(b.MXConnections, t.Default.MXConnections)
	}
	b.Connections, b.Messages = cmp.Or(b.Connections, t.Default.Connections), cmp.Or(b.Messages, t.Default.Messages)
	b.PerMinute, b.PerHour = cmp.Or(b.PerMinute, t.Default.PerMinute), cmp.Or(b.PerHour, t.Default.PerHour)
	return b
}

// Match returns the rule that a provider's refusal matches, its own before those
// for all; nil: none.
func (t *Table) Match(provider string, code int, enhanced, text string) *Rule {
	return t.match(provider, delivery.Reply{Code: code, Enhanced: enhanced, Text: text}.Said())
}

func (t *Table) match(provider, said string) *Rule {
	for _, of := range []string{provider, ""} {
		for i := range t.Rules {
			if r := &t.Rules[i]; r.Provider == of && r.pattern.MatchString(said) {
				return r
			}
		}
	}
	return nil
}
