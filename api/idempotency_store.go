package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/internal/seal"
)

const (
	keyLife  = 24 * time.Hour  // an answer is given again
	keyStuck = 5 * time.Minute // a call that is still running has died
)

// keyStore keeps idempotency keys. Answers are sealed: a new token is one.
type keyStore struct {
	db    *sqlx.DB
	clock clock.Clock
	box   *seal.Box
}

func newKeyStore(db *sqlx.DB, now clock.Clock, box *seal.Box) *keyStore {
	return &keyStore{db: db, clock: now, box: box}
}

// take takes the key for the call, or returns the answer that the same call
// got before. Returns a refusal if the key was another call's, or if that call
// is still running. What a call of members answers is forgotten when one of
// them is erased: it is sealed, so nobody can look in it for an address.
func (s *keyStore) take(ctx context.Context, user accounts.UserID, key string, fingerprint []byte, ofMembers bool) (*kept, error) {
	now := s.clock.Now()
	// One statement decides who is first, whichever process the calls come to.
	taken, err := s.db.ExecContext(ctx, `
		INSERT INTO idempotency_keys AS k (user_id, key, request_hash, created_at, of_members) VALUES ($1, $2, $3, $4, $7)
		ON CONFLICT (user_id, key) DO UPDATE
		   SET request_hash = excluded.request_hash, created_at = excluded.created_at, of_members = excluded.of_members, status = NULL, response = NULL
		 WHERE k.created_at < $5 OR (k.status IS NULL AND k.created_at < $6)`,
		user, key, fingerprint, now, now.Add(-keyLife), now.Add(-keyStuck), ofMembers)
	if err != nil {
		return nil, postgres.Fault(err, "idempotency key")
	}
	if n, err := taken.RowsAffected(); err != nil || n == 1 {
		return nil, err
	}
	var first struct {
		Fingerprint []byte `db:"request_hash"`
		Response    []byte `db:"response"`
	}
	if err := s.db.GetContext(ctx, &first, `
		SELECT request_hash, response FROM idempotency_keys WHERE user_id = $1 AND key = $2`, user, key); err != nil {
		return nil, postgres.Fault(err, "the call that had this key")
	}
	switch {
	case !bytes.Equal(first.Fingerprint, fingerprint):
		return nil, refusal{http.StatusUnprocessableEntity, "this Idempotency-Key was used for another call"}
	case first.Response == nil:
		return nil, refusal{http.StatusConflict, "the same call is still running; ask again in a moment"}
	}
	return s.open(first.Response)
}

func (s *keyStore) open(sealed []byte) (*kept, error) {
	text, err := s.box.Open(sealed)
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("read a kept answer: %w", err)
	}
	return &k, nil
}

// keep keeps the answer of the call that took the key. The deed is done, so
// this holds even if the caller has hung up.
func (s *keyStore) keep(ctx context.Context, user accounts.UserID, key string, k kept) error {
	text, err := k.marshal()
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	_, err = s.db.ExecContext(context.WithoutCancel(ctx), `
		UPDATE idempotency_keys SET status = $3, response = $4 WHERE user_id = $1 AND key = $2`,
		user, key, k.Status, s.box.Seal(text))
	return postgres.Fault(err, "idempotency key")
}

// free gives a key back whose call changed nothing. If that fails, the key
// frees itself after some minutes.
func (s *keyStore) free(ctx context.Context, user accounts.UserID, key string) {
	_, _ = s.db.ExecContext(context.WithoutCancel(ctx), `
		DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND status IS NULL`, user, key)
}

// ForgetKeys drops the answers that aren't given again any more.
func ForgetKeys(ctx context.Context, db *sqlx.DB, now time.Time) error {
	_, err := db.ExecContext(ctx, `DELETE FROM idempotency_keys WHERE created_at < $1`, now.Add(-keyLife))
	return postgres.Fault(err, "idempotency keys")
}
