package conversions

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// Likely is a placement to which a conversion that nobody knows of may belong:
// one of its advertiser, sent in the month before the sale.
type Likely struct {
	Send      mailings.SendID `db:"send_id" json:"send_id"`
	Mailing   mailings.ID     `db:"mailing_id" json:"mailing_id"`
	Name      string          `db:"mailing_name" json:"mailing_name"`
	Campaign  campaigns.ID    `db:"campaign_id" json:"campaign_id"`
	Placement string          `db:"placement_key" json:"placement_key"`
	SentAt    time.Time       `db:"sent_at" json:"sent_at"`
	Clicks    int64           `db:"clicks" json:"clicks"`
}

// Likely returns the placements to which a conversion may belong, those first
// that people clicked most in the two days up to the click that the network
// tells of, or to the sale. Of one whose advertiser isn't known there are none.
func (s *Store) Likely(ctx context.Context, id ID) ([]Likely, error) {
	found := []Likely{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT s.id AS send_id, s.mailing_id, m.name AS mailing_name, p.campaign_id, p.key AS placement_key, s.slot_at AS sent_at,
		       coalesce(k.clicks, 0) AS clicks
		  FROM conversions c
		 CROSS JOIN LATERAL (SELECT coalesce(c.clicked_at, c.occurred_at) AS at) clicked
		  JOIN revision_placements p ON p.advertiser_id = c.advertiser_id
		  JOIN sends s ON s.revision_id = p.revision_id AND s.label_id = c.label_id
		   AND s.started_at BETWEEN clicked.at - interval '30 days' AND clicked.at
		  JOIN mailings m ON m.id = s.mailing_id
		  LEFT JOIN LATERAL (
		       SELECT sum(o.n) AS clicks FROM outcomes o JOIN links l ON l.id = o.link_id
		        WHERE o.send_id = s.id AND o.measure = 'click' AND l.placement_key = p.key
		          AND o.hour BETWEEN clicked.at - interval '2 days' AND clicked.at) k ON true
		 WHERE c.id = $1
		 ORDER BY clicks DESC, s.started_at DESC, p.position
		 LIMIT 20`, id)
	return found, postgres.Fault(err, "thing.conversion", "id", id)
}

// Waiting is how many conversions of a label wait for a person: those of the last
// month that are nobody's, and those whose status nobody knows. It counts no
// further than a person looks.
type Waiting struct {
	Unattributed int `db:"unattributed"`
	Unknown      int `db:"unknown"`
}

// mostWaiting bounds what is counted of each.
const mostWaiting = 1_000

// Waiting counts what waits under a label.
func (s *Store) Waiting(ctx context.Context, label labels.ID) (Waiting, error) {
	var w Waiting
	err := s.db.GetContext(ctx, &w, `
		SELECT (SELECT count(*) FROM (SELECT FROM conversions
		         WHERE label_id = $1 AND occurred_at > $2::timestamptz - interval '1 month' AND basis = 'none' LIMIT $3) n) AS unattributed,
		       (SELECT count(*) FROM (SELECT FROM conversions WHERE label_id = $1 AND unknown_status <> '' LIMIT $3) n) AS unknown`,
		label, s.clock.Now(), mostWaiting)
	return w, postgres.Fault(err, "thing.conversions")
}
