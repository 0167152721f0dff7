// Package shaping slows mail down to mailbox providers that ask for it: which
// provider takes a domain's mail is known by its MX, and what slows it is a table
// of rules. Limits are shared by all processes in the database.
package shaping

import (
	_ "embed" // the defaults
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"keur/internal/fault"
)

//go:embed defaults.toml
var defaults string

// Table is who takes mail, and what slows it down.
type Table struct {
	Providers []Provider `toml:"providers"`
	Rules     []Rule     `toml:"rules"`
}

// Provider takes the mail of domains whose MX ends so.
type Provider struct {
	Name string   `toml:"name"`
	MX   []string `toml:"mx"`
}

// Action is what a rule does.
type Action string

// The actions.
const (
	Halve Action = "halve"
	Slow  Action = "slow"
	Stop  Action = "stop"
)

// Rule slows mail to a provider whose refusals match it.
type Rule struct {
	Provider  string `toml:"provider"` // "": each
	Pattern   string `toml:"pattern"`
	AtLeast   int    `toml:"at_least"` // within an hour
	Do        Action `toml:"do"`
	PerMinute int    `toml:"per_minute"`
	Minutes   int    `toml:"minutes"`

	pattern *regexp.Regexp
}

// Defaults is the table that Keur comes with.
func Defaults() (*Table, error) { return Parse(defaults) }

// Parse reads a table, and refuses one that would do otherwise than it says.
func Parse(text string) (*Table, error) {
	var t Table
	if err := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields().Decode(&t); err != nil {
		return nil, fault.New(fault.Invalid, "shaping.unreadable", "error", err.Error())
	}
	known := map[string]string{}
	for _, p := range t.Providers {
		if p.Name == "" || len(p.MX) == 0 {
			return nil, fault.New(fault.Invalid, "shaping.provider_form", "provider", p.Name)
		}
		for _, key := range append([]string{"name " + p.Name}, p.MX...) {
			if other, twice := known[key]; twice {
				return nil, fault.New(fault.Invalid, "shaping.provider_twice", "provider", p.Name, "other", other)
			}
			known[key] = p.Name
		}
	}
	seen := map[string]bool{}
	for i := range t.Rules {
		r := &t.Rules[i]
		if _, is := known["name "+r.Provider]; r.Provider != "" && !is {
			return nil, fault.New(fault.Invalid, "shaping.unknown_provider", "pattern", r.Pattern, "provider", r.Provider)
		}
		if seen[r.key()] {
			return nil, fault.New(fault.Invalid, "shaping.pattern_twice", "pattern", r.Pattern)
		}
		seen[r.key()] = true
		var err error
		if r.pattern, err = regexp.Compile("(?i)" + r.Pattern); err != nil || r.Pattern == "" {
			return nil, fault.New(fault.Invalid, "shaping.pattern_form", "pattern", r.Pattern)
		}
		known := r.Do == Halve || r.Do == Stop || r.Do == Slow && r.PerMinute > 0
		if !known || r.AtLeast < 1 || r.Minutes < 1 || r.Minutes > 24*60 {
			return nil, fault.New(fault.Invalid, "shaping.rule_form", "pattern", r.Pattern)
		}
	}
	return &t, nil
}

func (r *Rule) key() string { return r.Provider + " " + r.Pattern }

// Of returns the provider to whom an MX belongs, by the longest suffix; of one
// that the table doesn't have, the end of its name.
func (t *Table) Of(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	name, longest := "", 0
	for _, p := range t.Providers {
		for _, suffix := range p.MX {
			if len(suffix) > longest && (host == suffix || strings.HasSuffix(host, "."+suffix)) {
				name, longest = p.Name, len(suffix)
			}
		}
	}
	if name != "" {
		return name
	}
	parts := strings.Split(host, ".")
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// Match returns the rule that a provider's refusal matches, its own before those
// for all; nil: none.
func (t *Table) Match(provider string, code int, enhanced, text string) *Rule {
	said := fmt.Sprintf("%d %s", code, text)
	if enhanced != "" && !strings.HasPrefix(text, enhanced) {
		said = fmt.Sprintf("%d %s %s", code, enhanced, text)
	}
	for _, of := range []string{provider, ""} {
		for i := range t.Rules {
			if r := &t.Rules[i]; r.Provider == of && r.pattern.MatchString(said) {
				return r
			}
		}
	}
	return nil
}

// How a limit is lifted: by steps, to twice the rate each, up to the rate from
// which on there is none.
const (
	step      = 5 * time.Minute
	firstRate = 300 // a minute, of a provider that is slowed down for the first time
	afterStop = 10
	lifted    = 2400
)

// Limit is how mail to a provider is slowed down.
type Limit struct {
	Provider  string    `db:"provider" json:"provider"`
	PerMinute int       `db:"per_minute" json:"per_minute" doc:"0: none leaves"`
	Since     time.Time `db:"since" json:"from"`
	Until     time.Time `db:"until" json:"until" doc:"From then on it is lifted step by step"`
	Pattern   string    `db:"pattern" json:"pattern" doc:"Of the rule"`
	Said      string    `db:"said" json:"said" doc:"The refusal that it came to"`
}

// At returns how many mails a minute may leave at a moment, and whether there is
// a limit still.
func (l Limit) At(now time.Time) (perMinute int, limited bool) {
	rate := l.PerMinute
	for at := l.Until; !at.After(now); at = at.Add(step) {
		if rate = max(2*rate, afterStop); rate > lifted {
			return 0, false
		}
	}
	return rate, true
}

// after is the limit that a rule comes to, from the one that holds now.
func (r *Rule) after(before *Limit, provider, said string, now time.Time) Limit {
	l := Limit{Provider: provider, Since: now, Until: now.Add(time.Duration(r.Minutes) * time.Minute), Pattern: r.Pattern, Said: said}
	rate, limited := 0, false
	if before != nil {
		if rate, limited = before.At(now); limited {
			l.Since = before.Since
		}
	}
	switch {
	case r.Do == Stop:
	case r.Do == Slow && limited:
		l.PerMinute = min(rate, r.PerMinute)
	case r.Do == Slow:
		l.PerMinute = r.PerMinute
	case limited && rate == 0: // stopped already
		l = *before
	case limited:
		l.PerMinute = max(1, rate/2)
	default:
		l.PerMinute = firstRate
	}
	if limited && before.Until.After(l.Until) && l.PerMinute >= before.PerMinute {
		l.Until = before.Until
	}
	return l
}
