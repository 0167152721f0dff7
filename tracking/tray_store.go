package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/members"
)

// Trays are the surges of suppressions by providers.
type Trays struct {
	db      *sqlx.DB
	members *members.Store
}

// NewTrays returns the trays in db.
func NewTrays(db *sqlx.DB, members *members.Store) *Trays { return &Trays{db, members} }

// traySQL is a tray with how many wait in it.
const traySQL = `
	SELECT t.id, t.provider, t.state, t.opened_at, t.suppressed, t.delivered, t.usual, t.decided_by, t.decided_at,
	       coalesce(t.members, (SELECT count(*) FROM suppressions s WHERE s.tray_id = t.id)) AS members,
	       coalesce((SELECT s.said FROM suppressions s WHERE s.tray_id = t.id ORDER BY s.at, s.member_id LIMIT 1), '') AS said
	  FROM bounce_trays t`

// List returns the trays, those that wait first, then the newest.
func (t *Trays) List(ctx context.Context) ([]Tray, error) {
	list := []Tray{}
	err := t.db.SelectContext(ctx, &list, traySQL+` ORDER BY t.state <> 'open', t.id DESC LIMIT 200`)
	return list, postgres.Fault(err, "thing.bounce_trays")
}

// Decide ends a tray for all who wait in it: their addresses are gone, or it was
// a mistake and they get mail again. Seen is the number that was shown; if
// others came by now nothing is done. Takes a person.
func (t *Trays) Decide(ctx context.Context, id TrayID, state TrayState, seen int) error {
	if !TrayTransitions().Allows(TrayOpen, state) {
		return fault.At("state", "tracking.tray_state")
	}
	return postgres.InTx(ctx, t.db, func(tx *sqlx.Tx) error {
		var had TrayState
		if err := tx.GetContext(ctx, &had, `SELECT state FROM bounce_trays WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.bounce_tray", "id", id)
		}
		if had != TrayOpen {
			return fault.New(fault.Conflict, "tracking.tray_decided")
		}
		var waiting int
		if err := tx.GetContext(ctx, &waiting, `SELECT count(*) FROM suppressions WHERE tray_id = $1`, id); err != nil {
			return postgres.Fault(err, "thing.bounce_tray", "id", id)
		}
		if waiting != seen {
			return fault.New(fault.Conflict, "tracking.tray_changed", "seen", seen, "now", waiting)
		}
		// The row first: by it the base lets what waits take effect.
		if _, err := tx.ExecContext(ctx, `
			UPDATE bounce_trays SET state = $2, decided_by = '', decided_at = now(), members = $3 WHERE id = $1`, id, state, waiting); err != nil {
			return postgres.Fault(err, "thing.bounce_tray", "id", id)
		}
		_, err := members.NewRefusals(t.members).Settle(ctx, tx, int64(id), state == TrayConfirmed)
		return err
	})
}

// trayFor returns the tray in which a suppression by the provider has to wait,
// and nil where it may take effect. It opens one when they become too many.
func (s *Store) trayFor(ctx context.Context, tx *sqlx.Tx, provider string) (*int64, error) {
	open, err := openTray(ctx, tx, provider)
	if open != nil || err != nil {
		return open, err
	}
	now := s.clock.Now()
	var within int
	if err := tx.GetContext(ctx, &within, `
		SELECT count(*) FROM suppressions
		 WHERE provider = $1 AND at > $2 AND reason IN ('hard_bounce', 'soft_bounces')`, provider, now.Add(-surgeWindow)); err != nil {
		return nil, postgres.Fault(err, "thing.suppressions")
	}
	if within++; within <= surgeAtLeast { // with the one that is to come
		return nil, nil
	}
	delivered, usual, err := s.usual(ctx, tx, provider, now)
	if err != nil || !surge(within, delivered, usual) {
		return nil, err
	}
	// Two workers may find it at once; the second waits for the first.
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO bounce_trays (provider, opened_at, suppressed, delivered, usual) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (provider) WHERE state = 'open' DO NOTHING`, provider, now, within-1, delivered, usual); err != nil {
		return nil, postgres.Fault(err, "thing.bounce_trays")
	}
	return openTray(ctx, tx, provider)
}

// openTray returns the provider's open tray, held until the transaction ends so
// that nobody decides on it meanwhile.
func openTray(ctx context.Context, tx *sqlx.Tx, provider string) (*int64, error) {
	var id int64
	err := tx.GetContext(ctx, &id, `SELECT id FROM bounce_trays WHERE provider = $1 AND state = 'open' FOR KEY SHARE`, provider)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &id, postgres.Fault(err, "thing.bounce_trays")
}

// usual returns how many mails went to the provider within the window, and the
// share of them that usually leads to a suppression.
func (s *Store) usual(ctx context.Context, tx *sqlx.Tx, provider string, now time.Time) (delivered int, usual float64, err error) {
	hour := now.Add(-surgeWindow).Truncate(time.Hour) // counts are by the hour; the whole of the one it began in
	var domains pq.StringArray
	if err := tx.SelectContext(ctx, &domains, `
		SELECT DISTINCT domain FROM outcomes WHERE hour >= $1 AND measure IN ('sent', 'bounced') AND domain <> ''`,
		now.Add(-usualPeriod)); err != nil {
		return 0, 0, postgres.Fault(err, "thing.mail_events")
	}
	var its pq.StringArray
	for _, domain := range domains {
		if Provider(domain) == provider {
			its = append(its, domain)
		}
	}
	var of struct{ Now, Before, Suppressed int }
	if err := tx.GetContext(ctx, &of, `
		SELECT coalesce(sum(n) FILTER (WHERE hour >= $2), 0) AS now, coalesce(sum(n) FILTER (WHERE hour < $2), 0) AS before,
		       (SELECT count(*) FROM suppressions WHERE provider = $4 AND reason IN ('hard_bounce', 'soft_bounces')
		           AND at BETWEEN $1 AND $2) AS suppressed
		  FROM outcomes WHERE hour >= $1 AND measure IN ('sent', 'bounced') AND domain = ANY ($3)`,
		now.Add(-usualPeriod), hour, its, provider); err != nil {
		return 0, 0, postgres.Fault(err, "thing.mail_events")
	}
	return of.Now, usualShare(of.Suppressed, of.Before), nil
}
