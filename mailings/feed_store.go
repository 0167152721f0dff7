package mailings

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// feedBytes makes a feed's token 256 bits of chance.
const feedBytes = 32

// Feed is a secret link under which a calendar program reads when a label's
// mailings go out. Of its token only a hash is stored.
type Feed struct {
	ID        int64      `db:"id"`
	LabelID   labels.ID  `db:"label_id"`
	Label     string     `db:"label"` // its name
	By        string     `db:"by"`    // name of who made it
	CreatedAt time.Time  `db:"created_at"`
	RevokedAt *time.Time `db:"revoked_at"`
	ReadAt    *time.Time `db:"read_at"` // last, to the hour; nil: never
}

const feedColumns = `id, label_id, (SELECT name FROM labels WHERE id = label_id) AS label, coalesce(actor_name(created_by), created_by) AS by, created_at, revoked_at, read_at`

// Feeds keeps the feeds of labels' calendars.
type Feeds struct {
	db    *sqlx.DB
	clock clock.Clock
	key   postgres.Key
}

// NewFeeds returns the feeds in db. By key it notes that one was read, which a
// calendar program does for nobody who is signed in.
func NewFeeds(db *sqlx.DB, clock clock.Clock, key postgres.Key) *Feeds { return &Feeds{db, clock, key} }

// Open makes a feed of a label's calendar, and returns the token that opens
// it, which is never to be seen again. One of theirs that no calendar has read
// yet opens nothing any more, so that who asks twice leaves one.
func (f *Feeds) Open(ctx context.Context, label labels.ID) (string, error) {
	secret := make([]byte, feedBytes)
	// crypto/rand.Read never fails (Go 1.24 on).
	_, _ = rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(token))
	err := postgres.InTx(ctx, f.db, func(tx *sqlx.Tx) error {
		// The lock on the label has the later of two at once see what the earlier made.
		if _, err := tx.ExecContext(ctx, `SELECT FROM labels WHERE id = $1 FOR NO KEY UPDATE`, label); err != nil {
			return postgres.Fault(err, "thing.label", "id", label)
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE calendar_feeds SET revoked_at = $2
			 WHERE label_id = $1 AND created_by = current_actor() AND read_at IS NULL AND revoked_at IS NULL`,
			label, f.clock.Now()); err != nil {
			return postgres.Fault(err, "thing.label", "id", label)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO calendar_feeds (label_id, token_hash, created_at) VALUES ($1, $2, $3)`, label, hash[:], f.clock.Now())
		return postgres.Fault(err, "thing.label", "id", label)
	})
	return token, err
}

// List returns the feeds of a label that still open its calendar, the oldest
// first.
func (f *Feeds) List(ctx context.Context, label labels.ID) ([]Feed, error) {
	found := []Feed{}
	err := f.db.SelectContext(ctx, &found, `
		SELECT `+feedColumns+` FROM calendar_feeds WHERE label_id = $1 AND revoked_at IS NULL ORDER BY id`, label)
	return found, postgres.Fault(err, "thing.feeds_of_label", "label", label)
}

// All returns the feeds that still open a calendar, by label: those of one maker,
// or of all where by is "".
func (f *Feeds) All(ctx context.Context, by string) ([]Feed, error) {
	found := []Feed{}
	err := f.db.SelectContext(ctx, &found, `
		SELECT `+feedColumns+` FROM calendar_feeds WHERE revoked_at IS NULL AND $1 IN ('', created_by) ORDER BY label_id, id`, by)
	return found, postgres.Fault(err, "thing.feeds")
}

// ByToken returns the feed that a token opens, and notes that it was read.
// Returns a NotFound fault for a token that opens nothing, or nothing any more:
// it ends with the account or the role of who made it.
func (f *Feeds) ByToken(ctx context.Context, token string) (Feed, error) {
	var found Feed
	if err := f.db.GetContext(ctx, &found, `
		SELECT `+feedColumns+` FROM calendar_feeds
		 WHERE id = secret_id('calendar_feeds', $1) AND revoked_at IS NULL AND sees_label(created_by, label_id)`, []byte(token)); err != nil {
		return found, postgres.Fault(err, "thing.this_calendar")
	}
	hour := f.clock.Now().Truncate(time.Hour)
	if found.ReadAt != nil && !found.ReadAt.Before(hour) {
		return found, nil // calendar programs ask every few minutes
	}
	_, err := postgres.Exec(f.key.Acting(ctx, "system:keur"), f.db, `UPDATE calendar_feeds SET read_at = $2 WHERE id = $1`, found.ID, hour)
	return found, postgres.Fault(err, "thing.this_calendar")
}

// RevokeOf takes a feed back that by made; anybody's where by is "".
func (f *Feeds) RevokeOf(ctx context.Context, by string, id int64) error {
	return f.revoke(ctx, id, `$3 IN ('', created_by)`, by)
}

// Revoke takes a feed of a label back: its link opens nothing any more.
func (f *Feeds) Revoke(ctx context.Context, label labels.ID, id int64) error {
	return f.revoke(ctx, id, `label_id = $3`, label)
}

func (f *Feeds) revoke(ctx context.Context, id int64, which string, arg any) error {
	return postgres.InTx(ctx, f.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE calendar_feeds SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 AND `+which, id, f.clock.Now(), arg)
		if err != nil {
			return postgres.Fault(err, "thing.feed", "id", id)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "mailings.feed_missing", "id", id)
		}
		return nil
	})
}
