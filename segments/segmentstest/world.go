// Package segmentstest makes a database with one label for tests of counting,
// and random rules over its attributes.
package segmentstest

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/segments"
)

// World is a database with one label, whose members a test adds.
type World struct {
	T          testing.TB
	App, Owner *sqlx.DB
	Clock      *clock.Fake
	Engine     *segments.Engine // counts by SQL
	Store      *segments.Store
	Label      labels.ID
	ZoneName   string // of the label
}

// slots are the attributes that the world's label has.
var slots = [][3]string{
	{"gender", "text", "t1"}, {"city", "text", "t2"}, {"note", "text", "t9"}, {"birth_date", "date", "d1"},
	{"points", "number", "n1"}, {"vip", "bool", "b1"}, {"interests", "set", "s1"},
}

// New makes a label in zone, with the clock at now.
func New(t testing.TB, app, owner *sqlx.DB, now time.Time, zone string) *World {
	t.Helper()
	w := &World{T: t, App: app, Owner: owner, Clock: clock.NewFake(now), Store: segments.NewStore(app), ZoneName: zone}
	w.Engine = segments.NewEngine(app, w.Clock, segments.SQL{})
	w.Label = w.AddLabel("one", zone)
	w.Exec(`ALTER TABLE memberships DISABLE TRIGGER memberships_guard`) // members go here without anybody's approval
	return w
}

// AddLabel makes a label with the world's attributes.
func (w *World) AddLabel(code, zone string) (id labels.ID) {
	w.T.Helper()
	w.Get(&id, `
		INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		VALUES ($1, $1, 'nl', $2, 'https://x.nl', 'b.x.nl', 'x.nl', 'X', 'Y') RETURNING id`, code, zone)
	for _, s := range slots {
		w.Exec(`INSERT INTO attributes (label_id, name, type, slot) VALUES ($1, $2, $3, $4)`, id, s[0], s[1], s[2])
	}
	return id
}

// AddMembers adds n members with ids from 1, consenting and without attributes.
func (w *World) AddMembers(n int) {
	w.T.Helper()
	w.Exec(`INSERT INTO members (id, address, address_key, domain) OVERRIDING SYSTEM VALUE
	        SELECT i, 'm' || i || '@x.nl', 'm' || i || '@x.nl', 'x.nl' FROM generate_series(1, $1::int) i`, n)
	w.Exec(`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent)
	        SELECT $1, i, true, true FROM generate_series(1, $2::int) i`, w.Label, n)
}

// Parse reads a rule, which is JSON.
func (w *World) Parse(rule string) segments.Rule {
	w.T.Helper()
	r, err := segments.ParseRule([]byte(rule))
	if err != nil {
		w.T.Fatalf("%s: %v", rule, err)
	}
	return r
}

// Count counts by rule, which is JSON.
func (w *World) Count(rule string) int {
	w.T.Helper()
	n, err := w.Engine.Count(w.T.Context(), w.Label, w.Parse(rule))
	if err != nil {
		w.T.Fatalf("%s: %v", rule, err)
	}
	return n
}

// Exec runs SQL as the owner.
func (w *World) Exec(sql string, args ...any) {
	w.T.Helper()
	if _, err := w.Owner.Exec(sql, args...); err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
}

// Get reads one value or row as the owner.
func (w *World) Get(into any, sql string, args ...any) {
	w.T.Helper()
	if err := sqlx.Get(w.Owner, into, sql, args...); err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
}

// Unguarded runs SQL past the triggers that ask for approval, which is not what
// is tested here.
func (w *World) Unguarded(sql string, args ...any) {
	w.T.Helper()
	pgtest.Unguarded(w.T, w.Owner, func(tx *sqlx.Tx) {
		if _, err := tx.Exec(sql, args...); err != nil {
			w.T.Fatalf("%s: %v", sql, err)
		}
	})
}

// Advertiser makes an advertiser of the category with one campaign of the same id.
func (w *World) Advertiser(id int, category string) {
	w.T.Helper()
	w.Exec(`INSERT INTO advertisers (id, name, category) OVERRIDING SYSTEM VALUE
	        VALUES ($1::bigint, 'Advertiser ' || $1::bigint, $2)`, id, category)
	w.Exec(`INSERT INTO campaigns (id, label_id, advertiser_id, name, starts_on, ends_on) OVERRIDING SYSTEM VALUE
	        VALUES ($1::bigint, $2, $1::bigint, 'Campaign ' || $1::bigint, '2026-01-01', '2026-12-31')`, id, w.Label)
}

// Mailing makes a mailing with one revision of the same id, that places the campaigns.
func (w *World) Mailing(id int, label labels.ID, campaigns ...int) {
	w.T.Helper()
	w.Unguarded(`INSERT INTO mailings (id, label_id, name, kind, revision_id) OVERRIDING SYSTEM VALUE
	             VALUES ($1::bigint, $2, 'Mailing ' || $1::bigint, 'newsletter', $1::bigint)`, id, label)
	w.Unguarded(`INSERT INTO revisions (id, mailing_id, number, content, author_id) OVERRIDING SYSTEM VALUE VALUES ($1, $1, 1, '{}', 1)`, id)
	for i, c := range campaigns {
		w.Unguarded(`INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id)
		             VALUES ($1, 'p' || $2::int, $2::int, $3, $3)`, id, i, c)
	}
}

// Send makes a finished send of a mailing and its revision, with deliveries in
// the state, all sent at the slot, to members first to last.
func (w *World) Send(id, mailing int, slot time.Time, state string, first, last int) {
	w.T.Helper()
	w.Exec(`SELECT ensure_partitions($1::date, $1::date)`, slot)
	w.Unguarded(`INSERT INTO sends (id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, finished_at)
	             OVERRIDING SYSTEM VALUE
	             SELECT $1, $2, $2, label_id, $3::timestamptz AT TIME ZONE 'UTC', $3,
	                    date_trunc('month', $3::timestamptz AT TIME ZONE 'UTC')::date, 'finished', $3
	               FROM mailings WHERE id = $2`, id, mailing, slot)
	w.Unguarded(`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at)
	        SELECT month, id, i, $2::delivery_state, CASE WHEN $2::delivery_state = 'sent' THEN slot_at END
	          FROM sends, generate_series($3::int, $4::int) i WHERE id = $1`, id, state, first, last)
}

// Behaved notes that members first to last did it on the day, n times.
func (w *World) Behaved(kind string, mailing, campaign int, day string, first, last, n int) {
	w.T.Helper()
	w.Exec(`INSERT INTO behaviours (label_id, kind, mailing_id, day, campaign_id, member_id, n)
	        SELECT label_id, $1::event_kind, $2, $3::date, $4, i, $7 FROM mailings, generate_series($5::int, $6::int) i WHERE id = $2`,
		kind, mailing, day, campaign, first, last, n)
}
