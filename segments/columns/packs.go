package columns

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/each"
	"keur/internal/postgres"
	"keur/labels"
)

// Packs keeps what members did, packed by mailing and day, from which segments
// are counted. A day is packed once it is over; one that changes afterwards is
// unpacked by a trigger, and packed again.
type Packs struct{ db *sqlx.DB }

// NewPacks returns the keeper of packs in db.
func NewPacks(db *sqlx.DB) *Packs { return &Packs{db: db} }

// dayToPack is a day of a label; fresh: it never was packed.
type dayToPack struct {
	Label labels.ID `db:"label_id"`
	Day   time.Time
	Fresh bool
}

// Fill packs the days that are over, and those that changed since they were
// packed. Returns how many days it packed. One that can't be keeps only the later
// days of its label, which are packed in their order.
func (p *Packs) Fill(ctx context.Context) (int, error) {
	var due []dayToPack
	// Two days ago is over in every zone. The hour is for transactions that began
	// the day before and don't lock what they took for yesterday (unpack_behaviours).
	// A label starts with its first day, which the key tells per mailing.
	if err := p.db.SelectContext(ctx, &due, `
		SELECT l.id AS label_id, d.day::date AS day, true AS fresh
		  FROM labels l
		  LEFT JOIN packed p ON p.label_id = l.id
		 CROSS JOIN LATERAL generate_series(coalesce(p.through + 1,
		         (SELECT min(f.day) FROM mailings m CROSS JOIN unnest('{open,click}'::event_kind[]) k (kind)
		           CROSS JOIN LATERAL (SELECT b.day FROM behaviours b
		                                WHERE b.label_id = l.id AND b.kind = k.kind AND b.mailing_id = m.id ORDER BY b.day LIMIT 1) f
		           WHERE m.label_id = l.id)),
		       (now() AT TIME ZONE 'UTC' - interval '1 hour')::date - 2, interval '1 day') d (day)
		 UNION
		SELECT k.label_id, k.day, false
		  FROM packs k JOIN packed p ON p.label_id = k.label_id AND k.day <= p.through
		 WHERE k.content IS NULL
		 ORDER BY label_id, day`); err != nil {
		return 0, postgres.Fault(err, "thing.days_to_pack")
	}
	filled, stuck := 0, map[labels.ID]bool{}
	_, err := each.Try(ctx, 1, due, func(ctx context.Context, d dayToPack) error {
		if d.Fresh && stuck[d.Label] { // the day before comes first
			return nil
		}
		stuck[d.Label] = stuck[d.Label] || d.Fresh // until it is packed: also where that breaks
		err := postgres.InTx(ctx, p.db, func(tx *sqlx.Tx) error { return p.fill(ctx, tx, d.Label, d.Day, d.Fresh) })
		if err != nil {
			return fmt.Errorf("pack %s of label %d: %w", d.Day.Format(time.DateOnly), d.Label, err)
		}
		if d.Fresh {
			delete(stuck, d.Label)
		}
		filled++
		return nil
	})
	return filled, err
}

// fill packs one day of a label. The lock comes first: whoever wrote of the day
// is done then and seen, and whoever still will finds the packs and unpacks them.
func (p *Packs) fill(ctx context.Context, tx *sqlx.Tx, label labels.ID, day time.Time, fresh bool) error {
	date := day.Format(time.DateOnly)
	if _, err := tx.ExecContext(ctx, `
		SELECT pg_advisory_xact_lock(hashtext('keur.packs'), $1::date - date '2000-01-01')`, date); err != nil {
		return err
	}
	var groups []struct {
		Kind     string
		Mailing  int64 `db:"mailing_id"`
		Campaign int64 `db:"campaign_id"`
		Members  pq.Int64Array
		Ns       pq.Int64Array
	}
	// The mailings are named because the key has them before the day.
	if err := tx.SelectContext(ctx, &groups, `
		SELECT kind, mailing_id, campaign_id,
		       array_agg(member_id ORDER BY member_id) AS members, array_agg(n ORDER BY member_id) AS ns
		  FROM behaviours
		 WHERE label_id = $1
		   AND kind IN ('open', 'click')
		   AND mailing_id = ANY (ARRAY(SELECT id FROM mailings WHERE label_id = $1))
		   AND day = $2
		 GROUP BY kind, mailing_id, campaign_id
		 ORDER BY kind, mailing_id, campaign_id`, label, date); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM packs WHERE label_id = $1 AND day = $2 AND kind IN ('open', 'click')`, label, date); err != nil {
		return err
	}
	for len(groups) > 0 {
		kind, mailing := groups[0].Kind, groups[0].Mailing
		var actions []action
		for len(groups) > 0 && groups[0].Kind == kind && groups[0].Mailing == mailing {
			for i, member := range groups[0].Members {
				actions = append(actions, action{groups[0].Campaign, member, groups[0].Ns[i]})
			}
			groups = groups[1:]
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO packs (label_id, kind, day, mailing_id, content, sample)
			VALUES ($1, $2, $3, $4, $5, $6)`, label, kind, date, mailing, packActions(actions), packActions(sampleOf(actions))); err != nil {
			return err
		}
	}
	if !fresh {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO packed (label_id, through) VALUES ($1, $2)
		ON CONFLICT (label_id) DO UPDATE SET through = greatest(packed.through, excluded.through)`, label, date)
	return err
}
