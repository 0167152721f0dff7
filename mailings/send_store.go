package mailings

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/mailings/schedules"
)

const sendColumns = `id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, held_reason, held_at, mended_at, released_by, paused_by, paused_at,
	(SELECT coalesce(jsonb_agg(jsonb_build_object('reason', x.reason, 'released_by', 'user:' || x.user_id, 'released_at', x.made_at,
	           'proof', x.proven_by, 'token_id', x.token_id) ORDER BY x.id), '[]')
	   FROM send_releases x WHERE x.send_id = sends.id) AS releases, deadline_at, waterfall, audience, sealed_kept, created_at, frozen_at, opens_at, started_at, finished_at`

// Sends keeps sends: the occurrences of mailings.
type Sends struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewSends returns the sends in db.
func NewSends(db *sqlx.DB, clock clock.Clock) *Sends { return &Sends{db, clock} }

// Plan makes the send of a mailing's slot, unless there is one already: then
// it returns false. The database refuses a revision that isn't approved.
func (s *Sends) Plan(ctx context.Context, tx *sqlx.Tx, m Mailing, slot schedules.LocalTime, at, deadline time.Time) (bool, error) {
	done, err := tx.ExecContext(ctx, `
		INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, deadline_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`, m.ID, m.RevisionID, m.LabelID, slot, at.UTC(), MonthOf(at), deadline.UTC(), s.clock.Now())
	if err != nil {
		return false, postgres.Fault(err, "thing.mailing", "id", m.ID)
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// NewSlot notes the slot that a person gives to a send which missed its own.
// Only for that one may another send of it be planned.
func (s *Sends) NewSlot(ctx context.Context, tx *sqlx.Tx, id SendID, slot schedules.Slot, by accounts.UserID) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO send_new_slots (send_id, slot_local, slot_at, user_id, made_at) VALUES ($1, $2, $3, $4, $5)`,
		id, slot.Local, slot.At.UTC(), by, s.clock.Now())
	return postgres.Fault(err, "thing.send", "id", id)
}

// LastApproved returns the last slot for which the revision's approval stands; the
// zero time if none does.
func (s *Sends) LastApproved(ctx context.Context, id RevisionID) (time.Time, error) {
	var last *time.Time
	err := s.db.GetContext(ctx, &last, `
		SELECT max(a.slot_at) FROM approval_slots a JOIN approval_rounds r ON r.id = a.round_id WHERE r.revision_id = $1 AND r.state = 'approved'`, id)
	if last == nil {
		return time.Time{}, postgres.Fault(err, "thing.revision", "id", id)
	}
	return *last, nil
}

// Get returns the send, or a NotFound fault.
func (s *Sends) Get(ctx context.Context, id SendID) (Send, error) {
	var found Send
	err := s.db.GetContext(ctx, &found, `SELECT `+sendColumns+` FROM sends WHERE id = $1`, id)
	return found, postgres.Fault(err, "thing.send", "id", id)
}

// GetIn is Get within a transaction.
func (s *Sends) GetIn(ctx context.Context, tx *sqlx.Tx, id SendID) (Send, error) {
	var found Send
	err := tx.GetContext(ctx, &found, `SELECT `+sendColumns+` FROM sends WHERE id = $1`, id)
	return found, postgres.Fault(err, "thing.send", "id", id)
}

// At returns the live send of a mailing's slot.
func (s *Sends) At(ctx context.Context, tx *sqlx.Tx, id ID, slot schedules.LocalTime) (Send, error) {
	var found Send
	err := tx.GetContext(ctx, &found, `
		SELECT `+sendColumns+` FROM sends WHERE mailing_id = $1 AND slot_local = $2 AND state <> 'cancelled'`, id, slot)
	return found, postgres.Fault(err, "thing.send_at", "slot", slot)
}

// Open returns the sends that something may still happen to and whose slot is
// not after until, the earliest first. By members' own clocks a slot begins up
// to 26 hours earlier, in the east.
func (s *Sends) Open(ctx context.Context, until time.Time) ([]Send, error) {
	found := []Send{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT `+sendColumns+`
		  FROM sends
		 WHERE state NOT IN ('finished', 'missed', 'cancelled') AND slot_at <= $1::timestamptz + interval '26 hours'
		   AND (slot_at <= $1 OR slot_begins(revision_id, slot_local, slot_at) <= $1)
		 ORDER BY slot_at, id`, until.UTC())
	return found, postgres.Fault(err, "thing.sends")
}

// Update locks a send, lets change apply the rules, and saves the outcome.
// Nothing is written if change returns an error.
func (s *Sends) Update(ctx context.Context, id SendID, change func(*Send) error) (Send, error) {
	var found Send
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		found, err = s.UpdateIn(ctx, tx, id, change)
		return err
	})
	return found, err
}

// UpdateIn is Update within the caller's transaction.
func (s *Sends) UpdateIn(ctx context.Context, tx *sqlx.Tx, id SendID, change func(*Send) error) (Send, error) {
	var found Send
	if err := tx.GetContext(ctx, &found, `SELECT `+sendColumns+` FROM sends WHERE id = $1 FOR UPDATE`, id); err != nil {
		return found, postgres.Fault(err, "thing.send", "id", id)
	}
	if err := change(&found); err != nil {
		return found, err
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE sends
		   SET state = $2, held_reason = $3, released_by = $4, waterfall = $5, audience = $6,
		       frozen_at = $7, opens_at = $8, started_at = $9, finished_at = $10, held_at = $11, mended_at = $12
		 WHERE id = $1`,
		id, found.State, found.HeldReason, found.ReleasedBy, found.Waterfall, found.Audience,
		found.FrozenAt, found.OpensAt, found.StartedAt, found.FinishedAt, found.HeldAt, found.MendedAt); err != nil {
		return found, postgres.Fault(err, "thing.send", "id", id)
	}
	// What the database derives itself comes back: the numbers of a reason, when
	// it was paused, and how who released it proved to be who they are.
	err := tx.GetContext(ctx, &found, `SELECT `+sendColumns+` FROM sends WHERE id = $1`, id)
	if err != nil {
		return found, postgres.Fault(err, "thing.send", "id", id)
	}
	_, err = tx.ExecContext(ctx, `SELECT pg_notify('keur', 'sends')`)
	return found, postgres.Fault(err, "thing.send", "id", id)
}

// Claim locks a send for the caller's transaction, unless someone else
// works on it: then it returns false.
func (s *Sends) Claim(ctx context.Context, tx *sqlx.Tx, id SendID) (Send, bool, error) {
	var found []Send
	err := tx.SelectContext(ctx, &found, `SELECT `+sendColumns+` FROM sends WHERE id = $1 FOR UPDATE SKIP LOCKED`, id)
	if err != nil || len(found) == 0 {
		return Send{}, false, postgres.Fault(err, "thing.send", "id", id)
	}
	return found[0], true, nil
}

// TakeStopped returns a send if it was held or missed, or ended while some of its mail
// had lapsed, and nobody was notified of that yet, and notes in the caller's transaction
// that now they are. Otherwise it returns false.
func (s *Sends) TakeStopped(ctx context.Context, tx *sqlx.Tx, id SendID) (Send, bool, error) {
	var found []Send
	err := tx.SelectContext(ctx, &found, `
		UPDATE sends SET stop_told = true
		 WHERE id = (SELECT id FROM sends WHERE id = $1 AND NOT stop_told AND state IN ('held', 'missed', 'finished') FOR UPDATE SKIP LOCKED)
		RETURNING `+sendColumns, id)
	if err != nil || len(found) == 0 {
		return Send{}, false, postgres.Fault(err, "thing.sends")
	}
	return found[0], true, nil
}

// NextSlot returns the earliest slot after now that a send waits for.
func (s *Sends) NextSlot(ctx context.Context, now time.Time) (time.Time, bool, error) {
	var next *time.Time
	err := s.db.GetContext(ctx, &next, `
		SELECT min(slot_at) FROM sends WHERE state NOT IN ('finished', 'missed', 'cancelled') AND slot_at > $1`, now.UTC())
	if err != nil || next == nil {
		return time.Time{}, false, postgres.Fault(err, "thing.sends")
	}
	return *next, true, nil
}

// Begun reports whether members may have the mailing from an earlier send of the
// same occurrence, when it goes out once.
func (s *Sends) Begun(ctx context.Context, id ID) (is bool, err error) {
	err = s.db.GetContext(ctx, &is, `SELECT EXISTS (SELECT FROM begun_sends($1))`, id)
	return is, postgres.Fault(err, "thing.mailing", "id", id)
}

// Slots returns the slots from one moment through another that the mailing's
// newest revision has a send for, called off or not.
func (s *Sends) Slots(ctx context.Context, m *Mailing, from, through time.Time) ([]schedules.LocalTime, error) {
	var slots []schedules.LocalTime
	err := s.db.SelectContext(ctx, &slots, `
		SELECT slot_local FROM sends WHERE mailing_id = $1 AND revision_id = $2 AND slot_at BETWEEN $3 AND $4`,
		m.ID, m.RevisionID, from.UTC(), through.UTC())
	return slots, postgres.Fault(err, "thing.mailing", "id", m.ID)
}

// CalledOff returns the slots from one moment on of which a mailing's newest
// revision had sends that were called off.
func (s *Sends) CalledOff(ctx context.Context, m *Mailing, from time.Time) ([]schedules.LocalTime, error) {
	var slots []schedules.LocalTime
	err := s.db.SelectContext(ctx, &slots, `
		SELECT slot_local FROM sends WHERE mailing_id = $1 AND revision_id = $2 AND slot_at >= $3 AND state = 'cancelled'`,
		m.ID, m.RevisionID, from.UTC())
	return slots, postgres.Fault(err, "thing.mailing", "id", m.ID)
}

// Tally counts the sends of a mailing at the moment now.
func (s *Sends) Tally(ctx context.Context, tx *sqlx.Tx, id ID, now time.Time) (Tally, error) {
	var t Tally
	err := tx.GetContext(ctx, &t, `
		SELECT count(*) FILTER (WHERE s.state NOT IN ('finished', 'cancelled') AND NOT (s.state = 'missed' AND s.deadline_at <= $2)) AS open,
		       count(*) FILTER (WHERE s.state = 'missed' AND s.revision_id = m.revision_id) AS missed,
		       count(*) FILTER (WHERE s.started_at IS NOT NULL AND s.revision_id = m.revision_id) AS begun
		  FROM sends s
		  JOIN mailings m ON m.id = s.mailing_id
		 WHERE s.mailing_id = $1`, id, now.UTC())
	return t, postgres.Fault(err, "thing.mailing", "id", id)
}

// LastSlot returns the latest slot that a mailing has a send for; zero for none.
func (s *Sends) LastSlot(ctx context.Context, id ID) (time.Time, error) {
	var last *time.Time
	err := s.db.GetContext(ctx, &last, `SELECT max(slot_at) FROM sends WHERE mailing_id = $1`, id)
	if err != nil || last == nil {
		return time.Time{}, postgres.Fault(err, "thing.mailing", "id", id)
	}
	return *last, nil
}

// Clearances returns by whom sends of a revision were let go on, the first first.
func (s *Store) Clearances(ctx context.Context, id RevisionID) ([]Clearance, error) {
	var found []Clearance
	err := s.db.SelectContext(ctx, &found, `
		SELECT 'send_releases:' || r.id AS subject, s.slot_local AS slot, r.reason, r.user_id, r.made_at, r.proven_by, r.token_id
		  FROM send_releases r JOIN sends s ON s.id = r.send_id WHERE s.revision_id = $1
		 UNION ALL
		SELECT 'send_new_slots:' || n.id, n.slot_local, NULL, n.user_id, n.made_at, n.proven_by, n.token_id
		  FROM send_new_slots n JOIN sends s ON s.id = n.send_id WHERE s.revision_id = $1
		 ORDER BY 5, 1`, id)
	return found, postgres.Fault(err, "thing.revision", "id", id)
}
