// Package notices queues operational mail to users and contacts: reminders,
// links to approve; and to members about their own address alone. It is written
// in the transaction of what it tells, and sent by whoever holds the duty.
package notices

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/internal/words"
)

// lease is how long a sender may take over one notice before another tries.
const lease = 2 * time.Minute

// MaxAttempts is after how many a notice that nobody takes is given up. By the
// sender's waits that is two days. It stays, with the error, until someone looks.
const MaxAttempts = 16

// Letter is what an operational mail says, in its reader's language.
type Letter struct {
	Subject  string `db:"subject" json:"-"`
	Body     string `db:"-" json:"text"`
	HTML     string `db:"-" json:"html,omitempty"`      // the same in a look of its own; "": plain text alone
	FromName string `db:"-" json:"from_name,omitempty"` // who writes; "": the sender's own name

	Attached []Attachment `db:"-" json:"attached,omitempty"`
}

// Attachment is a file that goes along with a letter.
type Attachment struct {
	Name  string `db:"name" json:"name"`
	Bytes []byte `db:"bytes" json:"bytes"`
}

// Write writes a letter in its reader's language: the message of the key, and
// as its subject that of the key with _subject. args fill the places of both.
// The subject stays one line, whatever a value holds.
func Write(locale, key string, args ...any) Letter {
	say := words.In(locale)
	return Letter{Subject: strings.Join(strings.Fields(say.T(key+"_subject", args...)), " "), Body: say.T(key, args...)}
}

// Notice is one operational mail.
type Notice struct {
	Letter
	ID        int64     `db:"id"`
	Key       string    `db:"key"` // what it is about; the same key is queued once
	LabelID   *int      `db:"label_id"`
	Recipient string    `db:"recipient"`
	Sealed    []byte    `db:"body"`
	NotBefore time.Time `db:"not_before"`
	Attempts  int       `db:"attempts"`
}

// beside names what a notice's text is sealed beside: a letter that is copied, or
// that has another recipient, subject or label, doesn't open.
func (n *Notice) beside() []string {
	label := 0
	if n.LabelID != nil {
		label = *n.LabelID
	}
	return []string{n.Key, n.Recipient, n.Subject, strconv.Itoa(label)}
}

// Store keeps notices. Bodies are sealed, because they may hold a link that
// lets its holder decide, and are emptied once sent.
type Store struct {
	db    *sqlx.DB
	seal  *seal.Box
	clock clock.Clock
}

// NewStore returns a store over db.
func NewStore(db *sqlx.DB, seal *seal.Box, clock clock.Clock) *Store {
	return &Store{db: db, seal: seal, clock: clock}
}

// Queue writes a notice in the caller's transaction. A notice whose key was
// queued before is left alone.
func (s *Store) Queue(ctx context.Context, tx *sqlx.Tx, n Notice) error {
	if n.NotBefore.IsZero() {
		n.NotBefore = s.clock.Now()
	}
	body, err := json.Marshal(n.Letter)
	if err != nil {
		return fmt.Errorf("write notice %s: %w", n.Key, err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO notices (key, label_id, recipient, subject, body, not_before)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (key) DO NOTHING`, n.Key, n.LabelID, n.Recipient, n.Subject, s.seal.Seal(body, n.beside()...), n.NotBefore)
	if err != nil {
		return postgres.Fault(err, "thing.notice_keyed", "key", n.Key)
	}
	_, err = tx.ExecContext(ctx, `SELECT pg_notify('keur', 'notices')`)
	return postgres.Fault(err, "thing.notice_keyed", "key", n.Key)
}

// Queued reports whether a notice with the key was queued before.
func (s *Store) Queued(ctx context.Context, tx *sqlx.Tx, key string) (bool, error) {
	var queued bool
	err := tx.GetContext(ctx, &queued, `SELECT EXISTS (SELECT FROM notices WHERE key = $1)`, key)
	return queued, postgres.Fault(err, "thing.notice_keyed", "key", key)
}

// SentAt returns when the notice with the key went; nil: it hasn't, or there is none.
func (s *Store) SentAt(ctx context.Context, tx *sqlx.Tx, key string) (at *time.Time, err error) {
	err = tx.GetContext(ctx, &at, `SELECT max(sent_at) FROM notices WHERE key = $1`, key)
	return at, postgres.Fault(err, "thing.notice_keyed", "key", key)
}

// Claim takes up to limit notices that are due, for a while, so that no other
// process sends them meanwhile. Those whose text can't be opened are given up:
// they must not keep the others. The oldest comes first.
func (s *Store) Claim(ctx context.Context, limit int) ([]Notice, error) {
	var due []Notice
	err := postgres.Select(ctx, s.db, &due, `
		UPDATE notices SET lease_until = $1, attempts = attempts + 1
		 WHERE id IN (SELECT id FROM notices
		               WHERE sent_at IS NULL AND attempts < $4 AND not_before <= $2 AND (lease_until IS NULL OR lease_until < $2)
		               ORDER BY not_before LIMIT $3 FOR UPDATE SKIP LOCKED)
		RETURNING id, key, label_id, recipient, subject, body, not_before, attempts`,
		s.clock.Now().Add(lease), s.clock.Now(), limit, MaxAttempts)
	if err != nil {
		return nil, fmt.Errorf("claim notices: %w", err)
	}
	slices.SortFunc(due, func(a, b Notice) int { return cmp.Or(a.NotBefore.Compare(b.NotBefore), cmp.Compare(a.ID, b.ID)) })
	open := due[:0]
	for _, n := range due {
		body, err := s.seal.Open(n.Sealed, n.beside()...)
		if err == nil {
			err = json.Unmarshal(body, &n.Letter)
		}
		if err != nil {
			if err := s.giveUp(ctx, n.ID, "its text can't be opened: the installation's secret has changed"); err != nil {
				return nil, err
			}
			continue
		}
		open = append(open, n)
	}
	return open, nil
}

// giveUp keeps a notice from being tried again.
func (s *Store) giveUp(ctx context.Context, id int64, reason string) error {
	_, err := postgres.Exec(ctx, s.db, `UPDATE notices SET lease_until = NULL, error = $2, attempts = $3 WHERE id = $1`, id, reason, MaxAttempts)
	return postgres.Fault(err, "thing.notice", "id", id)
}

// Sent notes that a notice has gone, and forgets what it said.
func (s *Store) Sent(ctx context.Context, id int64) error {
	_, err := postgres.Exec(ctx, s.db, `UPDATE notices SET sent_at = $2, lease_until = NULL, body = '', error = '' WHERE id = $1`, id, s.clock.Now())
	return postgres.Fault(err, "thing.notice", "id", id)
}

// Failed notes why a notice could not go and when to try again, unless that was
// its last attempt. The reason holds no address.
func (s *Store) Failed(ctx context.Context, id int64, reason string, again time.Time) error {
	_, err := postgres.Exec(ctx, s.db, `UPDATE notices SET lease_until = NULL, error = $2, not_before = $3 WHERE id = $1`, id, reason, again)
	return postgres.Fault(err, "thing.notice", "id", id)
}
