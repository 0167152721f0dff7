package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Who guesses is slowed down by account, by address and by both together. An
// outsider must not lock a user out by guessing: the limit of an account counts
// only tries from where its user never signed in, so that it holds back many
// strange addresses at once and leaves the user's own ones alone. Where many share
// an address, a browser in which the user signed in before has a count of its
// own: ten wrong passwords of a neighbour don't turn the right one away. From a new
// place meanwhile, a link by mail lets the user in (SetPasswordByToken makes
// the place known), or the provider does.
const (
	triesWindow     = 15 * time.Minute
	triesPerPair    = 10 // of one account from one address
	triesPerAccount = 30 // of one account from strange addresses together
	triesPerAddress = 50 // from one address, of accounts that are strange to it
	triesPerCode    = 10 // of codes of one user, strange addresses together, and from each known one
	triesKept       = time.Hour
	addressKept     = 90 * 24 * time.Hour // since it was last signed in from
)

// limit is how many tries a key may have within a window.
type limit struct {
	key    string
	most   int
	within time.Duration
}

// count notes a try under each key before it is looked at, so that a hundred at
// once are counted like a hundred in a row, whichever processes they went to.
// Returns a limited fault if that is one too many.
func (s *Store) count(ctx context.Context, limits ...limit) error {
	now := s.clock.Now()
	keys := make([]string, len(limits))
	for i, l := range limits {
		keys[i] = l.key
	}
	var tries []struct {
		Key string    `db:"key"`
		At  time.Time `db:"at"`
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// In one order for all, so that two tries can't lock each other out.
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) key`, pq.Array(keys)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_attempts WHERE key = ANY($1) AND at < $2`, pq.Array(keys), now.Add(-triesKept)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sign_in_attempts (key, at) SELECT unnest($1::text[]), $2`, pq.Array(keys), now); err != nil {
			return err
		}
		return tx.SelectContext(ctx, &tries, `SELECT key, at FROM sign_in_attempts WHERE key = ANY($1)`, pq.Array(keys))
	})
	if err != nil {
		return postgres.Fault(err, "thing.sign_in")
	}
	for _, l := range limits {
		n := 0
		for _, t := range tries {
			if t.Key == l.key && t.At.After(now.Add(-l.within)) {
				n++
			}
		}
		if n > l.most {
			return fault.New(fault.Limited, "accounts.too_many_tries", "n", int(l.within.Minutes()))
		}
	}
	return nil
}

// forgive forgets the tries under the keys: who knows the password wasn't
// guessing it.
func forgive(ctx context.Context, tx *sqlx.Tx, keys ...string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM sign_in_attempts WHERE key = ANY($1)`, pq.Array(keys))
	return postgres.Fault(err, "thing.sign_in")
}

// confirm holds a password against that of a user who is signed in, before what
// a borrowed session mustn't do. Returns a forbidden fault if it isn't the one.
func (s *Store) confirm(ctx context.Context, id UserID, password string) error {
	if err := s.count(ctx, limit{tryKey("confirm", id.Actor()), triesPerPair, triesWindow}); err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, id)
	if err != nil {
		return err
	}
	ok, err := s.hasher.matches(ctx, password, hash)
	if err != nil {
		return err
	}
	if !ok {
		return refuse(WrongPassword, "accounts.password_wrong")
	}
	return nil
}

// tryKey hides whom the count is about: it needs no address in the clear.
func tryKey(kind, of string) string {
	sum := sha256.Sum256([]byte(of))
	return kind + ":" + hex.EncodeToString(sum[:])
}
