package accounts

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

func TestGrants(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		grant Grant
		wrong string
	}{
		"usual":          {Grant{Name: "import", Scopes: DefaultScopes()}, ""},
		"a year":         {Grant{Name: "import", Scopes: Scopes{ScopeRead}, ExpiresAt: now.AddDate(1, 0, 0)}, ""},
		"longer":         {Grant{Name: "import", Scopes: Scopes{ScopeRead}, ExpiresAt: now.AddDate(1, 0, 2)}, "expires_at"},
		"over":           {Grant{Name: "import", Scopes: Scopes{ScopeRead}, ExpiresAt: now}, "expires_at"},
		"nothing":        {Grant{Name: "import"}, "scopes"},
		"unknown":        {Grant{Name: "import", Scopes: Scopes{"everything"}}, "scopes"},
		"two in one":     {Grant{Name: "import", Scopes: Scopes{"read approve"}}, "scopes"},
		"a line, twice":  {Grant{Name: "two\nlines", Scopes: DefaultScopes()}, "name"},
		"scopes, unlike": {Grant{Name: "import", Scopes: Scopes{ScopeAdmin, ScopeRead, ScopeAdmin}}, ""},
	} {
		var wrong []string
		if err := c.grant.complete(now); err != nil {
			for _, detail := range err.(*fault.Error).Details {
				wrong = append(wrong, detail.Path)
			}
		}
		if strings.Join(wrong, " ") != c.wrong {
			t.Errorf("%s: %q is wrong, want %q", name, wrong, c.wrong)
		}
		if c.wrong == "" && (c.grant.ExpiresAt.IsZero() || slices.Compact(c.grant.Scopes)[0] != ScopeRead) {
			t.Errorf("%s: %+v", name, c.grant)
		}
		if name == "usual" && (!c.grant.ExpiresAt.Equal(now.AddDate(0, 0, 90)) ||
			c.grant.Scopes.Has(ScopeApprove) || c.grant.Scopes.Has(ScopeAdmin)) {
			t.Errorf("of which nothing is said: %+v", c.grant)
		}
	}
}

// TestWhoMakesTokensThatApprove makes them as the owner, as the command line,
// as another, and by a token.
func TestWhoMakesTokensThatApprove(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	tokens := NewTokens(c.Store)
	approves := Grant{Name: "robot", Scopes: Scopes{ScopeRead, ScopeApprove, ScopeAdmin}}
	plain, token, err := tokens.Create(c.me, c.Jan.ID, approves)
	if err != nil || token.ExpiresAt.Sub(c.Clock.Now()) != usualTokenLife {
		t.Fatalf("by its owner: %+v, %v", token, err)
	}
	if u, scopes, err := tokens.User(t.Context(), plain); err != nil || u.ID != c.Jan.ID || scopes.String() != "read approve admin" {
		t.Errorf("%+v, %s, %v", u, scopes, err)
	}
	if _, _, err := tokens.Create(c.anna, c.Jan.ID, approves); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by another: %v", err)
	}
	program := postgres.WithCredential(t.Context(), c.Jan.ID.Actor(), postgres.ByToken, plain)
	if _, _, err := tokens.Create(program, c.Jan.ID, Grant{Name: "child", Scopes: Scopes{ScopeRead}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("by a token: %v", err)
	}
	hash := []byte("a hash of thirty-two characters!")
	err = postgres.InTx(c.anna, c.DB, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`INSERT INTO api_tokens (user_id, name, scopes, token_hash, expires_at, lapses_at, mac) VALUES ($1, 'x', 'approve', $2, $3, $3, $4)`,
			c.Jan.ID, hash, token.ExpiresAt, c.Store.key.Mint("api_tokens", int64(c.Jan.ID), hash, "approve", token.ExpiresAt))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "by its owner alone") {
		t.Errorf("by another, with psql and the program's key: %v", err)
	}
	for name, sql := range map[string]string{
		"more than it was made for": `UPDATE api_tokens SET scopes = 'read plan approve admin'`,
		"for ever":                  `UPDATE api_tokens SET expires_at = expires_at + interval '10 years', lapses_at = 'infinity'`,
	} {
		if _, err := c.DB.Exec(sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestATokenConfirmsWithItsScopeAlone: confirming is what the second admin does.
func TestATokenConfirmsWithItsScopeAlone(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	tokens := NewTokens(c.Store)
	bob, err := c.ByEmail(t.Context(), "bob@publisher.nl")
	if err != nil {
		t.Fatal(err)
	}
	u, err := c.grant(c.anna, Approver)
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []Scope{ScopeAdmin, ScopeApprove} {
		plain, _, err := tokens.Create(c.bob, bob.ID, Grant{Name: "robot", Scopes: Scopes{scope}})
		if err != nil {
			t.Fatal(err)
		}
		program := postgres.WithCredential(t.Context(), bob.ID.Actor(), postgres.ByToken, plain)
		_, err = c.requests.Confirm(program, u.Change.ID)
		lacks := err != nil && strings.Contains(err.Error(), "lacks the scope approve")
		if lacks != (scope == ScopeAdmin) || !lacks && err != nil {
			t.Errorf("with %s: %v", scope, err)
		}
	}
}
