package alarms

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/mailings"
	"keur/tracking"
	"keur/tracking/bounces"
)

// sends returns the sends of slots since whose mail began to leave, which of them
// are held, and learns of what domain each sends.
func (w *Watch) sends(ctx context.Context, since time.Time) (all []mailings.SendID, held map[mailings.SendID]bool, err error) {
	if w.domains == nil {
		w.domains = map[mailings.SendID]string{}
	}
	known := []int64{}
	for id := range w.domains {
		known = append(known, int64(id))
	}
	var rows []struct {
		ID     mailings.SendID `db:"id"`
		Held   bool            `db:"held"`
		Domain *string         `db:"domain"` // null: it is known
	}
	// What a revision says is read once a send: it is some ten thousand characters.
	if err := w.DB.SelectContext(ctx, &rows, `
		SELECT s.id, s.state = 'held' AS held, CASE WHEN s.id <> ALL ($2) THEN
		         (SELECT lower(coalesce(substring(convert_from(r.content, 'UTF8')::jsonb #>> '{sender,address}' FROM '[^@]*$'), ''))
		            FROM revisions r WHERE r.id = s.revision_id) END AS domain
		  FROM sends s
		 WHERE s.slot_at >= $1 AND s.started_at IS NOT NULL ORDER BY s.id`, since, pq.Int64Array(known)); err != nil {
		return nil, nil, postgres.Fault(err, "thing.sends")
	}
	kept := map[mailings.SendID]string{}
	held = map[mailings.SendID]bool{}
	for _, r := range rows {
		all, kept[r.ID] = append(all, r.ID), w.domains[r.ID]
		if r.Held {
			held[r.ID] = true
		}
		if r.Domain != nil {
			kept[r.ID] = *r.Domain
		}
	}
	w.domains = kept
	return all, held, nil
}

// Measures of what is watched.
var (
	hard     = []string{"refused_" + string(bounces.Hard), string(tracking.BouncePrefix) + string(bounces.Hard)}
	events   = append([]string{string(tracking.Complained)}, hard...)
	measured = append([]string{"sent", "bounced"}, events...)
)

// counts returns what came of sends since the beginning of an hour: from the
// counts, and the mails of batches that aren't counted yet from the ledger, since
// what comes back of them is counted at once.
func (w *Watch) counts(ctx context.Context, sends []mailings.SendID, since time.Time) (found []counted, err error) {
	if len(sends) == 0 {
		return nil, nil
	}
	err = w.DB.SelectContext(ctx, &found, `
		SELECT send_id, domain, coalesce(sum(n) FILTER (WHERE measure = 'sent'), 0) AS sent,
		       coalesce(sum(n) FILTER (WHERE measure = 'bounced'), 0) AS refused,
		       coalesce(sum(n) FILTER (WHERE measure = ANY ($4)), 0) AS hard,
		       coalesce(sum(n) FILTER (WHERE measure = $5), 0) AS complaints
		  FROM (SELECT send_id, domain, measure, n FROM outcomes WHERE send_id = ANY ($1) AND hour >= $2 AND measure = ANY ($3)
		        UNION ALL
		        SELECT s.id, m.domain, d.state::text, 1
		          FROM sends s
		          JOIN delivery_batches b ON b.send_id = s.id AND b.state <> 'done' AND b.fence > 0
		          JOIN deliveries d ON d.send_month = b.send_month AND d.send_id = b.send_id
		           AND d.member_id BETWEEN b.first_member AND b.last_member AND d.part = b.part
		          JOIN members m ON m.id = d.member_id
		         WHERE s.id = ANY ($1) AND s.state = 'sending' AND d.state IN ('sent', 'bounced') AND d.changed_at >= $2) x
		 WHERE domain <> '' GROUP BY 1, 2`, ids(sends), since, pq.Array(measured), pq.Array(hard), tracking.Complained)
	return found, postgres.Fault(err, "thing.mail_events")
}

// stirred returns the sends of which something came back since, and those with an
// alarm, which may end.
func (w *Watch) stirred(ctx context.Context, sends []mailings.SendID, since time.Time) (found []mailings.SendID, err error) {
	err = w.DB.SelectContext(ctx, &found, `
		SELECT DISTINCT send_id FROM (
		  SELECT send_id FROM outcomes WHERE send_id = ANY ($1) AND hour >= $2 AND measure = ANY ($3)
		  UNION ALL SELECT send_id FROM mail_alarms WHERE send_id = ANY ($1) AND ended_at IS NULL) x ORDER BY 1`,
		ids(sends), since, pq.Array(events))
	return found, postgres.Fault(err, "thing.mail_alarms")
}

// record raises what is too much, unless it is raised already, ends what no longer
// is, and keeps of the others how they stand. An alarm of a send that is held stays
// as it is.
func (w *Watch) record(ctx context.Context, found map[of]Share, held map[mailings.SendID]bool, now time.Time) error {
	return postgres.InTx(ctx, w.DB, func(tx *sqlx.Tx) error {
		limits, err := limits(ctx, tx)
		if err != nil {
			return err
		}
		var open []Raised
		if err := tx.SelectContext(ctx, &open, raisedSQL+` WHERE ended_at IS NULL ORDER BY id FOR UPDATE OF a`); err != nil {
			return postgres.Fault(err, "thing.mail_alarms")
		}
		had := map[of]bool{}
		for _, r := range open {
			o := r.of()
			if held[o.send] {
				continue
			}
			share := found[o]
			allowed := limits.of(o.provider)
			level := allowed.Judge(o.kind, share)
			had[o] = level == r.Level || r.Level == Alarm && level != None || level == None && allowed.Lasts(o.kind, share)
			if err := follow(ctx, tx, r.ID, share, had[o], now); err != nil {
				return err
			}
		}
		var raised []Raised
		for o, share := range found {
			level := limits.of(o.provider).Judge(o.kind, share)
			if level == None || had[o] {
				continue
			}
			r := Raised{Key: o.key(), Level: level, Share: share, RaisedAt: now}
			if err := raise(ctx, tx, &r); err != nil {
				return err
			}
			raised = append(raised, r)
		}
		if len(raised) == 0 || w.Tell == nil {
			return nil
		}
		slices.SortFunc(raised, func(a, b Raised) int { return int(a.ID - b.ID) })
		return w.Tell(ctx, tx, raised)
	})
}

func raise(ctx context.Context, tx *sqlx.Tx, r *Raised) error {
	err := tx.GetContext(ctx, &r.ID, `
		INSERT INTO mail_alarms (kind, provider, domain, span, send_id, level, mails, events, raised_at, mails_now, events_now, looked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7, $8, $9) RETURNING id`,
		r.Kind, r.Provider, r.Domain, r.Span, r.Send, r.Level, r.Mails, r.Events, r.RaisedAt)
	return postgres.Fault(err, "thing.mail_alarms")
}

// follow keeps how an alarm stands, and ends it unless it stays.
func follow(ctx context.Context, tx *sqlx.Tx, id int64, now Share, stays bool, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE mail_alarms SET mails_now = $2, events_now = $3, looked_at = $4::timestamptz, ended_at = CASE WHEN NOT $5 THEN $4::timestamptz END WHERE id = $1`,
		id, now.Mails, now.Events, at, stays)
	return postgres.Fault(err, "thing.mail_alarms")
}

func ids(sends []mailings.SendID) pq.Int64Array {
	all := make(pq.Int64Array, len(sends))
	for i, id := range sends {
		all[i] = int64(id)
	}
	return all
}
