package accounts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestTheLoginLetsNobodyIn tries, with the application's login alone, to become
// somebody whom the house knows: by what lets them in, and by its hashes.
func TestTheLoginLetsNobodyIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	jan := h.Jan.ID
	h.guarded(t)
	mia, err := h.Store.Create(t.Context(), User{Email: "mia@publisher.nl", Name: "Mia"}, another)
	if err != nil {
		t.Fatal(err)
	}
	mine := pgtest.Acting(t.Context(), mia.ID.Actor())
	if _, err := h.Factors.Enrol(mine, mia.ID); err != nil {
		t.Fatal(err)
	}
	_, token, err := NewTokens(h.Store).Create(mine, mia.ID, Grant{Name: "old", Scopes: DefaultScopes()})
	if err != nil {
		t.Fatal(err)
	}
	if err := NewTokens(h.Store).Revoke(mine, mia.ID, token.ID); err != nil {
		t.Fatal(err)
	}
	pending := h.pending(t)
	if _, err := h.Sessions.User(t.Context(), pending); err == nil {
		t.Fatal("half a sign-in lets in")
	}
	const minted, denied, ended, person = "only the program itself", "permission denied", "doesn't begin again", "proof of who you are"
	for name, try := range map[string]struct{ sql, says string }{
		"a session of one's own making":   {`INSERT INTO sessions (token_hash, user_id, expires_at, lapses_at) VALUES ('x', $1, '2030-01-01', 'infinity')`, minted},
		"a session with a guessed word":   {`INSERT INTO sessions (token_hash, user_id, expires_at, lapses_at, mac) VALUES ('x', $1, '2030-01-01', 'infinity', sha256('x'))`, minted},
		"a session of another user":       {`UPDATE sessions SET user_id = $1`, denied},
		"a session that never ends":       {`UPDATE sessions SET expires_at = 'infinity', lapses_at = 'infinity' WHERE user_id = $1`, denied},
		"a session's hash":                {`SELECT token_hash FROM sessions WHERE user_id = $1`, denied},
		"a token of one's own making":     {`INSERT INTO api_tokens (token_hash, user_id, name) VALUES ('x', $1, 'x')`, minted},
		"a token with a known text":       {`UPDATE api_tokens SET token_hash = sha256('x') WHERE user_id <> $1`, denied},
		"a token of another user":         {`UPDATE api_tokens SET user_id = $1`, denied},
		"a token that was taken back":     {`UPDATE api_tokens SET revoked_at = NULL WHERE user_id <> $1`, ended},
		"a token's hash":                  {`SELECT token_hash FROM api_tokens WHERE user_id = $1`, denied},
		"a link to set a password":        {`INSERT INTO password_tokens (token_hash, user_id, expires_at) VALUES (sha256('x'), $1, '2030-01-01')`, minted},
		"the hash of such a link":         {`SELECT token_hash FROM password_tokens WHERE user_id = $1`, denied},
		"half a sign-in":                  {`INSERT INTO pending_sign_ins (token_hash, user_id, expires_at) VALUES (sha256('x'), $1, '2030-01-01')`, minted},
		"another's half sign-in":          {`UPDATE pending_sign_ins SET user_id = $1`, denied},
		"a password":                      {`UPDATE passwords SET hash = '$argon2id$x' WHERE user_id = $1`, minted},
		"another user's password":         {`INSERT INTO passwords (user_id, hash) VALUES ($1, 'x') ON CONFLICT (user_id) DO UPDATE SET hash = 'y'`, minted},
		"the hash of a password":          {`SELECT hash FROM passwords WHERE user_id = $1`, denied},
		"the hash by the program's door":  {`SELECT 1 / (password_hash($1, sha256('x')) IS NOT NULL)::int`, "division by zero"},
		"a person of a provider":          {`INSERT INTO identities (provider_id, subject, user_id, linked_at) VALUES (1, 'me', $1, now())`, minted},
		"another user's authenticator":    {`UPDATE second_factors f SET secret_sealed = o.secret_sealed FROM second_factors o WHERE f.user_id = $1 AND o.user_id <> $1`, person},
		"no authenticator any more":       {`DELETE FROM second_factors WHERE user_id = $1`, person},
		"an authenticator not confirmed":  {`UPDATE second_factors SET confirmed_at = NULL WHERE user_id = $1`, person},
		"a code that was used":            {`UPDATE second_factors SET last_step = 0 WHERE user_id = $1`, person},
		"a recovery code of another user": {`UPDATE recovery_codes SET user_id = $1`, denied},
		"tries that were counted":         {`DELETE FROM sign_in_attempts`, denied},
		"tries of before":                 {`UPDATE sign_in_attempts SET at = 'epoch'`, denied},
		"tries without a count":           {`INSERT INTO sign_in_attempts (key, at, noted_at) SELECT 'code:', 'epoch', 'epoch'`, denied},
		"tries of nobody":                 {`TRUNCATE sign_in_attempts`, denied},
		"tries that are forgiven":         {`SELECT forgive_tries(ARRAY[key], sha256('x')) FROM (SELECT 'code:' AS key) k`, minted},
		"tries that are forgiven unsaid":  {`SELECT forgive_tries(ARRAY['code:'], NULL)`, minted},
		"tries of half a sign-in":         {`UPDATE pending_sign_ins SET tries = 0 WHERE user_id = $1`, ended},
	} {
		t.Run(name, func(t *testing.T) {
			sql := strings.ReplaceAll(try.sql, "$1", fmt.Sprint(int64(jan)))
			if _, err := h.DB.Exec(sql); err == nil || !strings.Contains(err.Error(), try.says) {
				t.Errorf("got %v, want %q", err, try.says)
			}
		})
	}
	// Not even for the user, whose session may be borrowed.
	for sql, says := range map[string]string{
		`UPDATE second_factors SET last_step = 0 WHERE user_id = $1`:                                                                 ended,
		`UPDATE second_factors f SET secret_sealed = o.secret_sealed FROM second_factors o WHERE f.user_id = $1 AND o.user_id <> $1`: minted,
	} {
		err := postgres.InTx(pgtest.Acting(t.Context(), jan.Actor()), h.DB, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(sql, jan)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
