package reports

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// historyOrders are those of a member's history.
func historyOrders() []paging.Order[Happened] {
	keys := []paging.Key[Happened]{
		paging.Moment("h.at", func(h Happened) time.Time { return h.At }),
		paging.Text(`h.id COLLATE "C"`, func(h Happened) string { return h.ID }),
	}
	return []paging.Order[Happened]{{Name: "newest", Down: true, Keys: keys}, {Name: "oldest", Keys: keys}}
}

// history is what happened between label $1 and member $2: what became of each
// mail, what was done with it, what the member agreed to, and what keeps them from
// mail now. A send is probed in its own partition, as in Mails.
const history = `
	SELECT h.* FROM (
	  SELECT 'delivery:' || s.id AS id, coalesce(d.sent_at, d.changed_at, s.frozen_at, s.slot_at) AS at, d.state::text AS kind,
	         false AS machine, coalesce(d.reason, '') AS reason, '' AS detail, s.id AS send_id, m.id AS mailing_id, m.name AS mailing,
	         '' AS url, '' AS click_ref, ` + relaySays + ` AS relay
	    FROM sends s
	   CROSS JOIN LATERAL (
	         SELECT d.state, d.reason, d.sent_at, d.changed_at FROM deliveries d
	          WHERE d.send_month = s.month AND d.send_id = s.id AND d.member_id = $2 OFFSET 0) d
	    LEFT JOIN LATERAL (` + relayPosted + `) r ON true
	    JOIN mailings m ON m.id = s.mailing_id
	   WHERE s.label_id = $1 AND d.state NOT IN ('queued', 'sending')
	  UNION ALL
	  SELECT 'event:' || e.id, e.at, e.kind::text, e.machine, e.reason, e.detail, s.id, m.id, m.name, coalesce(k.url, ''),
	         coalesce(e.click_ref, ''), ''
	    FROM sends s
	   CROSS JOIN LATERAL (
	         SELECT * FROM events e WHERE e.send_month = s.month AND e.send_id = s.id AND e.member_id = $2 OFFSET 0) e
	    JOIN mailings m ON m.id = s.mailing_id
	    LEFT JOIN links k ON k.id = e.link_id
	   WHERE s.label_id = $1
	  UNION ALL
	  SELECT 'consent:' || c.id, c.at, CASE WHEN c.given THEN 'consent' ELSE 'withdrawal' END, false, c.kind, c.source,
	         NULL, NULL, '', '', '', ''
	    FROM consents c WHERE c.label_id = $1 AND c.member_id = $2
	  UNION ALL
	  SELECT 'suppression:' || p.label_id || ':' || p.reason, p.at, 'suppression', false, p.reason, p.source, p.send_id,
	         (SELECT mailing_id FROM sends WHERE id = p.send_id), '', '', '', ''
	    FROM suppressions p LEFT JOIN sends o ON o.id = p.send_id
	   WHERE p.member_id = $2 AND p.label_id IN (0, $1) AND coalesce(o.label_id, $1) = $1) h
	 WHERE (cardinality($3::text[]) = 0 OR h.kind = ANY ($3)) 
	   AND ($4::timestamptz IS NULL OR h.at >= $4) AND ($5::timestamptz IS NULL OR h.at < $5)`

// History returns a page of what happened between the label and the member, the
// newest first unless asked otherwise.
func (s *MemberStore) History(
	ctx context.Context, label labels.ID, member members.ID, filter HistoryFilter, ask paging.Ask,
) (paging.Page[Happened], error) {
	kinds := pq.StringArray{}
	for _, kind := range filter.Kinds {
		kinds = append(kinds, string(kind))
	}
	if !filter.From.IsZero() && !filter.Until.IsZero() && !filter.From.Before(filter.Until) {
		return paging.Page[Happened]{}, fault.At("until", "input.after_from")
	}
	found, err := paging.Select(ctx, s.db, historyOrders(), ask, history,
		label, member, kinds, postgres.Moment(filter.From), postgres.Moment(filter.Until))
	return found, postgres.Fault(err, "thing.events_of_member", "member", member)
}
