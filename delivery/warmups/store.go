package warmups

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
)

// Store keeps plans, and how many mails left on which day.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns a store over db.
func NewStore(db *sqlx.DB, clock clock.Clock) *Store { return &Store{db, clock} }

type planRow struct {
	Domain    string        `db:"domain"`
	Days      pq.Int64Array `db:"days"`
	ChangedBy string        `db:"changed_by"`
	ChangedAt time.Time     `db:"changed_at"`
}

func (r planRow) plan() Plan {
	p := Plan{Domain: r.Domain, ChangedBy: r.ChangedBy, ChangedAt: r.ChangedAt}
	for _, n := range r.Days {
		p.Days = append(p.Days, int(n))
	}
	return p
}

// Set has a domain be warmed up by a plan, in place of the one before. What left on
// earlier days counts, so that a domain that has mailed goes on and doesn't begin anew.
func (s *Store) Set(ctx context.Context, p Plan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM warmups WHERE domain = $1`, p.Domain); err != nil {
			return postgres.Fault(err, "thing.warmups")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO warmups (domain, days) VALUES ($1, $2)`, p.Domain, pq.Array(p.Days))
		return postgres.Fault(err, "thing.warmups")
	})
}

// End takes a domain's plan away: its mail leaves as if it had none.
func (s *Store) End(ctx context.Context, domain string) error {
	done, err := postgres.Exec(ctx, s.db, `DELETE FROM warmups WHERE domain = $1`, domain)
	if err != nil {
		return postgres.Fault(err, "thing.warmups")
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.NotFound, "warmups.no_plan", "domain", domain)
}

// List returns where all domains that have a plan stand today.
func (s *Store) List(ctx context.Context) ([]Standing, error) {
	var rows []planRow
	if err := s.db.SelectContext(ctx, &rows, `SELECT domain, days, changed_by, changed_at FROM warmups ORDER BY domain`); err != nil {
		return nil, postgres.Fault(err, "thing.warmups")
	}
	all := make([]Standing, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = standing(ctx, s.db, row, dayOf(s.clock.Now())); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Standing returns where a domain will stand on the day of a moment, if it mails on
// no day before; false: it has no plan.
func (s *Store) Standing(ctx context.Context, domain string, at time.Time) (Standing, bool, error) {
	return find(ctx, s.db, domain, dayOf(at))
}

func find(ctx context.Context, q sqlx.QueryerContext, domain string, day time.Time) (Standing, bool, error) {
	var row planRow
	err := sqlx.GetContext(ctx, q, &row, `SELECT domain, days, changed_by, changed_at FROM warmups WHERE domain = $1`, domain)
	if errors.Is(err, sql.ErrNoRows) {
		return Standing{}, false, nil
	}
	if err != nil {
		return Standing{}, false, postgres.Fault(err, "thing.warmups")
	}
	at, err := standing(ctx, q, row, day)
	return at, err == nil, err
}

// standing finds which day of its plan a domain has.
func standing(ctx context.Context, q sqlx.QueryerContext, row planRow, day time.Time) (Standing, error) {
	at := Standing{Plan: row.plan(), Day: day}
	var last struct {
		Day  time.Time `db:"day"`
		Step int       `db:"step"`
	}
	err := sqlx.GetContext(ctx, q, &last, `
		SELECT day, step FROM warmup_days WHERE domain = $1 AND day < $2 AND sent > 0 ORDER BY day DESC LIMIT 1`, row.Domain, day)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return at, postgres.Fault(err, "thing.warmups")
	}
	at.Step = stepAfter(last.Day, last.Step, day)
	err = sqlx.GetContext(ctx, q, &at.Sent, `SELECT coalesce(sum(sent), 0) FROM warmup_days WHERE domain = $1 AND day = $2`, row.Domain, day)
	return at, postgres.Fault(err, "thing.warmups")
}

// Taken is what a batch may send of its mails.
type Taken struct {
	Mails  int
	Day    time.Time // of which they are counted; zero: the domain has no plan
	Resume time.Time // when the others go on
}

// Take takes so many mails of a slot, or as many as may leave from the domain today,
// and counts them. A process that dies with mails that it took leaves them counted:
// a domain may send fewer mails than its plan says, and never more.
func (s *Store) Take(ctx context.Context, domain string, mails int, slot time.Time) (taken Taken, err error) {
	now := s.clock.Now()
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		at, planned, err := find(ctx, tx, domain, dayOf(now))
		if taken = (Taken{Mails: mails}); err != nil || !planned {
			return err
		}
		// The row is locked from here on, so that all processes count one after the other.
		if err := tx.GetContext(ctx, &at.Sent, `
			INSERT INTO warmup_days AS d (domain, day, step, most, sent) VALUES ($1, $2, $3, nullif($4, 0), 0)
			    ON CONFLICT (domain, day) DO UPDATE SET most = excluded.most RETURNING sent`, domain, at.Day, at.Step, at.Most()); err != nil {
			return err
		}
		if !at.Through() {
			taken.Mails = min(mails, max(0, at.Most()-at.Sent))
		}
		taken.Day, taken.Resume = at.Day, next(now, slot)
		_, err = tx.ExecContext(ctx, `UPDATE warmup_days SET sent = sent + $3 WHERE domain = $1 AND day = $2`, domain, at.Day, taken.Mails)
		return err
	})
	return taken, postgres.Fault(err, "thing.warmups")
}

// GiveBack takes out of the count mails that were taken and that no server was offered.
func (s *Store) GiveBack(ctx context.Context, domain string, day time.Time, mails int) error {
	_, err := postgres.Exec(ctx, s.db, `
		UPDATE warmup_days SET sent = greatest(0, sent - $3) WHERE domain = $1 AND day = $2`, domain, day, mails)
	return postgres.Fault(err, "thing.warmups")
}

// Day is how many mails left from a domain on a day of its plan.
type Day struct {
	Day  time.Time `db:"day" json:"day" doc:"In UTC"`
	Most *int      `db:"most" json:"most" doc:"As the plan has it; null: it had no say"`
	Sent int       `db:"sent" json:"sent"`
}

// Days returns the last days on which mail left from a domain with a plan, the oldest
// first.
func (s *Store) Days(ctx context.Context, domain string) ([]Day, error) {
	found := []Day{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT * FROM (SELECT day, most, sent FROM warmup_days WHERE domain = $1 AND sent > 0 ORDER BY day DESC LIMIT $2) d ORDER BY day`,
		domain, mostDays)
	return found, postgres.Fault(err, "thing.warmups")
}
