package alarms

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/delivery/shaping"
	"keur/internal/fault"
	"keur/internal/postgres"
)

// LimitsOf returns the limits that hold for a provider, and what an admin set of it;
// nil: nothing.
func (s *Store) LimitsOf(ctx context.Context, provider string) (Limits, *Own, error) {
	all, err := owns(ctx, s.db)
	held := table{}
	var own *Own
	for i := range all {
		held[all[i].Provider] = all[i].Limits
		if all[i].Provider == provider {
			own = &all[i]
		}
	}
	return held.of(provider), own, err
}

// SetLimits has limits hold for a provider, or as Default for all that have none.
func (s *Store) SetLimits(ctx context.Context, l Limits) error {
	if !shaping.IsName(l.Provider) {
		return fault.At("provider", "shaping.name_form")
	}
	if err := l.Validate(); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM mail_alarm_limits WHERE provider = $1`, l.Provider); err != nil {
			return postgres.Fault(err, "thing.mail_alarm_limits")
		}
		_, err := tx.NamedExecContext(ctx, `
			INSERT INTO mail_alarm_limits (provider, at_least, complaints_warning, complaints_alarm, hard_warning, hard_alarm)
			VALUES (:provider, :at_least, :complaints_warning, :complaints_alarm, :hard_warning, :hard_alarm)`, l)
		return postgres.Fault(err, "thing.mail_alarm_limits")
	})
}

// RestoreLimits takes back what an admin set of a provider.
func (s *Store) RestoreLimits(ctx context.Context, provider string) error {
	done, err := postgres.Exec(ctx, s.db, `DELETE FROM mail_alarm_limits WHERE provider = $1`, provider)
	if err != nil {
		return postgres.Fault(err, "thing.mail_alarm_limits")
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.NotFound, "shaping.no_own")
}

func limits(ctx context.Context, q sqlx.QueryerContext) (table, error) {
	all, err := owns(ctx, q)
	held := table{}
	for _, o := range all {
		held[o.Provider] = o.Limits
	}
	return held, err
}

func owns(ctx context.Context, q sqlx.QueryerContext) ([]Own, error) {
	var all []Own
	err := sqlx.SelectContext(ctx, q, &all, `
		SELECT provider, at_least, complaints_warning, complaints_alarm, hard_warning, hard_alarm, changed_by, changed_at
		  FROM mail_alarm_limits ORDER BY provider`)
	return all, postgres.Fault(err, "thing.mail_alarm_limits")
}
