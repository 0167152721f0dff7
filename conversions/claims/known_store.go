package claims

import (
	"context"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/conversions"
	"keur/internal/civil"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
	"keur/tracking"
)

// mostShown bounds the clicks and transactions that are read of one case.
const mostShown = 20

// Known returns what is known of a case today.
func (s *Store) Known(ctx context.Context, c Case) (Known, error) { return s.known(ctx, s.db, c) }

// known reads it through q.
func (s *Store) known(ctx context.Context, q sqlx.QueryerContext, c Case) (Known, error) {
	zone, err := zoneOf(ctx, q, c.Label)
	if err != nil {
		return Known{}, err
	}
	k, by := Known{Clicks: []Click{}, Sales: []Sale{}, Accounts: []Account{}}, seek(c.Facts, zone)
	if err := s.clicks(ctx, q, &k, c.Label, c.Member, by); err != nil {
		return k, err
	}
	if err := sales(ctx, q, &k, c, by); err != nil {
		return k, err
	}
	if err := connected(ctx, q, &k, c); err != nil {
		return k, err
	}
	if err := s.usual(ctx, q, &k, c); err != nil {
		return k, err
	}
	k.judge(c, civil.DateOf(s.clock.Now().In(zone)))
	return k, nil
}

// zoneOf returns the time zone of a label.
func zoneOf(ctx context.Context, q sqlx.QueryerContext, label labels.ID) (*time.Location, error) {
	var name string
	if err := sqlx.GetContext(ctx, q, &name, `SELECT time_zone FROM labels WHERE id = $1`, label); err != nil {
		return nil, postgres.Fault(err, "thing.label", "id", label)
	}
	return time.LoadLocation(name)
}

// clicks reads the member's clicks to the advertiser before the order. A send is
// probed in its own partition.
func (s *Store) clicks(
	ctx context.Context, q sqlx.QueryerContext, k *Known, label labels.ID, member members.ID, by sought,
) error {
	err := sqlx.SelectContext(ctx, q, &k.Clicks, `
		SELECT e.at, e.machine, e.click_ref, s.id AS send_id, m.id AS mailing_id, m.name AS mailing, c.name AS campaign, l.number,
		       l.subid_parameter, d.variant
		  FROM sends s
		 CROSS JOIN LATERAL (
		       SELECT * FROM events e
		        WHERE e.send_month = s.month AND e.send_id = s.id AND e.member_id = $2 AND e.kind = 'click' AND e.click_ref IS NOT NULL
		          AND e.at >= $4 AND e.at < $5 OFFSET 0) e
		  JOIN links l ON l.id = e.link_id
		  JOIN campaigns c ON c.id = l.campaign_id AND c.advertiser_id = $3
		  JOIN mailings m ON m.id = s.mailing_id
		  LEFT JOIN deliveries d ON d.send_month = s.month AND d.send_id = s.id AND d.member_id = $2
		 WHERE s.label_id = $1
		 ORDER BY e.at DESC, e.id DESC LIMIT $6`, label, member, by.Advertiser, by.From, by.End, mostShown)
	if err != nil {
		return postgres.Fault(err, "thing.clicks_of_member", "member", member)
	}
	for i := range k.Clicks {
		if err := s.name(ctx, q, &k.Clicks[i]); err != nil {
			return err
		}
	}
	return nil
}

// name writes the sub-id that the network got with a click, if that is certain.
func (s *Store) name(ctx context.Context, q sqlx.QueryerContext, c *Click) error {
	number, err := strconv.ParseUint(c.Ref, 36, 64)
	if err != nil || c.Parameter == "" || c.Variant == nil {
		return nil //nolint:nilerr // a click of which nobody can tell it
	}
	key, sure, err := tracking.SignedAt(ctx, q, c.At)
	if err != nil || !sure {
		return err
	}
	c.SubID = s.ring.SubIDBy(key, tracking.SubID{Send: int64(c.Send), Variant: uint8(*c.Variant), Link: uint16(c.Link), Click: number})
	return nil
}

// sales reads the transactions that may be the order: those that bear its number,
// and the member's own of the days around it.
func sales(ctx context.Context, q sqlx.QueryerContext, k *Known, c Case, by sought) error {
	err := sqlx.SelectContext(ctx, q, &k.Sales, `
		SELECT v.id, v.connection_id, v.network, v.transaction_ref, v.order_ref, v.status, v.unknown_status, v.paid, v.sale_minor,
		       v.currency, v.occurred_at, v.reason, $2 IN (v.order_ref, v.transaction_ref) AS named,
		       v.member_id IS NOT NULL AND v.member_id <> $3 AS others
		  FROM conversions v
		 WHERE v.id IN (
		       SELECT id FROM conversions WHERE label_id = $1 AND order_ref = $2 AND order_ref <> ''
		        UNION
		       SELECT c.id FROM network_connections n JOIN conversions c ON c.connection_id = n.id AND c.transaction_ref = $2
		        WHERE n.label_id = $1
		        UNION
		       SELECT id FROM conversions WHERE member_id = $3 AND occurred_at >= $5 AND occurred_at < $6)
		   AND v.label_id = $1 AND coalesce(v.advertiser_id, $4) = $4 AND NOT v.correction
		 ORDER BY named DESC, v.occurred_at DESC, v.id DESC LIMIT $7`,
		c.Label, c.Order, c.Member, c.Advertiser, by.End.AddDate(0, 0, -1), by.Until, mostShown)
	return postgres.Fault(err, "thing.orders")
}

// connected reads the label's accounts at networks where the advertiser has a programme.
func connected(ctx context.Context, q sqlx.QueryerContext, k *Known, c Case) error {
	err := sqlx.SelectContext(ctx, q, &k.Accounts, ruleQuery+`
		  JOIN LATERAL (SELECT min(ref) AS programme_ref FROM programmes
		                 WHERE advertiser_id = $2 AND network = n.network HAVING count(*) > 0) p ON true
		 WHERE n.label_id = $1
		 ORDER BY n.name COLLATE names, n.id`, c.Label, c.Advertiser)
	for i := range k.Accounts {
		k.Accounts[i].Until = k.Accounts[i].Rule.Until(c.Ordered)
	}
	return postgres.Fault(err, "thing.connections")
}

// usual reads what is usual of the advertiser.
func (s *Store) usual(ctx context.Context, q sqlx.QueryerContext, k *Known, c Case) error {
	delays, err := conversions.UsualDelays(ctx, q, c.Label, s.clock.Now())
	if err != nil {
		return err
	}
	verdicts, err := conversions.UsualVerdicts(ctx, q, c.Label, s.clock.Now())
	if err != nil {
		return err
	}
	if days, known := delays[c.Advertiser]; known {
		k.Delay = &days
	}
	if days, known := verdicts[c.Advertiser]; known {
		k.Verdict = &days
	}
	return nil
}
