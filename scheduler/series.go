package scheduler

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/authors"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/series"
)

// SeriesControl is by what people pause, resume and end whole series.
type SeriesControl struct {
	db       *sqlx.DB
	clock    clock.Clock
	mailings *mailings.Store
	sends    *mailings.Sends
	series   *series.Store
}

// Pause stops all of a series: its sends that are under way are paused, and of
// those whose slot comes before it goes on each is called off, so that members
// whose day that was don't get that step.
func (c *SeriesControl) Pause(ctx context.Context, id series.ID, by accounts.UserID) (series.Series, error) {
	var found series.Series
	err := postgres.InTx(ctx, c.db, func(tx *sqlx.Tx) (err error) {
		if found, err = c.series.Pause(ctx, tx, id); err != nil {
			return err
		}
		return c.each(ctx, tx, id, mailings.Sending, time.Time{}, func(send mailings.SendID) error {
			_, err := c.sends.UpdateIn(ctx, tx, send, func(m *mailings.Send) error { return m.Pause(by, c.clock.Now()) })
			return err
		})
	})
	return found, err
}

// Resume lets a series go on from the pause of the moment seen, with the sends
// that were paused with it, under the same rules as each: what another one paused
// isn't resumed by those who made a step that goes out.
func (c *SeriesControl) Resume(ctx context.Context, id series.ID, seen time.Time, by accounts.UserID) (series.Series, error) {
	was, err := c.series.Get(ctx, id)
	if err != nil {
		return was, err
	}
	made, err := c.made(ctx, was)
	if err != nil {
		return was, err
	}
	var found series.Series
	err = postgres.InTx(ctx, c.db, func(tx *sqlx.Tx) error {
		was, err := c.series.Lock(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case was.PausedAt == nil:
			return fault.New(fault.Conflict, "mailings.series_not_paused")
		case !seen.Equal(*was.PausedAt):
			return fault.New(fault.Conflict, "mailings.paused_anew")
		}
		for _, of := range made {
			of.PausedBy = accounts.UserID(*was.PausedBy)
			if err := of.May(authors.Resume, by); err != nil {
				return err
			}
		}
		for revision := range made {
			if err := authors.DemandProof(ctx, tx, int64(revision)); err != nil {
				return err
			}
		}
		if found, err = c.series.Resume(ctx, tx, id); err != nil {
			return err
		}
		return c.each(ctx, tx, id, mailings.Paused, seen, func(send mailings.SendID) error {
			after, err := c.sends.UpdateIn(ctx, tx, send, func(m *mailings.Send) error {
				of, known := made[m.RevisionID]
				if !known {
					return fault.New(fault.Conflict, "mailings.paused_anew")
				}
				return m.Resume(by, of, *m.PausedAt, c.clock.Now())
			})
			if err != nil {
				return err
			}
			return answersFor(ctx, tx, after.RevisionID)
		})
	})
	return found, err
}

// made returns who made what goes out of a series, by its revision.
func (c *SeriesControl) made(ctx context.Context, of series.Series) (map[mailings.RevisionID]authors.People, error) {
	steps, err := c.series.Steps(ctx, of)
	made := map[mailings.RevisionID]authors.People{}
	for _, step := range steps {
		if err == nil && (step.State == mailings.InReview || step.State == mailings.Approved || step.State == mailings.Scheduled) {
			made[step.Revision], err = c.mailings.Made(ctx, step.Revision)
		}
	}
	return made, err
}

// End ends a series and gives up each of its mailings that hasn't ended. Returns a
// conflict while a send of it is under way: that is called off first.
func (c *SeriesControl) End(ctx context.Context, id series.ID) (series.Series, error) {
	var found series.Series
	err := postgres.InTx(ctx, c.db, func(tx *sqlx.Tx) (err error) {
		if found, err = c.series.End(ctx, tx, id); err != nil {
			return err
		}
		steps, err := c.series.StepsIn(ctx, tx, found)
		if err != nil {
			return err
		}
		for _, step := range steps {
			if step.State == mailings.Done || step.State == mailings.Cancelled {
				continue
			}
			if _, err := c.mailings.UpdateIn(ctx, tx, step.Mailing, func(m *mailings.Mailing) error {
				return m.MoveTo(mailings.Cancelled)
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// each does something with each send of the series in a state; of paused ones with
// those that were paused at a moment or later.
func (c *SeriesControl) each(
	ctx context.Context, tx *sqlx.Tx, id series.ID, state mailings.SendState, from time.Time, do func(mailings.SendID) error,
) error {
	var sends []mailings.SendID
	if err := tx.SelectContext(ctx, &sends, `
		SELECT s.id FROM series_steps t JOIN sends s ON s.mailing_id = t.mailing_id
		 WHERE t.series_id = $1 AND s.state = $2 AND ($3::timestamptz IS NULL OR s.paused_at >= $3)
		 ORDER BY s.id`, id, state, postgres.Moment(from)); err != nil {
		return postgres.Fault(err, "thing.sends")
	}
	for _, send := range sends {
		if err := do(send); err != nil {
			return err
		}
	}
	return nil
}
