package members

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// MostPause is for how many days a member may pause at most.
const MostPause = 366

// CheckPause returns an invalid fault of the field until unless a pause may end
// on the day: after today, and within a year.
func CheckPause(until, today civil.Date) error {
	if until.Compare(today) <= 0 || until.Compare(today.AddDays(MostPause)) > 0 {
		return fault.At("until", "members.pause_range")
	}
	return nil
}

// PauseFor returns the day on which a pause of so many months from today ends: the
// same day of that month, or its last where it has no such day.
func PauseFor(today civil.Date, months int) civil.Date {
	first := time.Date(today.Year, today.Month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return civil.Date{Year: first.Year(), Month: first.Month(), Day: min(today.Day, last)}
}

// Pauses lets members have no mail for a while.
type Pauses struct{ members *Store }

// NewPauses returns the store of pauses.
func NewPauses(members *Store) *Pauses { return &Pauses{members} }

// Pause keeps mail of the label from the member until a day, by the label's clock,
// on which it comes again by itself. What is queued is taken out in the same
// transaction. Returns an invalid fault of the field until for a day that CheckPause
// refuses, and not found for who is no member of the label.
func (s *Pauses) Pause(ctx context.Context, id ID, label labels.ID, until civil.Date) error {
	return s.set(ctx, id, label, &until)
}

// Resume ends a pause now. To resume without a pause changes nothing.
func (s *Pauses) Resume(ctx context.Context, id ID, label labels.ID) error {
	return s.set(ctx, id, label, nil)
}

func (s *Pauses) set(ctx context.Context, id ID, label labels.ID, until *civil.Date) error {
	return postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
		var name string
		if err := tx.GetContext(ctx, &name, `SELECT time_zone FROM labels WHERE id = $1`, label); err != nil {
			return postgres.Fault(err, "thing.label", "id", label)
		}
		zone, err := time.LoadLocation(name)
		if err != nil {
			return err
		}
		now := s.members.clock.Now()
		if until != nil {
			if err := CheckPause(*until, civil.DateOf(now.In(zone))); err != nil {
				return err
			}
		}
		// From the membership, so that a stale link leaves no row of nobody.
		done, err := tx.ExecContext(ctx, `
		INSERT INTO preferences (member_id, label_id, paused_until, updated_at)
		SELECT member_id, label_id, $3, $4 FROM memberships WHERE label_id = $1 AND member_id = $2 FOR KEY SHARE
		ON CONFLICT (member_id, label_id)
		DO UPDATE SET paused_until = excluded.paused_until, updated_at = excluded.updated_at`, label, id, until, now)
		if err != nil {
			return postgres.Fault(err, "thing.preferences_of_member", "member", id)
		}
		if n, _ := done.RowsAffected(); n == 0 {
			return fault.New(fault.NotFound, "members.not_a_member", "id", id)
		}
		act := "preferences.pause"
		if until == nil {
			act = "preferences.resume"
		}
		return note(ctx, tx, act, id, label)
	})
}
