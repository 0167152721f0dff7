package series

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// Store keeps series.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns the store of series in db.
func NewStore(db *sqlx.DB, clock clock.Clock) *Store { return &Store{db, clock} }

const columns = `s.id, s.label_id, s.name, s.after, s.paused_by, s.paused_at, s.ended_by, s.ended_at, s.created_by, s.created_at,
	(SELECT count(*) FROM series_steps t WHERE t.series_id = s.id) AS steps,
	(SELECT count(*) FROM series_steps t JOIN mailings m ON m.id = t.mailing_id
	  WHERE t.series_id = s.id AND m.state IN ('approved', 'scheduled')) AS going`

// orders are the ways to sort series: name, newest.
func orders() []paging.Order[Series] {
	id := paging.Number("s.id", func(s Series) ID { return s.ID })
	return []paging.Order[Series]{
		{Name: "name", Keys: []paging.Key[Series]{paging.Name("s.name", func(s Series) string { return s.Name }), id}},
		{Name: "newest", Down: true, Keys: []paging.Key[Series]{id}},
	}
}

// List returns a page of the label's series whose names hold a text, by name
// unless asked otherwise.
func (s *Store) List(ctx context.Context, label labels.ID, name string, ask paging.Ask) (paging.Page[Series], error) {
	found, err := paging.Select(ctx, s.db, orders(), ask, `
		SELECT `+columns+` FROM series s WHERE s.label_id = $1 AND ($2 = '' OR position(lower($2) IN lower(s.name)) > 0)`, label, name)
	return found, postgres.Fault(err, "thing.series_all")
}

// Get returns the series, or a NotFound fault.
func (s *Store) Get(ctx context.Context, id ID) (Series, error) { return get(ctx, s.db, id, "") }

func get(ctx context.Context, q sqlx.QueryerContext, id ID, lock string) (found Series, err error) {
	err = sqlx.GetContext(ctx, q, &found, `SELECT `+columns+` FROM series s WHERE s.id = $1`+lock, id)
	return found, postgres.Fault(err, "thing.series", "id", id)
}

// Create makes a series without steps.
func (s *Store) Create(ctx context.Context, made Series) (Series, error) {
	if err := made.Validate(); err != nil {
		return made, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if err := tx.GetContext(ctx, &made.ID, `
			INSERT INTO series (label_id, name, after, created_at) VALUES ($1, $2, $3, $4) RETURNING id`,
			made.LabelID, made.Name, made.After, s.clock.Now()); err != nil {
			return postgres.Fault(err, "thing.label", "id", made.LabelID)
		}
		made, err = get(ctx, tx, made.ID, "")
		return err
	})
	return made, err
}

// Rename gives the series another name, once check finds the series as it stands
// right.
func (s *Store) Rename(ctx context.Context, id ID, name string, check func(Series) error) (Series, error) {
	var found Series
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if found, err = s.Lock(ctx, tx, id); err != nil {
			return err
		}
		if err := check(found); err != nil {
			return err
		}
		found.Name = name
		if err := found.Validate(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE series SET name = $2 WHERE id = $1`, id, name)
		return postgres.Fault(err, "thing.series", "id", id)
	})
	return found, err
}

// Lock returns the series, which nobody else changes before the transaction ends.
func (s *Store) Lock(ctx context.Context, tx *sqlx.Tx, id ID) (Series, error) {
	return get(ctx, tx, id, ` FOR UPDATE`)
}

// Pause notes that whoever acts paused the series. Returns a conflict if it is
// paused already.
func (s *Store) Pause(ctx context.Context, tx *sqlx.Tx, id ID) (Series, error) {
	done, err := note(ctx, tx, id, `UPDATE series SET paused_at = now() WHERE id = $1 AND paused_at IS NULL`)
	if err == nil && !done {
		err = fault.New(fault.Conflict, "mailings.series_paused")
	}
	if err != nil {
		return Series{}, err
	}
	return get(ctx, tx, id, "")
}

// Resume notes that the series goes on. Returns a conflict if it isn't paused.
func (s *Store) Resume(ctx context.Context, tx *sqlx.Tx, id ID) (Series, error) {
	done, err := note(ctx, tx, id, `UPDATE series SET paused_at = NULL WHERE id = $1 AND paused_at IS NOT NULL`)
	if err == nil && !done {
		err = fault.New(fault.Conflict, "mailings.series_not_paused")
	}
	if err != nil {
		return Series{}, err
	}
	return get(ctx, tx, id, "")
}

// End notes that whoever acts ended the series. Returns a conflict if it has.
func (s *Store) End(ctx context.Context, tx *sqlx.Tx, id ID) (Series, error) {
	done, err := note(ctx, tx, id, `UPDATE series SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, s.clock.Now())
	if err == nil && !done {
		err = fault.New(fault.Conflict, "mailings.series_ended")
	}
	if err != nil {
		return Series{}, err
	}
	return get(ctx, tx, id, "")
}

// note changes one series, and reports whether it was as that asks.
func note(ctx context.Context, tx *sqlx.Tx, id ID, query string, args ...any) (bool, error) {
	done, err := tx.ExecContext(ctx, query, append([]any{id}, args...)...)
	if err != nil {
		return false, postgres.Fault(err, "thing.series", "id", id)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// steps are those of one series, each with its schedule as it was put up and as
// it is written.
const steps = `
	SELECT t.series_id, t.mailing_id, m.name, m.state, coalesce(m.revision_id, 0) AS revision, r.schedule AS stands, w.brief -> 'schedule' AS written,
	       coalesce((w.changes -> 'moment' ->> 'version')::int, 0) AS version
	  FROM series_steps t
	  JOIN mailings m ON m.id = t.mailing_id
	  LEFT JOIN revisions r ON r.id = m.revision_id
	  LEFT JOIN working_copies w ON w.mailing_id = m.id
	 WHERE t.series_id = $1
	 ORDER BY t.mailing_id`

// Steps returns the steps of a series in the order in which members get them.
func (s *Store) Steps(ctx context.Context, of Series) ([]Step, error) { return stepsOf(ctx, s.db, of) }

// StepsIn is Steps within the caller's transaction.
func (s *Store) StepsIn(ctx context.Context, tx *sqlx.Tx, of Series) ([]Step, error) {
	return stepsOf(ctx, tx, of)
}

func stepsOf(ctx context.Context, q sqlx.QueryerContext, of Series) ([]Step, error) {
	found := []Step{}
	if err := sqlx.SelectContext(ctx, q, &found, steps, of.ID); err != nil {
		return nil, postgres.Fault(err, "thing.series", "id", of.ID)
	}
	order(of.After, found)
	return found, nil
}

// PlaceOf returns where a mailing stands in its series; nil if it is in none.
func (s *Store) PlaceOf(ctx context.Context, id mailings.ID) (*Place, error) {
	var in []ID
	if err := s.db.SelectContext(ctx, &in, `SELECT series_id FROM series_steps WHERE mailing_id = $1`, id); err != nil || len(in) == 0 {
		return nil, postgres.Fault(err, "thing.mailing", "id", id)
	}
	of, err := s.Get(ctx, in[0])
	if err != nil {
		return nil, err
	}
	found, err := s.Steps(ctx, of)
	if err != nil {
		return nil, err
	}
	place := placeOf(of, found, id)
	return &place, nil
}

// Loose returns the label's mailings that go out by days since a beginning, haven't
// ended and are in no series, by name.
func (s *Store) Loose(ctx context.Context, of Series) ([]mailings.Mailing, error) {
	found := []mailings.Mailing{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT m.id, m.label_id, m.name, m.kind, m.state
		  FROM mailings m
		  LEFT JOIN revisions r ON r.id = m.revision_id
		  LEFT JOIN working_copies w ON w.mailing_id = m.id
		 WHERE m.label_id = $1 AND m.state NOT IN ('done', 'cancelled')
		   AND coalesce(w.brief -> 'schedule', r.schedule) @> jsonb_build_object('kind', 'series', 'step', jsonb_build_object('after', $2::text))
		   AND NOT EXISTS (SELECT FROM series_steps t WHERE t.mailing_id = m.id)
		 ORDER BY lower(m.name), m.id
		 LIMIT 100`, of.LabelID, of.After)
	return found, postgres.Fault(err, "thing.mailings")
}

// Add makes a mailing of the label a step of the series. Returns a conflict if it
// is one of a series already.
func (s *Store) Add(ctx context.Context, id ID, mailing mailings.ID) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error { return add(ctx, tx, id, mailing) })
}

func add(ctx context.Context, tx *sqlx.Tx, id ID, mailing mailings.ID) error {
	added, err := tx.ExecContext(ctx, `
		INSERT INTO series_steps (mailing_id, series_id) VALUES ($1, $2) ON CONFLICT (mailing_id) DO NOTHING`, mailing, id)
	if err != nil {
		return postgres.Fault(err, "thing.mailing", "id", mailing)
	}
	if n, err := added.RowsAffected(); err != nil || n == 0 {
		return fault.New(fault.Conflict, "mailings.series_step_taken")
	}
	return nil
}

// Begin makes a new mailing at the workbench that is a step of the series: both, or
// neither.
func (s *Store) Begin(
	ctx context.Context, id ID, work *mailings.Workbench, m mailings.Mailing, start mailings.Brief, by accounts.UserID,
) (made mailings.Mailing, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if made, err = work.BeginIn(ctx, tx, m, start, by); err != nil {
			return err
		}
		return add(ctx, tx, id, made.ID)
	})
	return made, err
}

// Leave takes a mailing out of the series; it stays a mailing. Not found, if it is
// no step of it. Returns a conflict if it may not leave while the series is paused.
func (s *Store) Leave(ctx context.Context, id ID, mailing mailings.ID) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		of, err := s.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		var state mailings.State
		if err := tx.GetContext(ctx, &state, `
			SELECT m.state FROM series_steps t JOIN mailings m ON m.id = t.mailing_id WHERE t.series_id = $1 AND t.mailing_id = $2`,
			id, mailing); err != nil {
			return postgres.Fault(err, "thing.mailing", "id", mailing)
		}
		if err := of.MayLose(state); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM series_steps WHERE series_id = $1 AND mailing_id = $2`, id, mailing)
		return postgres.Fault(err, "thing.series", "id", id)
	})
}

// Paused reports whether the series of a mailing is paused.
func (s *Store) Paused(ctx context.Context, id mailings.ID) (paused bool, err error) {
	err = s.db.GetContext(ctx, &paused, `
		SELECT EXISTS (SELECT FROM series_steps t JOIN series s ON s.id = t.series_id
		                WHERE t.mailing_id = $1 AND s.paused_at IS NOT NULL)`, id)
	return paused, postgres.Fault(err, "thing.mailing", "id", id)
}
