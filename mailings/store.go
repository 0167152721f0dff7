package mailings

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings/attachments"
	"keur/mailings/schedules"
	"keur/templates"
)

// Store keeps mailings and their revisions.
type Store struct {
	db       *sqlx.DB
	clock    clock.Clock
	compiler *templates.Compiler

	Attachments *attachments.Store // the PDFs that go with them

	creatives *campaigns.Creatives
	fetch     Fetch // pictures of elsewhere; nil: they aren't copied
}

// NewStore returns a store over db.
func NewStore(db *sqlx.DB, clock clock.Clock, compiler *templates.Compiler) *Store {
	return &Store{db: db, clock: clock, compiler: compiler, Attachments: attachments.NewStore(db), creatives: campaigns.NewCreatives(db)}
}

const mailingColumns = `id, label_id, name, kind, state, revision_id, copy_of, created_by, created_at, updated_at`

// Create makes an empty mailing, a draft without a revision.
func (s *Store) Create(ctx context.Context, label labels.ID, name string, kind Kind) (Mailing, error) {
	var made Mailing
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		made, err = s.create(ctx, tx, Mailing{LabelID: label, Name: name, Kind: kind})
		return err
	})
	return made, err
}

// create makes a mailing of m's label, name and kind, which may be a copy of
// another: then it keeps the authors of that one.
func (s *Store) create(ctx context.Context, tx *sqlx.Tx, m Mailing) (Mailing, error) {
	if err := m.Rename(m.Name); err != nil {
		return m, err
	}
	err := tx.GetContext(ctx, &m, `
		INSERT INTO mailings (label_id, name, kind, copy_of, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
		RETURNING `+mailingColumns, m.LabelID, m.Name, m.Kind, m.CopyOf, s.clock.Now())
	return m, postgres.Fault(err, "thing.label", "id", m.LabelID)
}

// Get returns the mailing, or a NotFound fault.
func (s *Store) Get(ctx context.Context, id ID) (Mailing, error) {
	return get(ctx, s.db, id)
}

// GetIn is Get within the caller's transaction.
func (s *Store) GetIn(ctx context.Context, tx *sqlx.Tx, id ID) (Mailing, error) {
	return get(ctx, tx, id)
}

func get(ctx context.Context, q sqlx.QueryerContext, id ID) (Mailing, error) {
	var m Mailing
	err := sqlx.GetContext(ctx, q, &m, `SELECT `+mailingColumns+` FROM mailings WHERE id = $1`, id)
	return m, postgres.Fault(err, "thing.mailing", "id", id)
}

// InState returns the ids of the mailings in a state, the oldest first.
func (s *Store) InState(ctx context.Context, state State) ([]ID, error) {
	var ids []ID
	err := s.db.SelectContext(ctx, &ids, `SELECT id FROM mailings WHERE state = $1 ORDER BY id`, state)
	return ids, postgres.Fault(err, "thing.mailings")
}

// Update locks a mailing, lets change apply the rules, and saves the outcome.
// Nothing is written if change returns an error.
func (s *Store) Update(ctx context.Context, id ID, change func(*Mailing) error) (Mailing, error) {
	var m Mailing
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		m, err = s.UpdateIn(ctx, tx, id, change)
		return err
	})
	return m, err
}

// UpdateIn is Update within the caller's transaction.
func (s *Store) UpdateIn(ctx context.Context, tx *sqlx.Tx, id ID, change func(*Mailing) error) (Mailing, error) {
	m, err := s.lock(ctx, tx, id)
	if err != nil {
		return m, err
	}
	before := m.State
	if err := change(&m); err != nil {
		return m, err
	}
	// Leaving the approved states takes the slots away in the same breath.
	if approvedState(before) && !approvedState(m.State) && m.State != Done {
		if err := s.unschedule(ctx, tx, id); err != nil {
			return m, err
		}
	}
	err = tx.GetContext(ctx, &m, `
		UPDATE mailings SET name = $2, state = $3, revision_id = $4, updated_at = $5
		 WHERE id = $1 RETURNING `+mailingColumns, id, m.Name, m.State, m.RevisionID, s.clock.Now())
	return m, postgres.Fault(err, "thing.mailing", "id", id)
}

func (s *Store) lock(ctx context.Context, tx *sqlx.Tx, id ID) (Mailing, error) {
	var m Mailing
	err := tx.GetContext(ctx, &m, `SELECT `+mailingColumns+` FROM mailings WHERE id = $1 FOR UPDATE`, id)
	return m, postgres.Fault(err, "thing.mailing", "id", id)
}

func approvedState(s State) bool { return s == Approved || s == Scheduled }

// unschedule cancels every send of the mailing that has not begun. It returns
// a conflict if one is under way: that is stopped first, in words of its own.
func (s *Store) unschedule(ctx context.Context, tx *sqlx.Tx, id ID) error {
	live := []struct {
		ID        SendID              `db:"id"`
		State     SendState           `db:"state"`
		SlotLocal schedules.LocalTime `db:"slot_local"`
		Started   bool                `db:"started"`
	}{}
	if err := tx.SelectContext(ctx, &live, `
		SELECT id, state, slot_local, started_at IS NOT NULL AS started FROM sends
		 WHERE mailing_id = $1 AND state NOT IN ('finished', 'cancelled', 'missed')
		 ORDER BY id FOR UPDATE`, id); err != nil {
		return fmt.Errorf("lock the sends of mailing %d: %w", id, err)
	}
	for _, send := range live {
		if send.Started {
			return fault.New(fault.Conflict, "mailings.send_under_way", "slot", send.SlotLocal, "state", send.State)
		}
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE sends SET state = 'cancelled', mended_at = NULL, finished_at = $2
		 WHERE mailing_id = $1 AND state NOT IN ('finished', 'cancelled', 'missed')`, id, s.clock.Now())
	return postgres.Fault(err, "thing.sends_of_mailing", "mailing", id)
}

// Authors returns everyone who counts as a writer of a part of the revision, if
// it were put up for approval now.
func (s *Store) Authors(ctx context.Context, id RevisionID) ([]accounts.UserID, error) {
	return authorsOf(ctx, s.db, id, new(int64))
}

// AuthorsIn returns, within the caller's transaction, everyone who counts as a
// writer of a part of what was put up for approval.
func (s *Store) AuthorsIn(ctx context.Context, tx *sqlx.Tx, id RevisionID) ([]accounts.UserID, error) {
	return authorsOf(ctx, tx, id, nil)
}

// Made returns who made a revision: its authors, and who submitted it to the
// round that stands, and to its renewal.
func (s *Store) Made(ctx context.Context, id RevisionID) (authors.People, error) {
	var of authors.People
	wrote, err := authorsOf(ctx, s.db, id, nil)
	if err != nil {
		return of, err
	}
	var submitted []struct {
		By accounts.UserID `db:"submitted_by"`
		At time.Time       `db:"submitted_at"`
	}
	if err := s.db.SelectContext(ctx, &submitted, `
		SELECT submitted_by, submitted_at FROM approval_rounds WHERE revision_id = $1 AND state IN ('open', 'approved') ORDER BY id`,
		id); err != nil || len(submitted) == 0 {
		of.Authors = wrote
		return of, postgres.Fault(err, "thing.revision", "id", id)
	}
	of.Maker, of.Authors = submitted[0].By, wrote
	for _, round := range submitted {
		of.Authors = append(of.Authors, round.By)
	}
	of.New, err = authors.NewcomersTo(ctx, s.db, int64(id), submitted[0].At)
	return of, err
}

// authorsOf asks about one round: 0 is one that isn't put up yet, and nil asks
// about each that is open or stands.
func authorsOf(ctx context.Context, q sqlx.QueryerContext, id RevisionID, round *int64) ([]accounts.UserID, error) {
	var wrote []accounts.UserID
	err := sqlx.SelectContext(ctx, q, &wrote, `SELECT a FROM revision_authors($1, true, $2) a ORDER BY a`, id, round)
	return wrote, postgres.Fault(err, "thing.revision", "id", id)
}
