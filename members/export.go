package members

import (
	"context"
	"encoding/json"
	"time"

	"keur/internal/postgres"
)

// Export is all that is kept of a member (GDPR articles 15 and 20), in words
// that the member can read.
type Export struct {
	ExportedAt   time.Time       `json:"exported_at"`
	Member       Member          `json:"member"`
	Labels       json.RawMessage `json:"labels"` // the names behind the numbers
	Consents     []Consent       `json:"consents"`
	Suppressions []Suppression   `json:"suppressions"`
	Preferences  []Preferences   `json:"preferences"`
	SoftBounces  json.RawMessage `json:"soft_bounces"`
	Former       json.RawMessage `json:"former_addresses"`
	AddressLinks json.RawMessage `json:"address_links"` // addresses that the member asked for
	Signups      json.RawMessage `json:"signups"`       // asked for at the address, and not long over
	Deliveries   json.RawMessage `json:"deliveries"`
	Events       json.RawMessage `json:"events"`
	Engagements  json.RawMessage `json:"engagements"`
	Conversions  json.RawMessage `json:"conversions"`
	Requests     json.RawMessage `json:"requests"` // what colleagues wrote about the member
	Cases        json.RawMessage `json:"cases"`    // orders that the member missed
	Erasures     json.RawMessage `json:"erasures"` // asked for, and not carried out
	Acts         json.RawMessage `json:"acts"`     // what people who work here did to what is kept
}

// exported are the parts that other rooms keep of a member. Each sees only the
// rows of $1, and names the mailing by what the member could see of it.
var exported = map[string]string{
	"labels": `
		SELECT l.id, l.name, l.imprint_name FROM labels l
		 WHERE l.id IN (SELECT label_id FROM memberships WHERE member_id = $1 AND label_id IN (SELECT id FROM labels)) ORDER BY l.id`,
	"former_addresses": `
		SELECT address, until, bounces FROM former_addresses WHERE member_id = $1 ORDER BY id`,
	"address_links": `
		SELECT address, takes_back, made_at, expires_at, ended_at FROM address_links WHERE member_id = $1 ORDER BY id`,
	"signups": `
		SELECT label_id, tracking, off_topics, answers, form_url, ip, asked_at, expires_at, ended_at
		  FROM signups WHERE lower(address) = (SELECT address_key FROM members WHERE id = $1) ORDER BY id`,
	"soft_bounces": `
		SELECT send_id, at FROM soft_bounces WHERE member_id = $1 ORDER BY at`,
	"deliveries": `
		SELECT d.send_id, m.name AS mailing, s.label_id, d.state, d.sent_at, d.changed_at, d.attempts, d.reply_code, d.reason, d.message_id,
		       (SELECT r.delivered_at FROM relay_reports r WHERE r.send_month = s.month AND r.send_id = s.id AND r.member_id = $1) AS reported_at,
		       (SELECT json_agg(v.code) FROM voucher_codes v WHERE v.send_id = d.send_id AND v.member_id = $1) AS vouchers
		  FROM sends s JOIN mailings m ON m.id = s.mailing_id
		  JOIN deliveries d ON d.send_month = s.month AND d.send_id = s.id AND d.member_id = $1
		 ORDER BY s.slot_at`,
	"events": `
		SELECT e.send_id, m.name AS mailing, e.at, e.kind, e.machine, e.reason, k.url AS link, e.click_ref, e.detail
		  FROM sends s JOIN mailings m ON m.id = s.mailing_id
		  JOIN events e ON e.send_month = s.month AND e.send_id = s.id AND e.member_id = $1
		  LEFT JOIN links k ON k.id = e.link_id
		 ORDER BY e.at`,
	"engagements": `
		SELECT g.send_id, g.first_open_at, g.first_click_at, g.opens, g.clicks, g.machine_opens, g.machine_clicks,
		       g.unsubscribed_at, g.complained_at, g.bounced_at
		  FROM sends s JOIN engagements g ON g.send_month = s.month AND g.send_id = s.id AND g.member_id = $1
		 ORDER BY s.slot_at`,
	"conversions": `
		SELECT c.network, a.name AS advertiser, c.transaction_ref, c.part_ref, c.sub_id, c.status, c.sale_minor, c.commission_minor,
		       c.currency, c.occurred_at
		  FROM conversions c LEFT JOIN advertisers a ON a.id = c.advertiser_id
		 WHERE c.member_id = $1 ORDER BY c.occurred_at`,
	"requests": `
		SELECT r.kind, r.title, r.body, r.state, r.created_at,
		       (SELECT json_agg(json_build_object('at', c.created_at, 'body', c.body) ORDER BY c.id)
		          FROM request_comments c WHERE c.request_id = r.id) AS comments,
		       (SELECT json_agg(f.name ORDER BY f.id) FROM request_files f WHERE f.request_id = r.id) AS files
		  FROM requests r WHERE r.about_kind = 'member' AND r.about_ref = $1::bigint::text ORDER BY r.id`,
	"cases": `
		SELECT a.name AS advertiser, c.kind, c.state, c.order_ref, c.ordered_on, c.sale_minor, c.currency, c.note, c.click_ref, c.sub_id,
		       c.clicked_at, c.claimed_at, c.answer, c.told_at, c.created_at,
		       (SELECT json_agg(json_build_object('at', t.at, 'state', t.state, 'said', t.said) ORDER BY t.id)
		          FROM member_case_steps t WHERE t.case_id = c.id) AS steps,
		       (SELECT json_agg(f.name ORDER BY f.id) FROM member_case_files f WHERE f.case_id = c.id) AS files
		  FROM member_cases c JOIN advertisers a ON a.id = c.advertiser_id WHERE c.member_id = $1 ORDER BY c.id`,
	"erasures": `
		SELECT reason, state, requested_at, decided_at FROM erasure_requests WHERE member_id = $1 ORDER BY id`,
	"acts": `
		SELECT at, action FROM audit_log WHERE subject = 'members:' || $1::bigint ORDER BY seq`,
}

// Export returns all that is kept of the member.
func (s *Store) Export(ctx context.Context, m Member) (Export, error) {
	e, id := Export{ExportedAt: s.clock.Now(), Member: m}, m.ID
	var err error
	if e.Consents, err = NewConsents(s).Of(ctx, id); err != nil {
		return Export{}, err
	}
	if e.Suppressions, err = s.Suppressions(ctx, id); err != nil {
		return Export{}, err
	}
	if e.Preferences, err = s.preferences(ctx, id); err != nil {
		return Export{}, err
	}
	for part, into := range map[string]*json.RawMessage{
		"labels": &e.Labels, "former_addresses": &e.Former, "address_links": &e.AddressLinks, "signups": &e.Signups,
		"soft_bounces": &e.SoftBounces, "deliveries": &e.Deliveries, "events": &e.Events,
		"engagements": &e.Engagements, "conversions": &e.Conversions, "requests": &e.Requests, "cases": &e.Cases, "erasures": &e.Erasures,
		"acts": &e.Acts,
	} {
		err := s.db.GetContext(ctx, into, `
			SELECT coalesce(json_agg(x), '[]') FROM (`+exported[part]+`) x`, id)
		if err != nil {
			return Export{}, postgres.Fault(err, "thing.part_of_member", "part", part, "member", id)
		}
	}
	return e, nil
}
