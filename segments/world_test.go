package segments_test

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/segments"
)

// world is a base with one label, whose members tests add.
type world struct {
	t      *testing.T
	db     pgtest.DB
	clock  *clock.Fake
	engine *segments.Engine
	store  *segments.Store
	label  labels.ID
	hashes map[string][]int64 // of members, by seed
	ages   map[string]int     // by birth date, today

	zoneName string
}

// slots are the attributes that the world's label has.
var slots = [][3]string{
	{"gender", "text", "t1"}, {"city", "text", "t2"}, {"note", "text", "t9"}, {"birth_date", "date", "d1"},
	{"points", "number", "n1"}, {"vip", "bool", "b1"}, {"interests", "set", "s1"},
}

// newWorld makes a label in zone at now.
func newWorld(t *testing.T, now time.Time, zone string) *world {
	t.Helper()
	db := pgtest.Database(t)
	w := &world{t: t, db: db, clock: clock.NewFake(now), store: segments.NewStore(db.App), ages: map[string]int{}, zoneName: zone}
	w.engine = segments.NewEngine(db.App, w.clock)
	w.label = w.addLabel("one", zone)
	w.exec(`ALTER TABLE memberships DISABLE TRIGGER memberships_guard`) // members go here without anybody's approval
	return w
}

func (w *world) addLabel(code, zone string) (id labels.ID) {
	w.t.Helper()
	w.get(&id, `
		INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		VALUES ($1, $1, 'nl', $2, 'https://x.nl', 'b.x.nl', 'x.nl', 'X', 'Y') RETURNING id`, code, zone)
	for _, s := range slots {
		w.exec(`INSERT INTO attributes (label_id, name, type, slot) VALUES ($1, $2, $3, $4)`, id, s[0], s[1], s[2])
	}
	return id
}

// addMembers adds n members with ids from 1, consenting and without attributes.
func (w *world) addMembers(n int) {
	w.t.Helper()
	w.exec(`INSERT INTO members (id, address, address_key, domain) OVERRIDING SYSTEM VALUE
	        SELECT i, 'm' || i || '@x.nl', 'm' || i || '@x.nl', 'x.nl' FROM generate_series(1, $1::int) i`, n)
	w.exec(`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent)
	        SELECT $1, i, true, true FROM generate_series(1, $2::int) i`, w.label, n)
}

// upkeep does what duties do for counts.
func (w *world) upkeep() {
	w.t.Helper()
	if _, err := segments.NewPanels(w.db.App).Refresh(postgres.WithActor(w.t.Context(), "system:scheduler")); err != nil {
		w.t.Fatal(err)
	}
	if _, err := segments.NewPacks(w.db.App).Fill(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) parse(rule string) segments.Rule {
	w.t.Helper()
	r, err := segments.ParseRule([]byte(rule))
	if err != nil {
		w.t.Fatalf("%s: %v", rule, err)
	}
	return r
}

// count counts by rule, which is JSON.
func (w *world) count(rule string) int {
	w.t.Helper()
	n, err := w.engine.Count(w.t.Context(), w.label, w.parse(rule))
	if err != nil {
		w.t.Fatalf("%s: %v", rule, err)
	}
	return n
}

// exec runs SQL as the owner.
func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Owner.Exec(sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) get(into any, sql string, args ...any) {
	w.t.Helper()
	if err := sqlx.Get(w.db.Owner, into, sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// unguarded runs SQL past the triggers that ask for approval, which is not what
// is tested here.
func (w *world) unguarded(sql string, args ...any) {
	w.t.Helper()
	tx := w.db.Owner.MustBegin()
	defer func() { _ = tx.Rollback() }()
	tx.MustExec(`SET LOCAL session_replication_role = replica`)
	if _, err := tx.Exec(sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	if err := tx.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

// advertiser makes an advertiser of the category with one campaign of the same id.
func (w *world) advertiser(id int, category string) {
	w.t.Helper()
	w.exec(`INSERT INTO advertisers (id, name, category) OVERRIDING SYSTEM VALUE VALUES ($1::bigint, 'Advertiser ' || $1::bigint, $2)`, id, category)
	w.exec(`INSERT INTO campaigns (id, label_id, advertiser_id, name, starts_on, ends_on) OVERRIDING SYSTEM VALUE
	        VALUES ($1::bigint, $2, $1::bigint, 'Campaign ' || $1::bigint, '2026-01-01', '2026-12-31')`, id, w.label)
}

// mailing makes a mailing with one revision of the same id, that places the campaigns.
func (w *world) mailing(id int, label labels.ID, campaigns ...int) {
	w.t.Helper()
	w.unguarded(`INSERT INTO mailings (id, label_id, name, kind, revision_id) OVERRIDING SYSTEM VALUE
	             VALUES ($1::bigint, $2, 'Mailing ' || $1::bigint, 'newsletter', $1::bigint)`, id, label)
	w.unguarded(`INSERT INTO revisions (id, mailing_id, number, content, author_id) OVERRIDING SYSTEM VALUE VALUES ($1, $1, 1, '{}', 1)`, id)
	for i, c := range campaigns {
		w.unguarded(`INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id) VALUES ($1, 'p' || $2::int, $2::int, $3, $3)`, id, i, c)
	}
}

// send makes a finished send of a mailing and its revision, with deliveries in
// the state, all sent at the slot, to members first to last.
func (w *world) send(id, mailing int, slot time.Time, state string, first, last int) {
	w.t.Helper()
	w.exec(`SELECT ensure_partitions($1::date, $1::date)`, slot)
	w.unguarded(`INSERT INTO sends (id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, finished_at) OVERRIDING SYSTEM VALUE
	             SELECT $1, $2, $2, label_id, $3::timestamptz AT TIME ZONE 'UTC', $3, date_trunc('month', $3::timestamptz AT TIME ZONE 'UTC')::date, 'finished', $3
	               FROM mailings WHERE id = $2`, id, mailing, slot)
	w.exec(`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at)
	        SELECT month, id, i, $2::delivery_state, CASE WHEN $2::delivery_state = 'sent' THEN slot_at END
	          FROM sends, generate_series($3::int, $4::int) i WHERE id = $1`, id, state, first, last)
}

// behaved notes that members first to last did it on the day, n times.
func (w *world) behaved(kind string, mailing, campaign int, day string, first, last, n int) {
	w.t.Helper()
	w.exec(`INSERT INTO behaviours (label_id, kind, mailing_id, day, campaign_id, member_id, n)
	        SELECT label_id, $1::event_kind, $2, $3::date, $4, i, $7 FROM mailings, generate_series($5::int, $6::int) i WHERE id = $2`,
		kind, mailing, day, campaign, first, last, n)
}
