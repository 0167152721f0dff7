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
	triesPerDay     = 50 // of codes of one user from strange addresses, since a code is one of a million
	triesDay        = 24 * time.Hour
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
// The database keeps tries where the application's login can't take one back.
// Returns a limited fault if that is one too many.
func (s *Store) count(ctx context.Context, limits ...limit) error {
	keys, seconds := make([]string, len(limits)), make([]int64, len(limits))
	for i, l := range limits {
		keys[i], seconds[i] = l.key, int64(l.within.Seconds())
	}
	var tries pq.Int64Array
	if err := s.db.GetContext(ctx, &tries, `
		SELECT count_tries($1, $2, $3)`, pq.Array(keys), pq.Array(seconds), s.clock.Now()); err != nil {
		return postgres.Fault(err, "thing.sign_in")
	}
	for i, l := range limits {
		if int(tries[i]) > l.most {
			return fault.New(fault.Limited, "accounts.too_many_tries", "n", int(l.within.Minutes()))
		}
	}
	return nil
}

// forgive forgets the tries under the keys, on the program's word: who knows the
// password wasn't guessing it.
func forgive(ctx context.Context, tx *sqlx.Tx, key postgres.Key, keys ...string) error {
	_, err := tx.ExecContext(ctx, `SELECT forgive_tries($1, $2)`, pq.Array(keys), key.MAC(append([]string{"forgive_tries"}, keys...)...))
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
