package conversions

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/labels"
)

// enough is how many transactions tell what is usual of an advertiser.
const enough = 20

// UsualVerdicts returns after how many days four of five of a label's sales are
// decided, by advertiser, where 20 or more tell it.
func UsualVerdicts(ctx context.Context, q sqlx.QueryerContext, label labels.ID, now time.Time) (map[campaigns.AdvertiserID]int, error) {
	return usual(ctx, q, `
		SELECT advertiser_id, ceil(percentile_disc(0.8) WITHIN GROUP (ORDER BY lag) / 86400)::int AS days
		  FROM (SELECT advertiser_id, extract(epoch FROM validated_at - occurred_at)::float8 AS lag
		          FROM conversions
		         WHERE label_id = $1 AND occurred_at < $2::timestamptz - interval '60 days'
		         ORDER BY occurred_at DESC LIMIT 10000) x
		 WHERE lag >= 0 AND advertiser_id IS NOT NULL
		 GROUP BY advertiser_id HAVING count(*) >= $3`, label, now, enough)
}

// UsualDelays returns after how many days nine of ten of a label's sales have come
// in, by advertiser, where 20 or more tell it. What was sold before its account was
// connected came in late for another reason, and doesn't count.
func UsualDelays(ctx context.Context, q sqlx.QueryerContext, label labels.ID, now time.Time) (map[campaigns.AdvertiserID]int, error) {
	return usual(ctx, q, `
		SELECT advertiser_id, ceil(percentile_disc(0.9) WITHIN GROUP (ORDER BY lag) / 86400)::int AS days
		  FROM (SELECT c.advertiser_id, greatest(extract(epoch FROM r.seen_at - c.occurred_at), 0)::float8 AS lag
		          FROM (SELECT * FROM conversions WHERE label_id = $1 AND occurred_at < $2 ORDER BY occurred_at DESC LIMIT 10000) c
		          JOIN network_connections n ON n.id = c.connection_id AND n.created_at < c.occurred_at
		         CROSS JOIN LATERAL (SELECT min(seen_at) AS seen_at FROM conversion_reports WHERE conversion_id = c.id) r
		         WHERE NOT c.correction AND r.seen_at IS NOT NULL) x
		 WHERE advertiser_id IS NOT NULL
		 GROUP BY advertiser_id HAVING count(*) >= $3`, label, now, enough)
}

// usual reads days by advertiser.
func usual(
	ctx context.Context, q sqlx.QueryerContext, query string, label labels.ID, now time.Time, least int,
) (map[campaigns.AdvertiserID]int, error) {
	var rows []struct {
		Advertiser campaigns.AdvertiserID `db:"advertiser_id"`
		Days       int                    `db:"days"`
	}
	err := sqlx.SelectContext(ctx, q, &rows, query, label, now, least)
	days := make(map[campaigns.AdvertiserID]int, len(rows))
	for _, r := range rows {
		days[r.Advertiser] = r.Days
	}
	return days, postgres.Fault(err, "thing.earnings")
}
