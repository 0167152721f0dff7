package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

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
	within++ // the one that is to come
	if s.expect.enough(provider, within, now) {
		return nil, nil
	}
	usual, err := s.usualAt(ctx, tx, provider, now)
	if err != nil {
		return nil, err
	}
	mails, err := mailed(ctx, tx, now.Add(-surgeWindow).Truncate(time.Hour)) // counts are by the hour; the whole of the one it began in
	if err != nil {
		return nil, err
	}
	delivered := mails[provider]
	most := mostExpected(delivered, usual)
	s.expect.note(provider, most, now)
	if within <= most {
		return nil, nil
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

// usualAt returns the share of mails to the provider that usually leads to a
// suppression.
func (s *Store) usualAt(ctx context.Context, tx *sqlx.Tx, provider string, now time.Time) (float64, error) {
	if share, current := s.expect.share(provider, now); current {
		return share, nil
	}
	from, hour := now.Add(-usualPeriod), now.Add(-surgeWindow).Truncate(time.Hour)
	all, err := mailed(ctx, tx, from)
	if err != nil {
		return 0, err
	}
	lately, err := mailed(ctx, tx, hour)
	if err != nil {
		return 0, err
	}
	var rows []struct {
		Provider string `db:"provider"`
		N        int    `db:"n"`
	}
	if err := tx.SelectContext(ctx, &rows, `
		SELECT provider, count(*) AS n FROM suppressions
		 WHERE reason IN ('hard_bounce', 'soft_bounces') AND at BETWEEN $1 AND $2 GROUP BY 1`, from, hour); err != nil {
		return 0, postgres.Fault(err, "thing.suppressions")
	}
	suppressed := map[string]int{}
	for _, r := range rows {
		suppressed[r.Provider] = r.N
	}
	shares := map[string]float64{}
	for of, n := range all {
		shares[of] = usualShare(suppressed[of], n-lately[of])
	}
	s.expect.keep(shares, now)
	share, _ := s.expect.share(provider, now)
	return share, nil
}

// mailed returns how many mails went to each provider since the beginning of an
// hour: from the counts, which sends have that began within their last days
// before it or later, and from the ledger where a batch isn't counted yet.
func mailed(ctx context.Context, tx *sqlx.Tx, since time.Time) (map[string]int, error) {
	var rows []struct {
		Domain string `db:"domain"`
		N      int    `db:"n"`
	}
	if err := tx.SelectContext(ctx, &rows, `
		SELECT domain, sum(n) AS n FROM (
		  SELECT domain, n FROM outcomes
		   WHERE send_id = ANY (ARRAY(SELECT id FROM sends WHERE slot_at >= $2)) AND hour >= $1 AND measure IN ('sent', 'bounced')
		  UNION ALL
		  SELECT m.domain, 1
		    FROM sends s
		    JOIN delivery_batches b ON b.send_id = s.id AND b.state <> 'done' AND b.fence > 0
		    JOIN deliveries d ON d.send_month = b.send_month AND d.send_id = b.send_id
		     AND d.member_id BETWEEN b.first_member AND b.last_member AND d.part = b.part
		    JOIN members m ON m.id = d.member_id
		   WHERE s.state = 'sending' AND d.state IN ('sent', 'bounced') AND d.changed_at >= $1) x
		 WHERE domain <> '' GROUP BY 1`, since, since.Add(-longestSend)); err != nil {
		return nil, postgres.Fault(err, "thing.mail_events")
	}
	mails := map[string]int{}
	for _, r := range rows {
		mails[Provider(r.Domain)] += r.N
	}
	return mails, nil
}

// longestSend is how long after its slot mail of a send may still leave: a
// member's own time zone, a slow pace and retries included.
const longestSend = 14 * 24 * time.Hour
