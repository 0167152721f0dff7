package reports

import (
	"context"

	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/members"
)

// Traced is a click with whose it was.
type Traced struct {
	Event
	Member members.ID `db:"member_id"` // 0: of somebody who doesn't consent to be tracked
}

// ClickOf returns the click that a sub-id names by its send and its own part, or
// a NotFound fault if the label has none such.
func (s *MemberStore) ClickOf(ctx context.Context, label labels.ID, send mailings.SendID, ref string) (Traced, error) {
	var found Traced
	err := s.db.GetContext(ctx, &found, selectEvents+`, e.member_id
		  FROM sends s
		 CROSS JOIN LATERAL (
		       SELECT * FROM events e
		        WHERE e.send_month = s.month AND e.send_id = s.id AND e.kind = 'click' AND e.click_ref = $3 OFFSET 0) e
		  JOIN mailings m ON m.id = s.mailing_id
		  LEFT JOIN links k ON k.id = e.link_id
		  LEFT JOIN campaigns c ON c.id = k.campaign_id
		  LEFT JOIN advertisers a ON a.id = c.advertiser_id
		 WHERE s.label_id = $1 AND s.id = $2
		 ORDER BY e.at, e.id LIMIT 1`, label, send, ref)
	return found, postgres.Fault(err, "thing.click")
}

// Order is a transaction with whose it is, as far as that is known.
type Order struct {
	Purchase
	OrderRef string     `db:"order_ref"`
	Member   members.ID `db:"member_id"` // 0: of nobody known
}

// ordersShown bounds the parts of one order that are read.
const ordersShown = 50

// Orders returns the transactions of the label that a network or a shop calls by
// the reference, the newest first.
func (s *MemberStore) Orders(ctx context.Context, label labels.ID, ref string) ([]Order, error) {
	found := []Order{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT v.network, v.transaction_ref, v.order_ref, coalesce(a.name, '') AS advertiser, v.status, v.sale_minor, v.currency,
		       v.occurred_at, v.sub_id, coalesce(v.member_id, 0) AS member_id
		  FROM conversions v
		  LEFT JOIN advertisers a ON a.id = v.advertiser_id
		 WHERE v.id IN (
		       SELECT id FROM conversions WHERE label_id = $1 AND order_ref = $2 AND order_ref <> ''
		        UNION
		       SELECT c.id FROM network_connections n JOIN conversions c ON c.connection_id = n.id AND c.transaction_ref = $2
		        WHERE n.label_id = $1)
		 ORDER BY v.occurred_at DESC, v.id DESC LIMIT $3`, label, ref, ordersShown)
	return found, postgres.Fault(err, "thing.orders")
}
