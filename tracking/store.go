package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/labels"
	"keur/labels/domains"
	"keur/members"
)

// Store keeps what members and their servers tell of a delivery, other than
// by opening and clicking, and draws the conclusion for the member.
type Store struct {
	db      *sqlx.DB
	ring    *Keyring
	members *members.Store
	clock   clock.Clock
	key     postgres.Key // for members and their servers, whom tokens prove
	expect  *expectations
	relayed *relayed
	reports *Reports // nil: those about domains are passed over
}

// NewStore returns a store over db.
func NewStore(db *sqlx.DB, ring *Keyring, members *members.Store, clock clock.Clock, key postgres.Key) *Store {
	return &Store{
		db: db, ring: ring, members: members, clock: clock, key: key, expect: &expectations{},
		relayed: &relayed{db: db, clock: clock, key: key},
	}
}

// ReadReports has the store take in reports about domains, too, of the labels whose
// records are watched, and returns where they are kept.
func (s *Store) ReadReports(records *domains.Watch) *Reports {
	s.reports = &Reports{DB: s.db, Clock: s.clock, Labels: records.Labels, Records: records}
	return s.reports
}

// send is what the store needs to know of one.
type send struct {
	ID       int64     `db:"id"`
	Month    string    `db:"month"` // of the partition
	Label    labels.ID `db:"label_id"`
	Reported bool      `db:"reported"` // its route's server posts what becomes of its mail
	Kept     bool      `db:"kept"`     // its month is; of one that was dropped nothing can be recorded
}

// find returns a send. One that doesn't exist is a not-found fault.
func (s *Store) find(ctx context.Context, id int64) (of send, err error) {
	err = s.db.GetContext(ctx, &of, `
		SELECT id, month::text, label_id, reported, to_regclass('engagements' || to_char(month, '_YYYY_MM')) IS NOT NULL AS kept
		  FROM sends WHERE id = $1`, id)
	return of, postgres.Fault(err, "thing.this_send")
}

// act is something that a delivery's member or server tells us.
type act struct {
	ref    Ref
	send   send
	at     time.Time
	kind   string // of the event
	column string // of the engagement, which holds when it happened first
	reason string
	detail string
}

// once records an act, and reports whether it was the first of its kind for
// this delivery: only that one is an event and counts. It is recorded of
// members who don't consent to tracking too, because it isn't behaviour that
// we watch but a word to us that we must be able to prove. Of a month that isn't
// kept it records nothing, and leaves what the act leads to to its caller.
func (s *Store) once(ctx context.Context, tx *sqlx.Tx, a act, measure Measure) (bool, error) {
	if !a.send.Kept {
		return false, nil
	}
	done, err := tx.ExecContext(ctx, `
		INSERT INTO engagements AS e (send_month, send_id, member_id, `+a.column+`) VALUES ($1, $2, $3, $4)
		ON CONFLICT (send_month, send_id, member_id) DO UPDATE SET `+a.column+` = excluded.`+a.column+`
		 WHERE e.`+a.column+` IS NULL`, a.send.Month, a.send.ID, a.ref.Member, a.at)
	if err != nil {
		return false, postgres.Fault(err, "thing.mail_events")
	}
	if n, err := done.RowsAffected(); n == 0 || err != nil {
		return false, err
	}
	return true, s.tell(ctx, tx, a, measure, 1)
}

// tell writes the event of an act, and counts it.
func (s *Store) tell(ctx context.Context, tx *sqlx.Tx, a act, measure Measure, n int64) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO events (send_month, send_id, member_id, at, kind, reason, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.send.Month, a.send.ID, a.ref.Member, a.at, a.kind, a.reason, a.detail); err != nil {
		return fmt.Errorf("record %s of send %d: %w", a.kind, a.send.ID, err)
	}
	return s.count(ctx, tx, a, measure, n)
}

// count adds n to a measure of an act's send, where its delivery is counted.
func (s *Store) count(ctx context.Context, tx *sqlx.Tx, a act, measure Measure, n int64) error {
	delta := Delta{Send: a.send.ID, Measure: measure, Hour: a.at, N: n}
	var of struct {
		Domain  string `db:"domain"`
		Variant int16  `db:"variant"`
	}
	if err := tx.GetContext(ctx, &of, `
		SELECT coalesce((SELECT domain FROM members WHERE id = $3), '') AS domain,
		       coalesce((SELECT variant FROM deliveries WHERE send_month = $1 AND send_id = $2 AND member_id = $3), 0) AS variant`,
		a.send.Month, a.send.ID, a.ref.Member); err != nil {
		return fmt.Errorf("read of send %d: %w", a.send.ID, err)
	}
	delta.Domain, delta.Variant = of.Domain, of.Variant
	return Count(ctx, tx, []Delta{delta})
}

// Label returns the label that a send was for. A send that doesn't exist is a
// not-found fault.
func (s *Store) Label(ctx context.Context, send int64) (labels.ID, error) {
	of, err := s.find(ctx, send)
	return of.Label, err
}

// How a member asked us to stop.
const (
	ByOneClick    = "one-click" // RFC 8058
	ByPage        = "page"
	ByPreferences = "preferences"
	ByMail        = "mailto"
)

// Unsubscribe stops mail to the member of a delivery at once, of the label
// that sent it or of all of them. Queued mail is taken out in the same
// transaction. Doing it again changes nothing.
func (s *Store) Unsubscribe(ctx context.Context, ref Ref, everywhere bool, by string) error {
	of, err := s.find(ctx, ref.Send)
	if err != nil {
		return err
	}
	label := of.Label
	if everywhere {
		label = members.EveryLabel
	}
	a := act{ref: ref, send: of, at: s.clock.Now(), kind: "unsubscribe", column: "unsubscribed_at", reason: by}
	return postgres.InTx(s.key.Acting(ctx, "member"), s.db, func(tx *sqlx.Tx) error {
		if err := s.members.Suppress(ctx, tx, members.ID(ref.Member), label, members.Unsubscribe, by, &of.ID); err != nil {
			return err
		}
		_, err := s.once(ctx, tx, a, Unsubscribed)
		return err
	})
}
