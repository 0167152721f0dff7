// Package deliverytest sets the stage for tests and measurements of delivery:
// a label, members, and an approved mailing whose send is about to be frozen.
package deliverytest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/members"
	"keur/segments"
	"keur/templates"
	"keur/templates/lang"
	"keur/tracking"
)

// Stage is a base with one label, whose members are numbered from 1.
type Stage struct {
	Owner    *sqlx.DB
	App      *sqlx.DB
	Clock    clock.Clock
	Ring     *tracking.Keyring
	Ledger   *delivery.Ledger
	Mailings *mailings.Store
	Sends    *mailings.Sends
	Members  *members.Store
	Vouchers *campaigns.Vouchers
	Compiler *templates.Compiler
}

// Hours tells when mail of the stage's sends may leave.
func (s *Stage) Hours() delivery.Hours {
	return delivery.Hours{Mailings: s.Mailings, Labels: labels.NewStore(s.App)}
}

// At stands on a stage that was set before, whose base is at owner and app.
func At(owner, app *sqlx.DB, clk clock.Clock) (*Stage, error) {
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		return nil, err
	}
	store := members.NewStore(app, clk, []byte("a key for erased addresses"))
	vouchers := campaigns.NewVouchers(app)
	s := &Stage{
		Owner: owner, App: app, Clock: clk, Ring: ring, Members: store, Vouchers: vouchers, Compiler: templates.NewCompiler(time.Hour),
		Ledger: delivery.NewLedger(app, clk, tracking.NewStore(app, ring, store, clk, pgtest.Key()), vouchers),
	}
	s.Mailings, s.Sends = mailings.NewStore(app, clk, s.Compiler), mailings.NewSends(app, clk)
	return s, nil
}

// New sets the stage with n members in fresh, migrated databases.
func New(ctx context.Context, owner, app *sqlx.DB, clk clock.Clock, n int) (*Stage, error) {
	s, err := At(owner, app, clk)
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{
		`INSERT INTO users (email, name) VALUES ('maker@label.example', 'Maker'), ('colleague@label.example', 'Colleague')`,
		`INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		 VALUES ('shop-nl', 'Zuinig', 'nl', 'Europe/Amsterdam', 'https://acties.zuinig.example', 'bounce.zuinig.example', 'acties.zuinig.example', 'Zuinig B.V.', 'Keizersgracht 1')`,
		`INSERT INTO user_roles (user_id, label_id, role) VALUES (2, 1, 'approver')`,
		`INSERT INTO attributes (label_id, name, type, slot) VALUES (1, 'first_name', 'text', 't1'), (1, 'points', 'number', 'n1')`,
		fmt.Sprintf(`INSERT INTO members (address, address_key, domain)
		 SELECT 'Member' || i || '@' || d, 'member' || i || '@' || d, d
		   FROM generate_series(1, %d) i, LATERAL (SELECT (ARRAY['gmail.example', 'ziggo.example', 'kpn.example', 'gmx.example'])[1 + i %% 4] AS d) x`, n),
		`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent, t1, n1)
		 SELECT 1, id, true, true, 'Willemijn' || id, id % 2000 FROM members ORDER BY id`,
		`ANALYZE members, memberships`,
	} {
		if _, err := owner.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("set the stage: %w", err)
		}
	}
	return s, nil
}

// Content is a mailing's content of about 20 KB in HTML, with ten links and
// some of the member's data.
func Content() mailings.Content {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="nl"><head><title>x</title></head><body style="margin:0"><p>Dag {{member.first_name | default "lid"}},</p>`)
	for i := range 10 {
		fmt.Fprintf(&b, `<table role="presentation" width="100%%"><tr><td style="padding:20px"><h2>Aanbieding %d</h2><p>%s</p><a href="https://shop%d.example/actie?id=%d" style="color:#000">Bekijk aanbieding %d</a></td></tr></table>`,
			i, strings.Repeat("Een weekend weg voor weinig geld, met ontbijt en een wandeling. ", 17), i, i, i)
	}
	b.WriteString(`{{if member.points > 100}}<p>Je hebt {{member.points | number}} punten.</p>{{end}}
		<p>{{label.imprint}} <a href="{{unsubscribe_url}}">Afmelden</a></p></body></html>`)
	return mailings.Content{
		Label: mailings.LabelFacts{
			Code: "shop-nl", Name: "Zuinig", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://acties.zuinig.example",
			BounceDomain: "bounce.zuinig.example", ListID: "acties.zuinig.example", ImprintName: "Zuinig B.V.",
			ImprintAddress: "Keizersgracht 1", Accent: "#1a5fb4",
		},
		Kind: mailings.House,
		Subjects: []mailings.Subject{{Key: "a", Text: "Tien weekenden weg, {{member.first_name | default \"lid\"}}", Weight: 1},
			{Key: "b", Text: "Weg voor weinig", Weight: 1}},
		Sender:   mailings.Sender{Name: "Zuinig", Address: "acties@zuinig.example", ReplyTo: "service@zuinig.example"},
		Template: mailings.Template{Format: templates.HTML, Source: b.String()},
		Fields:   map[string]lang.FieldType{"first_name": lang.Text, "points": lang.Number},
		Audience: segments.Audience{},
		Schedule: schedules.Schedule{Kind: schedules.Once},
	}
}

// AddVouchers gives the content a placement with a pool of so many codes, from
// which freezing is to reserve.
func (s *Stage) AddVouchers(ctx context.Context, content *mailings.Content, codes int) ([]campaigns.PoolID, error) {
	for _, statement := range []string{
		`INSERT INTO advertisers (name, category) VALUES ('Fietsen BV', 'travel')`,
		`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on) VALUES (1, 1, 'Fietsen', '2026-01-01', '2027-01-01')`,
		`INSERT INTO voucher_pools (campaign_id, name) VALUES (1, 'codes')`,
		fmt.Sprintf(`INSERT INTO voucher_codes (pool_id, code) SELECT 1, 'CODE' || i FROM generate_series(1, %d) i`, codes),
	} {
		if _, err := s.Owner.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("add vouchers: %w", err)
		}
	}
	content.Kind = mailings.Solo
	content.Placements = []mailings.Placement{{
		Key: "fietsen", CampaignID: 1, Campaign: "Fietsen", AdvertiserID: 1, Advertiser: "Fietsen BV", Category: "travel",
		VoucherPoolID: 1, HTML: `<p>Fietsen BV: {{voucher}} <a href="https://fietsen.example/">Huur</a></p>`,
	}}
	content.Template.Source = strings.Replace(content.Template.Source, "</p>", "</p>{{placements}}", 1)
	return []campaigns.PoolID{1}, nil
}

// NewSend makes a mailing of the content, approves it over everyone's head and
// returns its send at the slot, freezing. Approval's guards are proven where
// they live; here they'd need a whole publisher.
func (s *Stage) NewSend(ctx context.Context, content mailings.Content, slot time.Time) (mailings.Send, error) {
	var send mailings.Send
	ctx = pgtest.Acting(ctx, accounts.UserID(1).Actor()) // whom the stage has write it
	at := schedules.LocalOf(slot)
	content.Schedule.At = at
	m, err := s.Mailings.Create(ctx, 1, "Weekend weg", content.Kind)
	if err != nil {
		return send, err
	}
	revision, _, err := s.Mailings.Edit(ctx, m.ID, 0, content, 1)
	if err != nil {
		return send, err
	}
	var id mailings.SendID
	err = postgres.InTx(ctx, s.Owner, func(tx *sqlx.Tx) error {
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{`SELECT ensure_partitions($1::date, $1::date)`, []any{slot}},
			{`SET LOCAL session_replication_role = replica`, nil},
			{`INSERT INTO approval_rounds (mailing_id, revision_id, digest, state, audience, waterfall, drift_percent, client_waivable, submitted_by, ceiling)
			  VALUES ($1, $2, $3, 'approved', 0, '{}', 10, false, 1, 2147483647)`, []any{m.ID, revision.ID, revision.Digest}},
			{`INSERT INTO approval_reviews (round_id, position, step, digest, verdict, user_id, decided_at, due_at)
			  SELECT id, p, step, digest, 'approved', p, now(), now()
			    FROM approval_rounds r, (VALUES (1, 'maker'), (2, 'colleague')) v(p, step) WHERE revision_id = $1`, []any{revision.ID}},
			{`INSERT INTO approval_reviews (round_id, position, step, advertiser_id, digest, verdict, contact_id, decided_at, due_at)
			  SELECT r.id, 2, 'client', p.advertiser_id, digest, 'approved', 1, now(), now()
			    FROM approval_rounds r JOIN revision_placements p USING (revision_id) WHERE revision_id = $1`, []any{revision.ID}},
			{`UPDATE approval_reviews SET attachments_opened = (SELECT coalesce(jsonb_agg(number), '[]') FROM revision_attachments WHERE revision_id = $1)
			   WHERE round_id = (SELECT id FROM approval_rounds WHERE revision_id = $1)`, []any{revision.ID}},
			{`UPDATE mailings SET state = 'scheduled' WHERE id = $1`, []any{m.ID}},
		} {
			if _, err := tx.ExecContext(ctx, step.sql, step.args...); err != nil {
				return fmt.Errorf("approve a mailing: %w", err)
			}
		}
		return tx.GetContext(ctx, &id, `
			INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, deadline_at)
			VALUES ($1, $2, 1, $3, $4, $5, 'freezing', $6) RETURNING id`,
			m.ID, revision.ID, at, slot.UTC(), mailings.MonthOf(slot), slot.Add(48*time.Hour).UTC())
	})
	if err != nil {
		return send, err
	}
	return s.Sends.Get(ctx, id)
}

// Everyone is the SQL of an audience of all members of the label.
const Everyone = `SELECT member_id, NULL::text AS skip_reason FROM memberships WHERE label_id = 1`

// Freeze freezes the send's audience.
func (s *Stage) Freeze(
	ctx context.Context, send mailings.Send, audienceSQL string, args []any, o delivery.FreezeOptions,
) (frozen delivery.Frozen, err error) {
	err = postgres.InTx(ctx, s.App, func(tx *sqlx.Tx) error {
		frozen, err = s.freeze(ctx, tx, send, audienceSQL, args, o)
		return err
	})
	return frozen, err
}

func (s *Stage) freeze(
	ctx context.Context, tx *sqlx.Tx, send mailings.Send, audienceSQL string, args []any, o delivery.FreezeOptions,
) (delivery.Frozen, error) {
	frozen, err := s.Ledger.Freeze(ctx, tx, send, audienceSQL, args, o)
	if err != nil {
		return frozen, err
	}
	_, err = s.Sends.UpdateIn(ctx, tx, send.ID, func(at *mailings.Send) error {
		now := s.Clock.Now()
		at.FrozenAt, at.Audience = &now, &frozen.Queued
		return nil
	})
	return frozen, err
}

// Start freezes the send's audience and lets it go.
func (s *Stage) Start(
	ctx context.Context, send mailings.Send, audienceSQL string, o delivery.FreezeOptions,
) (frozen delivery.Frozen, err error) {
	err = postgres.InTx(ctx, s.App, func(tx *sqlx.Tx) error {
		if frozen, err = s.freeze(ctx, tx, send, audienceSQL, nil, o); err != nil {
			return err
		}
		_, err := s.Sends.UpdateIn(ctx, tx, send.ID, func(at *mailings.Send) error { return at.MoveTo(mailings.Sending, s.Clock.Now()) })
		return err
	})
	return frozen, err
}
