package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/internal/seal"
)

// Secret is the secret of the installation that every test's database belongs to.
const Secret = "a secret that only tests know, 32+"

// Box returns what is sealed with Secret.
func Box() *seal.Box {
	box, err := seal.New([]byte(Secret))
	if err != nil {
		panic(err) // Secret is long enough
	}
	return box
}

// Key returns what a program with Secret proves itself by to the database.
func Key() postgres.Key { return postgres.KeyOf(Box()) }

// Link makes a contact's link to a review, in the transaction, and returns its token.
func Link(t testing.TB, tx *sqlx.Tx, review, contact int64, expires time.Time) (token string) {
	t.Helper()
	token, expires = rand.Text(), expires.Truncate(time.Microsecond)
	hash := sha256.Sum256([]byte(token))
	if _, err := tx.Exec(`
		INSERT INTO approval_links (review_id, contact_id, token_hash, expires_at, lapses_at, mac)
		VALUES ($1, $2, $3, $4, clock_timestamp() + interval '1 hour', $5)`, review, contact, hash[:], expires,
		Key().Mint("approval_links", review, contact, hash[:], expires)); err != nil {
		t.Fatal(err)
	}
	return token
}

// Session signs a user in, and returns the token of the session.
func Session(t testing.TB, db *sqlx.DB, user int64) (token string) {
	t.Helper()
	token, expires := rand.Text(), time.Now().Add(time.Hour).Truncate(time.Microsecond)
	hash := sha256.Sum256([]byte(token))
	if _, err := postgres.Exec(Acting(t.Context(), "system:accounts"), db, `
		INSERT INTO sessions (token_hash, user_id, expires_at, lapses_at, mac) VALUES ($1, $2, $3, $3, $4)`,
		hash[:], user, expires, Key().Mint("sessions", user, hash[:], expires)); err != nil {
		t.Fatal(err)
	}
	return token
}

// Password gives a user a password, by a hash that takes next to no time, since
// the real one is meant to take long and does so many times over under the race
// detector.
func Password(t testing.TB, db *sqlx.DB, user int64, password string) {
	t.Helper()
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	err = postgres.InTx(Acting(t.Context(), fmt.Sprintf("user:%d", user)), db, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`INSERT INTO passwords (user_id, hash, mac) VALUES ($1, $2, $3)`,
			user, hash, Key().Mint("passwords", user, hash))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Prove puts down that a user proved to be there by the method so long ago, in
// each of their sessions.
func Prove(t testing.TB, db *sqlx.DB, user int64, method string, ago time.Duration) {
	t.Helper()
	var sessions []int64
	if err := db.Select(&sessions, `SELECT id FROM sessions WHERE user_id = $1`, user); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-ago).Truncate(time.Microsecond)
	for _, id := range sessions {
		if _, err := postgres.Exec(Acting(t.Context(), "system:accounts"), db, `
			INSERT INTO session_proofs (session_id, method, proven_at, mac) VALUES ($1, $2, $3, $4)
			ON CONFLICT (session_id) DO UPDATE SET method = $2, proven_at = $3, mac = $4`,
			id, method, at, Key().Mint("session_proofs", id, method, at, "", "", "", "", "", "")); err != nil {
			t.Fatal(err)
		}
	}
}

// Acting returns a context whose transactions are done by actor, whoever that is,
// on the word of a program with Secret; by nobody, if actor is empty.
func Acting(ctx context.Context, actor string) context.Context {
	if actor == "" {
		return postgres.AsNobody(ctx)
	}
	return Key().Acting(ctx, actor)
}
