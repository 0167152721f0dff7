package reports

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// MemberStore reads what one member was sent and did.
type MemberStore struct{ db *sqlx.DB }

// eventsShown bounds the events that are read of one mail: a scanner may fetch
// the same one hundreds of times.
const eventsShown = 40

// relayPosted reads what a relay posted of the mail of send s to member $2, r, and relaySays
// says what is known of it by that and by its delivery d.
const (
	relayPosted = `
		SELECT p.delivered_at, p.returned FROM relay_reports p
		 WHERE p.send_month = s.month AND p.send_id = s.id AND p.member_id = $2 OFFSET 0`
	relaySays = `
		CASE WHEN NOT s.reported THEN '' WHEN r.returned THEN 'returned' WHEN d.state <> 'sent' THEN ''
		     WHEN r.delivered_at IS NOT NULL THEN 'delivered' ELSE 'unknown' END`
)

// Mails returns a page of what was meant for the member under the label, the
// newest slot first, each with its events.
func (s *MemberStore) Mails(ctx context.Context, label labels.ID, member members.ID, ask paging.Ask) (paging.Page[Mail], error) {
	// Each send knows its month, so that a delivery is one probe of one
	// partition; OFFSET keeps the planner from reading a member's sends any other
	// way, and the page ends the walk over the label's sends early.
	found, err := paging.Select(ctx, s.db, []paging.Order[Mail]{{Name: "newest", Down: true, Keys: []paging.Key[Mail]{
		paging.Moment("s.slot_at", func(m Mail) time.Time { return m.SlotAt }),
		paging.Number("s.id", func(m Mail) int64 { return m.Send }),
	}}}, ask, `
		SELECT s.id AS send_id, s.month, s.mailing_id, m.name, s.slot_at, s.state AS send_state, d.state, coalesce(d.reason, '') AS reason,
		       coalesce(d.reply_code, 0) AS reply_code, d.sent_at, d.variant, `+relaySays+` AS relay
		  FROM sends s
		 CROSS JOIN LATERAL (
		       SELECT d.state, d.reason, d.reply_code, d.sent_at, d.variant FROM deliveries d
		        WHERE d.send_month = s.month AND d.send_id = s.id AND d.member_id = $2 OFFSET 0) d
		  LEFT JOIN LATERAL (`+relayPosted+`) r ON true
		  JOIN mailings m ON m.id = s.mailing_id
		 WHERE s.label_id = $1`, label, member)
	if err != nil {
		return found, postgres.Fault(err, "thing.mails_of_member", "member", member)
	}
	if err := s.addSubjects(ctx, found.Items); err != nil {
		return found, err
	}
	return found, s.addEvents(ctx, member, found.Items)
}

// addSubjects reads under which subject each mail came. Contents are large, so
// only those of the page are opened.
func (s *MemberStore) addSubjects(ctx context.Context, mails []Mail) error {
	sends, variants := make([]int64, len(mails)), make([]int64, len(mails))
	for i, mail := range mails {
		sends[i], variants[i] = mail.Send, mail.Variant
	}
	var subjects []string
	err := s.db.SelectContext(ctx, &subjects, `
		SELECT coalesce(convert_from(r.content, 'UTF8')::jsonb #>> ARRAY['subjects', p.variant::text, 'text'], '')
		  FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS p (send_id, variant, n)
		  JOIN sends s ON s.id = p.send_id
		  JOIN revisions r ON r.id = s.revision_id
		 ORDER BY p.n`, pq.Array(sends), pq.Array(variants))
	for i, subject := range subjects {
		mails[i].Subject = subject
	}
	return postgres.Fault(err, "thing.subjects")
}

// selectEvents reads a member's events of sends s, with what was clicked.
const selectEvents = `
	SELECT e.id, e.send_id, e.at, e.kind, e.machine, e.reason, e.detail, coalesce(k.url, '') AS url, coalesce(e.click_ref, '') AS click_ref,
	       coalesce(k.subid_parameter, '') AS sub_parameter, coalesce(a.id, 0) AS advertiser_id, coalesce(a.name, '') AS advertiser,
	       coalesce(c.name, '') AS campaign, m.id AS mailing_id, m.name AS mailing`

// addEvents reads what happened to each of the mails.
func (s *MemberStore) addEvents(ctx context.Context, member members.ID, mails []Mail) error {
	sends, months := make([]int64, len(mails)), make([]string, len(mails))
	at := map[int64]*Mail{}
	for i := range mails {
		sends[i], months[i] = mails[i].Send, mails[i].Month.Format(time.DateOnly)
		at[mails[i].Send] = &mails[i]
	}
	var events []Event
	err := s.db.SelectContext(ctx, &events, selectEvents+`
		  FROM unnest($1::bigint[], $2::date[]) AS s (id, month)
		 CROSS JOIN LATERAL (
		       SELECT * FROM events e
		        WHERE e.send_month = s.month AND e.send_id = s.id AND e.member_id = $3 ORDER BY e.id LIMIT $4) e
		  JOIN sends o ON o.id = s.id
		  JOIN mailings m ON m.id = o.mailing_id
		  LEFT JOIN links k ON k.id = e.link_id
		  LEFT JOIN campaigns c ON c.id = k.campaign_id
		  LEFT JOIN advertisers a ON a.id = c.advertiser_id
		 ORDER BY e.at, e.id`, pq.Array(sends), pq.Array(months), member, eventsShown+1)
	if err != nil {
		return postgres.Fault(err, "thing.events_of_member", "member", member)
	}
	for _, e := range events {
		mail := at[e.Send]
		if mail.More = len(mail.Events) == eventsShown; !mail.More {
			mail.Events = append(mail.Events, e)
		}
	}
	return nil
}

// Clicks returns a page of the member's clicks under the label, the newest
// first: all, or with an advertiser those to it.
func (s *MemberStore) Clicks(
	ctx context.Context, label labels.ID, member members.ID, to campaigns.AdvertiserID, ask paging.Ask,
) (paging.Page[Event], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Event]{{Name: "newest", Down: true, Keys: []paging.Key[Event]{
		paging.Moment("e.at", func(e Event) time.Time { return e.At }),
		paging.Number("e.id", func(e Event) int64 { return e.ID }),
	}}}, ask, selectEvents+clicks+` AND ($3 = 0 OR a.id = $3)`, label, member, to)
	return found, postgres.Fault(err, "thing.clicks_of_member", "member", member)
}

// clicks joins the clicks of member $2 under label $1 with what they lead to. A
// send is probed in its own partition, as in Mails.
const clicks = `
	  FROM sends s
	 CROSS JOIN LATERAL (
	       SELECT * FROM events e
	        WHERE e.send_month = s.month AND e.send_id = s.id AND e.member_id = $2 AND e.kind = 'click' OFFSET 0) e
	  JOIN mailings m ON m.id = s.mailing_id
	  LEFT JOIN links k ON k.id = e.link_id
	  LEFT JOIN campaigns c ON c.id = k.campaign_id
	  LEFT JOIN advertisers a ON a.id = c.advertiser_id
	 WHERE s.label_id = $1`

// Visited returns to whom the member clicked under the label, by name.
func (s *MemberStore) Visited(ctx context.Context, label labels.ID, member members.ID) ([]Visited, error) {
	found := []Visited{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT DISTINCT a.id, a.name`+clicks+` AND a.id IS NOT NULL ORDER BY a.name, a.id`, label, member)
	return found, postgres.Fault(err, "thing.clicks_of_member", "member", member)
}

// purchasesShown bounds the transactions that are read at once.
const purchasesShown = 100

// Purchases returns what networks attributed to the member, the newest first:
// all, or with an advertiser those at it.
func (s *MemberStore) Purchases(ctx context.Context, label labels.ID, member members.ID, at campaigns.AdvertiserID) ([]Purchase, error) {
	found := []Purchase{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT v.network, v.transaction_ref, coalesce(a.name, '') AS advertiser, v.status, v.sale_minor, v.currency, v.occurred_at, v.sub_id
		  FROM conversions v
		  LEFT JOIN advertisers a ON a.id = v.advertiser_id
		  LEFT JOIN campaigns c ON c.id = v.campaign_id
		 WHERE v.member_id = $2 AND coalesce(c.label_id, $1) = $1 AND ($3 = 0 OR v.advertiser_id = $3)
		 ORDER BY v.occurred_at DESC, v.id DESC LIMIT $4`, label, member, at, purchasesShown)
	return found, postgres.Fault(err, "thing.purchases_of_member", "member", member)
}
