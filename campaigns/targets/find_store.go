package targets

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/labels"
)

// How long a mailing's links stay live after its last slot, and how long what was
// found of a target is kept.
const (
	lately  = 14 * 24 * time.Hour
	keepFor = 90 * 24 * time.Hour
)

// link is a link of a live mailing, or a tracking link of a campaign that runs.
type link struct {
	URL       string            `db:"url"`
	UTM       bool              `db:"utm"`
	Parameter string            `db:"subid_parameter"`
	MadeUp    bool              `db:"made_up"`
	Network   string            `db:"network"`
	Barred    bool              `db:"barred"`
	Label     labels.ID         `db:"label_id"`
	LabelName string            `db:"label"`
	Campaign  *campaigns.ID     `db:"campaign_id"`
	Name      string            `db:"campaign"`
	Mailing   *int64            `db:"mailing_id"`
	Tracking  *campaigns.LinkID `db:"tracking_link_id"`
}

// Find notes which targets are live now, and by what, and forgets what was found of
// them more than ninety days ago. A deeplink leads nowhere by itself: it is checked
// where a mailing has it with a page.
func (s *Store) Find(ctx context.Context) error {
	now := s.clock.Now()
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var all []link
		if err := tx.SelectContext(ctx, &all, ofCampaigns, now, campaigns.DeepMark); err != nil {
			return postgres.Fault(err, "thing.targets")
		}
		for i := range all {
			all[i].complete()
		}
		var mailed []link
		if err := tx.SelectContext(ctx, &mailed, ofMailings, now.Add(-lately)); err != nil {
			return postgres.Fault(err, "thing.targets")
		}
		if err := note(ctx, tx, append(all, mailed...), now); err != nil {
			return err
		}
		return prune(ctx, tx, now.Add(-keepFor))
	})
}

// complete makes of a tracking link what a mail has of it.
func (l *link) complete() {
	l.URL = campaigns.Plain([]campaigns.Link{{URL: l.URL, UTM: l.UTM}}, l.LabelName, l.Name)
	if l.Network != "" {
		l.Parameter = campaigns.Programme{Network: l.Network, SubIDParameter: l.Parameter}.Parameter()
	}
}

const bars = `coalesce((SELECT bool_or(n.links_barred) FROM network_connections n
	WHERE n.label_id = c.label_id AND n.network = p.network), false) AS barred`

const ofCampaigns = `
	SELECT k.url, k.utm, coalesce(p.subid_parameter, '') AS subid_parameter, false AS made_up, coalesce(p.network, '') AS network, ` + bars + `,
	       c.label_id, b.name AS label, c.id AS campaign_id, c.name AS campaign, k.id AS tracking_link_id
	  FROM campaign_links k
	  JOIN campaigns c ON c.id = k.campaign_id
	  JOIN labels b ON b.id = c.label_id
	  LEFT JOIN programmes p ON p.id = c.programme_id
	 WHERE ($1::timestamptz AT TIME ZONE b.time_zone)::date BETWEEN c.starts_on AND c.ends_on AND position($2 IN k.url) = 0
	 ORDER BY k.id`

// A link with a member's values leads where that of a typical member did when the
// mailing was put up for approval.
const ofMailings = `
	WITH live AS (
	  SELECT m.id AS mailing_id, m.label_id, m.revision_id FROM mailings m WHERE m.state IN ('approved', 'scheduled') AND m.revision_id IS NOT NULL
	  UNION
	  SELECT s.mailing_id, s.label_id, s.revision_id FROM sends s WHERE s.slot_at > $1 AND s.state NOT IN ('missed', 'cancelled'))
	SELECT DISTINCT CASE WHEN l.parts = '{}' THEN l.url ELSE t.url END AS url, l.subid_parameter, l.parts <> '{}' AS made_up,
	       coalesce(p.network, '') AS network, ` + bars + `, v.label_id, l.campaign_id, v.mailing_id
	  FROM live v
	  JOIN links l ON l.revision_id = v.revision_id
	  LEFT JOIN campaigns c ON c.id = l.campaign_id
	  LEFT JOIN programmes p ON p.id = c.programme_id
	  LEFT JOIN LATERAL (SELECT t.url FROM link_targets t WHERE l.parts <> '{}' AND t.revision_id = l.revision_id AND starts_with(t.url, l.parts[1])
	                      ORDER BY t.id DESC LIMIT 1) t ON true
	 WHERE l.parts = '{}' OR t.url IS NOT NULL
	 ORDER BY v.mailing_id, 1`

// longest is the longest address that is checked; browsers take hardly more.
const longest = 2500

// note writes down which targets there are, and in place of what had them before
// what has them now.
func note(ctx context.Context, tx *sqlx.Tx, all []link, now time.Time) error {
	var urls, parameters, hosts []string
	var madeUp, barred []bool
	var under []int64
	var campaign, mailing, tracking []*int64
	for _, l := range all {
		host := links.HostOf(l.URL)
		if host == "" || len(l.URL) > longest {
			continue
		}
		urls, parameters, hosts = append(urls, l.URL), append(parameters, l.Parameter), append(hosts, host)
		madeUp, barred, under = append(madeUp, l.MadeUp), append(barred, l.Barred), append(under, int64(l.Label))
		campaign, mailing = append(campaign, (*int64)(l.Campaign)), append(mailing, l.Mailing)
		tracking = append(tracking, (*int64)(l.Tracking))
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO live_hosts (host, next_at) SELECT DISTINCT h, $2::timestamptz FROM unnest($1::text[]) h ORDER BY h
		ON CONFLICT (host) DO NOTHING`, pq.Array(hosts), now); err != nil {
		return postgres.Fault(err, "thing.targets")
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO live_targets AS t (url, subid_parameter, host, made_up, barred, due_at)
		SELECT url, parameter, min(host), bool_and(made_up), bool_or(barred), $6
		  FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::boolean[]) AS l(url, parameter, host, made_up, barred)
		 GROUP BY url, parameter ORDER BY url, parameter
		ON CONFLICT (url, subid_parameter) DO UPDATE SET made_up = excluded.made_up, barred = excluded.barred
		 WHERE (t.made_up, t.barred) <> (excluded.made_up, excluded.barred)`,
		pq.Array(urls), pq.Array(parameters), pq.Array(hosts), pq.Array(madeUp), pq.Array(barred), now); err != nil {
		return postgres.Fault(err, "thing.targets")
	}
	_, err := tx.ExecContext(ctx, `
		WITH now AS (
		  SELECT DISTINCT t.id AS target_id, l.label_id, l.campaign_id, l.mailing_id, l.tracking_link_id
		    FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
		         AS l(url, parameter, label_id, campaign_id, mailing_id, tracking_link_id)
		    JOIN live_targets t ON t.url = l.url AND t.subid_parameter = l.parameter),
		gone AS (
		  DELETE FROM live_target_uses u WHERE NOT EXISTS (
		    SELECT FROM now n WHERE n.target_id = u.target_id AND n.campaign_id IS NOT DISTINCT FROM u.campaign_id
		       AND n.mailing_id IS NOT DISTINCT FROM u.mailing_id AND n.tracking_link_id IS NOT DISTINCT FROM u.tracking_link_id))
		INSERT INTO live_target_uses (target_id, label_id, campaign_id, mailing_id, tracking_link_id) SELECT * FROM now
		ON CONFLICT (target_id, campaign_id, mailing_id, tracking_link_id) DO NOTHING`,
		pq.Array(urls), pq.Array(parameters), pq.Array(under), pq.Array(campaign), pq.Array(mailing), pq.Array(tracking))
	return postgres.Fault(err, "thing.targets")
}

// prune forgets what was found before a moment, targets that nothing has and of
// which nothing is kept, and hosts of none.
func prune(ctx context.Context, tx *sqlx.Tx, before time.Time) error {
	for _, statement := range []string{
		`DELETE FROM live_target_days WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date`,
		`DELETE FROM live_targets t WHERE NOT ` + live + ` AND coalesce(t.checked_at, t.due_at) < $1`,
		`DELETE FROM live_hosts h WHERE h.next_at < $1 AND NOT EXISTS (SELECT FROM live_targets t WHERE t.host = h.host)`,
	} {
		if _, err := tx.ExecContext(ctx, statement, before); err != nil {
			return postgres.Fault(err, "thing.targets")
		}
	}
	return nil
}
