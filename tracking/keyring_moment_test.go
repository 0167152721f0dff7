package tracking_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/tracking"
)

// Which key signed at a moment is known but for the minutes in which one process
// may have known of a new one before another.
func TestTheKeyOfAMoment(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	if _, sure, err := tracking.SignedAt(t.Context(), db.App, time.Now()); sure || err != nil {
		t.Errorf("without a key: %t %v", sure, err)
	}
	made := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO token_keys (id, secret_sealed, created_at) VALUES (1, '', $1), (2, '', $2)`, made.AddDate(0, 0, -9), made)
	})
	for minutes, want := range map[int]struct {
		key  byte
		sure bool
	}{-13_000: {1, true}, -1: {1, true}, 2: {1, true}, 4: {2, false}, 6: {2, true}, 9_000: {2, true}} {
		key, sure, err := tracking.SignedAt(t.Context(), db.App, made.Add(time.Duration(minutes)*time.Minute))
		if key != want.key || sure != want.sure || err != nil {
			t.Errorf("after %d minutes key %d signs, %t: %v", minutes, key, sure, err)
		}
	}
}

// A key that signed once writes what it wrote, also when another signs now.
func TestSubIDsOfAnEarlierKey(t *testing.T) {
	t.Parallel()
	old, young := tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("a"), 32)}, tracking.Secret{ID: 2, Bytes: bytes.Repeat([]byte("b"), 32)}
	before, err := tracking.NewKeyring(old)
	if err != nil {
		t.Fatal(err)
	}
	after, err := tracking.NewKeyring(young, old)
	if err != nil {
		t.Fatal(err)
	}
	id := tracking.SubID{Send: 7, Variant: 1, Link: 3, Click: 42}
	was := string(before.AppendSubID(nil, id))
	if got := after.SubIDBy(1, id); got != was {
		t.Errorf("%s, not %s", got, was)
	}
	if got := after.SubIDBy(3, id); got != "" {
		t.Errorf("a key that isn't there wrote %s", got)
	}
}
