package accounts

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
)

// Scope is a part of its user's rights that an API token has. None holds
// another, and a token does nothing that its user may not.
type Scope string

// The scopes.
const (
	ScopeRead     Scope = "read"      // looks at everything its user may look at
	ScopePlan     Scope = "plan"      // makes and changes campaigns, members, segments, mailings; submits, pauses, cancels
	ScopeSendTest Scope = "send-test" // sends tests to colleagues and seed addresses
	ScopeApprove  Scope = "approve"   // decides about what others did: verdicts, waivers, releases, confirmations
	ScopeAdmin    Scope = "admin"     // changes users, labels, routes, keys and policies
)

// AllScopes lists the scopes, from the least on.
func AllScopes() Scopes {
	return Scopes{ScopeRead, ScopePlan, ScopeSendTest, ScopeApprove, ScopeAdmin}
}

// DefaultScopes lists the scopes of a token of which nothing else is said.
func DefaultScopes() Scopes { return Scopes{ScopeRead, ScopePlan, ScopeSendTest} }

// Scopes are what a token may do, written as RFC 6749 §3.3 does: read plan.
type Scopes []Scope

// ScopesOf reads scopes of which each stands for itself.
func ScopesOf(texts []string) Scopes {
	s := make(Scopes, len(texts))
	for i, text := range texts {
		s[i] = Scope(text)
	}
	return s
}

// Has reports whether the scope is among them.
func (s Scopes) Has(scope Scope) bool { return slices.Contains(s, scope) }

// String writes the scopes with spaces between.
func (s Scopes) String() string {
	texts := make([]string, len(s))
	for i, scope := range s {
		texts[i] = string(scope)
	}
	return strings.Join(texts, " ")
}

// Value writes the scopes to the base.
func (s Scopes) Value() (driver.Value, error) { return s.String(), nil }

// Scan reads them from there.
func (s *Scopes) Scan(from any) error {
	text, is := from.(string)
	if !is {
		return fmt.Errorf("scopes are text, not %T", from)
	}
	*s = ScopesOf(strings.Fields(text))
	return nil
}

// How long a token holds.
const (
	usualTokenLife = 90 * 24 * time.Hour
	mostTokenLife  = 366 * 24 * time.Hour
)

// Grant is what an API token is made for.
type Grant struct {
	Name      string
	Scopes    Scopes
	ExpiresAt time.Time // zero: in 90 days
}

// complete gives the grant its usual end, to the exactness of the base, and
// returns everything that is wrong with it.
func (g *Grant) complete(now time.Time) error {
	var wrong fault.List
	if g.Name = strings.TrimSpace(g.Name); !form.Name(g.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	slices.SortFunc(g.Scopes, func(a, b Scope) int { return slices.Index(AllScopes(), a) - slices.Index(AllScopes(), b) })
	g.Scopes = slices.Compact(g.Scopes)
	unknown := slices.ContainsFunc(g.Scopes, func(scope Scope) bool { return !AllScopes().Has(scope) })
	if len(g.Scopes) == 0 || unknown {
		wrong.Add("scopes", "accounts.scopes", "scopes", AllScopes().String())
	}
	if g.ExpiresAt.IsZero() {
		g.ExpiresAt = now.Add(usualTokenLife)
	}
	g.ExpiresAt = g.ExpiresAt.Truncate(time.Microsecond)
	switch {
	case !g.ExpiresAt.After(now):
		wrong.Add("expires_at", "accounts.expiry_future")
	case g.ExpiresAt.Sub(now) > mostTokenLife:
		wrong.Add("expires_at", "accounts.expiry_year")
	}
	return wrong.Err()
}
