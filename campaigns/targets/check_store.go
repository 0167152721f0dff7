package targets

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/links"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
)

// claim is a target that is this process's to check, in a turn of its host.
type claim struct {
	Target
	Host string `db:"host"`
	Turn int64  `db:"turn"`
}

// live says that something has a target t.
const live = `EXISTS (SELECT FROM live_target_uses u WHERE u.target_id = t.id)`

// claimDue takes a host of which a target is due and that nobody asks, for the time
// of a lease, with that target; false if there is none.
func (w *Watch) claimDue(ctx context.Context) (claim, bool, error) {
	now := w.clock.Now()
	return w.claim(ctx, `
		WITH free AS (
		  SELECT h.host FROM live_hosts h
		   WHERE h.next_at <= $1 AND (h.leased_until IS NULL OR h.leased_until <= $1)
		     AND EXISTS (SELECT FROM live_targets t WHERE t.host = h.host AND NOT t.barred AND t.due_at <= $1 AND `+live+`)
		   ORDER BY h.next_at, h.host LIMIT 1 FOR UPDATE SKIP LOCKED),
		taken AS (UPDATE live_hosts h SET leased_until = $2, turn = turn + 1 FROM free WHERE h.host = free.host RETURNING h.host, h.turn)
		SELECT `+columns+`, taken.host, taken.turn
		  FROM taken CROSS JOIN LATERAL (SELECT * FROM live_targets t
		         WHERE t.host = taken.host AND NOT t.barred AND t.due_at <= $1 AND `+live+` ORDER BY t.due_at, t.id LIMIT 1) t`,
		now, now.Add(lease))
}

// claimNow takes the host of a target, if nobody asks it.
func (w *Watch) claimNow(ctx context.Context, id ID) (claim, bool, error) {
	now := w.clock.Now()
	return w.claim(ctx, `
		WITH taken AS (
		  UPDATE live_hosts h SET leased_until = $2, turn = turn + 1 FROM live_targets t
		   WHERE t.id = $3 AND h.host = t.host AND (h.leased_until IS NULL OR h.leased_until <= $1) RETURNING h.host, h.turn)
		SELECT `+columns+`, taken.host, taken.turn FROM taken, live_targets t WHERE t.id = $3`, now, now.Add(lease), id)
}

func (w *Watch) claim(ctx context.Context, query string, args ...any) (c claim, is bool, err error) {
	err = postgres.InTx(ctx, w.db, func(tx *sqlx.Tx) error {
		err := tx.GetContext(ctx, &c, query, args...)
		is = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return postgres.Fault(err, "thing.targets")
	})
	return c, is, err
}

// keep writes down what a check found and gives its host back. Who took longer than
// the lease, so that another has the host, writes nothing.
func (w *Watch) keep(ctx context.Context, c claim, checked links.Checked, hops []links.Hop) error {
	now := w.clock.Now()
	return postgres.InTx(ctx, w.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE live_hosts SET leased_until = NULL, next_at = $3 WHERE host = $1 AND turn = $2`,
			c.Host, c.Turn, now.Add(apart+drawn(further)))
		if err != nil {
			return postgres.Fault(err, "thing.target", "id", c.ID)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		var was Target
		if err := tx.GetContext(ctx, &was, `SELECT `+columns+` FROM live_targets t WHERE t.id = $1 FOR UPDATE`, c.ID); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return nil // nothing has it any more
			}
			return postgres.Fault(err, "thing.target", "id", c.ID)
		}
		sites, err := sitesOf(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		is := was
		is.State, is.Found, is.Home = was.judge(checked, sites)
		is.Final, is.CheckedAt, is.Chain = checked.Final, &now, hops
		switch {
		case is.State != Broken:
			is.BrokenSince = nil
		case was.BrokenSince == nil:
			is.BrokenSince = &now
		}
		if err := save(ctx, tx, &is, due(c.ID, checked.Found, now, drawn(earlier))); err != nil {
			return err
		}
		if is.State == Broken && was.State != Broken {
			return w.tell(ctx, tx, &is)
		}
		return nil
	})
}

// sitesOf returns the sites that people say are those of the advertisers whose
// campaigns have a target.
func sitesOf(ctx context.Context, tx *sqlx.Tx, id ID) (sites []string, err error) {
	err = tx.SelectContext(ctx, &sites, `
		SELECT DISTINCT s.site FROM live_target_uses u JOIN campaigns c ON c.id = u.campaign_id
		  JOIN advertiser_sites s ON s.advertiser_id = c.advertiser_id
		 WHERE u.target_id = $1 ORDER BY s.site`, id)
	return sites, postgres.Fault(err, "thing.target", "id", id)
}

// save keeps how a target stands, and how it did on this day: what broke on it did,
// whatever a later check finds.
func save(ctx context.Context, tx *sqlx.Tx, t *Target, next time.Time) error {
	if _, err := tx.ExecContext(ctx, `
		UPDATE live_targets SET state = $2, found = $3, chain = $4, final_url = $5, home = $6, checked_at = $7, broken_since = $8, due_at = $9
		 WHERE id = $1`, t.ID, t.State, t.Found, t.Chain, t.Final, t.Home, t.CheckedAt, t.BrokenSince, next); err != nil {
		return postgres.Fault(err, "thing.target", "id", t.ID)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO live_target_days AS d (target_id, day, checked_at, state, broke, found, final_url)
		VALUES ($1, ($2::timestamptz AT TIME ZONE 'UTC')::date, $2, $3::text, $3 = 'broken', $4, $5)
		ON CONFLICT (target_id, day) DO UPDATE
		   SET checked_at = excluded.checked_at, checked_by = excluded.checked_by, state = excluded.state,
		       broke = d.broke OR excluded.broke, found = excluded.found, final_url = excluded.final_url`,
		t.ID, t.CheckedAt, t.State, t.Found, t.Final)
	return postgres.Fault(err, "thing.target", "id", t.ID)
}

// told is somebody who is told of a target that broke, for a campaign or for
// themselves.
type told struct {
	User     accounts.UserID `db:"user_id"`
	Person   string          `db:"person"`
	Email    string          `db:"email"`
	Locale   string          `db:"locale"`
	Label    labels.ID       `db:"label_id"`
	Campaign string          `db:"campaign"` // '': a link of the label's own
}

// tell mails whose the target is that it broke: once, until it works again.
func (w *Watch) tell(ctx context.Context, tx *sqlx.Tx, t *Target) error {
	var all []told
	if err := tx.SelectContext(ctx, &all, `
		SELECT DISTINCT ON (u.id) u.id AS user_id, u.name AS person, u.email, u.locale, o.label_id, o.campaign
		  FROM (`+owned+`) o JOIN users u ON u.id = o.user_id
		 WHERE o.target_id = $1 ORDER BY u.id, o.campaign DESC`, t.ID); err != nil {
		return postgres.Fault(err, "thing.target", "id", t.ID)
	}
	for _, o := range all {
		label, say := int(o.Label), words.In(o.Locale)
		whose := o.Campaign
		if whose == "" {
			whose = say.T("target_letter.own")
		}
		if err := w.Notices.Queue(ctx, tx, notices.Notice{
			Key:     fmt.Sprintf("target:%d:%d:user:%d", t.ID, t.BrokenSince.UnixMicro(), o.User),
			LabelID: &label, Recipient: o.Email,
			Letter: notices.Write(o.Locale, "target_letter.broke", "name", o.Person, "campaign", whose, "link", t.URL, "found", t.Found,
				"url", fmt.Sprintf("%s/links/%d", w.DeskURL, t.ID)),
		}); err != nil {
			return err
		}
	}
	return nil
}
