package rest

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
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/seal"
)

const (
	KeyLife  = 24 * time.Hour  // an answer is given again
	KeyStuck = 5 * time.Minute // a call that did nothing yet has died
)

// keyStore keeps idempotency keys. Answers are sealed: they may hold a
// member's address.
type keyStore struct {
	db    *sqlx.DB
	clock clock.Clock
	box   *seal.Box
}

func newKeyStore(db *sqlx.DB, now clock.Clock, box *seal.Box) *keyStore {
	return &keyStore{db: db, clock: now, box: box}
}

// taken is a key that a call has taken.
type taken struct {
	user accounts.UserID
	key  string
	at   time.Time // tells the call from a later one that took the key over
}

// acted stands in place of an answer's status when the call has committed
// something and its answer isn't kept yet, or never will be.
const acted = 0

// take takes the key for the call, or returns the answer that the same call
// got before. Returns a refusal if the key was another call's, if that call is
// still running, or if it died after it did something. What a call of members
// answers is forgotten when one of them is erased: it is sealed, so nobody can
// look in it for an address.
func (s *keyStore) take(ctx context.Context, user accounts.UserID, key string, fingerprint []byte, ofMembers bool) (taken, *answer, error) {
	now := s.clock.Now().Truncate(time.Microsecond) // as exact as the base
	mine := taken{user, key, now}
	// One statement decides who is first, whichever process the calls come to.
	done, err := postgres.Exec(ctx, s.db, `
		INSERT INTO idempotency_keys AS k (user_id, key, request_hash, created_at, of_members) VALUES ($1, $2, $3, $4, $7)
		ON CONFLICT (user_id, key) DO UPDATE
		   SET request_hash = excluded.request_hash, created_at = excluded.created_at, of_members = excluded.of_members, status = NULL, response = NULL
		 WHERE k.created_at < $5 OR (k.status IS NULL AND k.created_at < $6)`,
		user, key, fingerprint, now, now.Add(-KeyLife), now.Add(-KeyStuck), ofMembers)
	if err != nil {
		return mine, nil, postgres.Fault(err, "thing.idempotency_key")
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return mine, nil, err
	}
	first, err := s.first(ctx, user, key, fingerprint)
	return mine, first, err
}

// first returns the answer of the call that has the key.
func (s *keyStore) first(ctx context.Context, user accounts.UserID, key string, fingerprint []byte) (*answer, error) {
	var first struct {
		Fingerprint []byte `db:"request_hash"`
		Status      *int   `db:"status"`
		Response    []byte `db:"response"`
	}
	if err := s.db.GetContext(ctx, &first, `
		SELECT request_hash, status, response FROM idempotency_keys WHERE user_id = $1 AND key = $2`, user, key); err != nil {
		return nil, postgres.Fault(err, "thing.call_of_key")
	}
	switch {
	case !bytes.Equal(first.Fingerprint, fingerprint):
		return nil, Refusal{http.StatusUnprocessableEntity, "this Idempotency-Key was used for another call"}
	case first.Status == nil:
		return nil, Refusal{http.StatusConflict, "the same call is still running; ask again in a moment"}
	case first.Response == nil:
		return nil, Refusal{http.StatusConflict, "the same call was carried out and its answer isn't there (yet); ask again in a " +
			"moment, or look what it made"}
	}
	return s.open(first.Response)
}

// mark notes, in a transaction of the call that took the key, that the call
// does something. Returns a conflict if it was so slow that the key is another
// call's now.
func (k taken) mark(ctx context.Context, tx *sqlx.Tx) error {
	done, err := tx.ExecContext(ctx, `
		UPDATE idempotency_keys SET status = $4
		 WHERE user_id = $1 AND key = $2 AND created_at = $3`, k.user, k.key, k.at, acted)
	if err != nil {
		return postgres.Fault(err, "thing.idempotency_key")
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.Conflict, "api.overtaken")
}

func (s *keyStore) open(sealed []byte) (*answer, error) {
	text, err := s.box.Open(sealed)
	if err != nil {
		return nil, err
	}
	var k answer
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("read a kept answer: %w", err)
	}
	return &k, nil
}

// keep keeps the answer of the call that took the key. The call is done, so
// this holds even if the caller has hung up; if it fails, the key stays marked.
func (s *keyStore) keep(ctx context.Context, mine taken, k answer) {
	text, err := k.marshal()
	if err != nil {
		return
	}
	_, _ = postgres.Exec(context.WithoutCancel(ctx), s.db, `
		UPDATE idempotency_keys SET status = $4, response = $5 WHERE user_id = $1 AND key = $2 AND created_at = $3`,
		mine.user, mine.key, mine.at, k.Status, s.box.Seal(text))
}

// free gives a key back whose call changed nothing: what the base says, not
// what was answered, since the answer to a commit can get lost. If that fails,
// the key frees itself after some minutes.
func (s *keyStore) free(ctx context.Context, mine taken) {
	_, _ = postgres.Exec(context.WithoutCancel(ctx), s.db, `
		DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND created_at = $3 AND status IS NULL`,
		mine.user, mine.key, mine.at)
}

// ForgetKeys drops the answers that aren't given again any more.
func ForgetKeys(ctx context.Context, db *sqlx.DB, now time.Time) error {
	_, err := postgres.Exec(ctx, db, `DELETE FROM idempotency_keys WHERE created_at < $1`, now.Add(-KeyLife))
	return postgres.Fault(err, "thing.idempotency_keys")
}
