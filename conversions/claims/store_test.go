package claims_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/seal"
	"keur/networks"
	"keur/tracking"
	"keur/tracking/recorder"
)

// world is a label whose member 1 clicked to advertiser 1 on 20 October, and who
// says that they bought there that day for €100.
type world struct {
	*claims.Store
	pgtest.DB
	t           *testing.T
	clock       *clock.Fake
	ring        *tracking.Keyring
	conversions *conversions.Store
	notices     *notices.Store
	user        context.Context
}

const click = 42

var sent = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	must(t, err)
	box, err := seal.New(bytes.Repeat([]byte("s"), 32))
	must(t, err)
	w := &world{t: t, DB: pgtest.Database(t), ring: ring, clock: clock.NewFake(sent.AddDate(0, 0, 20))}
	w.notices = notices.NewStore(w.App, box, w.clock)
	w.conversions = conversions.NewStore(w.App, ring, w.clock)
	w.Store = claims.NewStore(w.App, ring, accounts.NewStore(w.App, w.clock, pgtest.Key()), w.notices, w.clock)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`SELECT ensure_partitions('2026-10-01', '2026-10-31')`)
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		pgtest.Label(t, tx, "de")
		for _, statement := range shop {
			tx.MustExec(statement)
		}
		tx.MustExec(`INSERT INTO token_keys (id, secret_sealed, created_at) VALUES (1, '', '2026-01-01Z')`)
		tx.MustExec(`
			INSERT INTO events (send_month, send_id, member_id, at, kind, link_id, click_ref)
			VALUES ('2026-10-01', 1, 1, $1, 'click', 1, $2)`,
			sent.Add(time.Hour), recorder.ClickRef(click))
		tx.MustExec(`UPDATE change_rules SET admin_since = now()`)
	})
	w.user = pgtest.Acting(t.Context(), "user:1")
	return w
}

var shop = []string{
	`INSERT INTO advertisers (name, category) VALUES ('Zonneland', 'travel'), ('Schoen', 'fashion')`,
	`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'daisycon', '7'), (1, 'awin', '100')`,
	`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on) VALUES (1, 1, 'Herfst', '2026-10-01', '2026-12-01')`,
	`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'Nieuws', 'newsletter', 'done')`,
	`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{"subjects":[]}', 1)`,
	`INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id) VALUES (1, 'top', 0, 1, 1)`,
	`INSERT INTO links (revision_id, number, url, placement_key, campaign_id, subid_parameter)
	 VALUES (1, 0, 'https://z.example/', 'top', 1, 'ws')`,
	`INSERT INTO members (address, address_key, domain) SELECT 'm' || i || '@x.nl', 'm' || i || '@x.nl', 'x.nl' FROM generate_series(1, 3) i`,
	`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent) SELECT 1, m, true, true FROM generate_series(1, 2) m`,
	`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, audience, frozen_at, started_at)
	 VALUES (1, 1, 1, '2026-10-20 08:00', '2026-10-20 08:00Z', '2026-10-01', 'finished', 3, '2026-10-20 08:00Z', '2026-10-20 08:00Z')`,
	`INSERT INTO deliveries (send_month, send_id, member_id, variant, state, changed_at, sent_at)
	 SELECT month, 1, 1, 1, 'sent', slot_at, slot_at FROM sends`,
	`INSERT INTO network_connections (label_id, network, name, publisher_ref, created_at)
	 VALUES (1, 'daisycon', 'Daisycon NL', '4411', '2026-01-01Z'), (2, 'awin', 'Awin DE', '', '2026-01-01Z')`,
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func bought() claims.Facts {
	return claims.Facts{
		Advertiser: 1, Order: "ORD-1", Ordered: civil.Date{Year: 2026, Month: 10, Day: 20}, Sale: 10_000, Currency: "EUR",
		Note: "Niets gezien",
	}
}

func (w *world) open(f claims.Facts) claims.Case {
	w.t.Helper()
	c, err := w.Open(w.user, 1, 1, f)
	must(w.t, err)
	return c
}

// report has the network tell of a sale of the order.
func (w *world) report(status networks.Status, minor int64, at time.Time, change ...func(*networks.Report)) {
	w.t.Helper()
	r := networks.Report{
		Transaction: "T-1", At: at, Status: status, Sale: minor, Commission: 500, Currency: "EUR", Programme: "7", Order: "ORD-1",
		Occurred: sent.Add(2 * time.Hour), Raw: []byte(`{}`),
	}
	for _, c := range change {
		c(&r)
	}
	_, err := w.conversions.Record(pgtest.Acting(w.t.Context(), "system:networks"), 1, conversions.ByPoll, []networks.Report{r})
	must(w.t, err)
}

// booked books all transactions to a member, or to nobody.
func (w *world) booked(member any) {
	pgtest.Unguarded(w.t, w.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE conversions SET member_id = $1`, member) })
}

// A sale that is missing is found out about, claimed by mail with what shows it, and
// granted once the network tells of it.
func TestAMissingSale(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.open(bought())
	want := string(w.ring.AppendSubID(nil, tracking.SubID{Send: 1, Variant: 1, Link: 0, Click: click}))
	if c.Kind != claims.Untracked || c.Click != recorder.ClickRef(click) || c.SubID != want || c.Connection != 1 || c.ClaimBy == nil ||
		c.ClaimBy.String() != "2026-11-19" || c.State != claims.Open {
		t.Fatalf("%+v", c)
	}
	known, err := w.Known(w.user, c)
	must(t, err)
	if len(known.Clicks) != 1 || known.Clicks[0].Campaign != "Herfst" || len(known.Sales) != 0 || len(known.Accounts) != 1 ||
		known.Accounts[0].Programme != "7" || known.Delay != nil || known.Proposal != claims.Untracked || known.Told != claims.TellLooking {
		t.Errorf("known is %+v", known)
	}
	must(t, claims.NewFiles(w.Store).Add(w.user, c.ID, "../order.pdf", []byte("%PDF")))
	answers := 14
	must(t, w.SetRule(w.user, 1, claims.Rule{Address: "claims@daisycon.example", AnswerIn: &answers}))
	known, err = w.Known(w.user, c)
	must(t, err)
	pack, err := w.Pack(w.user, c, known)
	must(t, err)
	if pack.To != "claims@daisycon.example" {
		t.Errorf("it would go to %q", pack.To)
	}
	c, err = w.Claim(w.user, c.ID, pack.To, "Zie de bijlage")
	must(t, err)
	if c.State != claims.Claimed || c.AnswerBy == nil || c.AnswerBy.String() != "2026-11-23" {
		t.Errorf("%+v", c)
	}
	mails, err := w.notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 10)
	must(t, err)
	if len(mails) != 1 || mails[0].Recipient != "claims@daisycon.example" || len(mails[0].Attached) != 1 ||
		mails[0].Attached[0].Name != "order.pdf" || string(mails[0].Attached[0].Bytes) != "%PDF" {
		t.Fatalf("mailed %+v", mails)
	}
	for _, part := range []string{"ORD-1", want, "4411", "Zonneland", "100", "Zie de bijlage", "A"} {
		if !strings.Contains(mails[0].Body, part) {
			t.Errorf("the claim doesn't say %s: %s", part, mails[0].Body)
		}
	}
	for _, part := range []string{"m1@x.nl", "Niets gezien"} {
		if strings.Contains(mails[0].Subject+mails[0].Body, part) {
			t.Errorf("the claim tells of the member: %s", mails[0].Body)
		}
	}
	if n, err := w.Settle(pgtest.Acting(t.Context(), "system:scheduler")); n != 0 || err != nil {
		t.Errorf("settled %d: %v", n, err)
	}
	w.report(networks.Pending, 9_000, w.clock.Now())
	if n, err := w.Settle(pgtest.Acting(t.Context(), "system:scheduler")); n != 1 || err != nil {
		t.Fatalf("settled %d: %v", n, err)
	}
	c, err = w.Get(t.Context(), c.ID)
	must(t, err)
	steps, err := w.Steps(t.Context(), c.ID)
	must(t, err)
	if c.State != claims.Granted || c.Conversion == 0 || len(steps) != 3 || steps[0].By != "system:scheduler" || steps[1].By != "user:1" ||
		!strings.Contains(steps[1].Said, "Zie de bijlage") || steps[2].Said != "Niets gezien" {
		t.Errorf("%+v %+v", c, steps)
	}
	if n, err := w.Waiting(t.Context(), 1); n != 1 || err != nil {
		t.Errorf("%d wait, as the member is to be told: %v", n, err)
	}
	_, err = w.Tell(w.user, c.ID)
	must(t, err)
	if n, err := w.Waiting(t.Context(), 1); n != 0 || err != nil {
		t.Errorf("%d wait: %v", n, err)
	}
}

// What is claimed of a transaction that is there is granted once it is as claimed.
func TestWhatWasTurnedDownOrSmaller(t *testing.T) {
	t.Parallel()
	verdict := func(status networks.Status, minor int64) networks.Report {
		return networks.Report{Status: status, Sale: minor}
	}
	for kind, verdicts := range map[claims.Kind][]networks.Report{
		claims.Declined: {
			verdict(networks.Declined, 10_000), verdict(networks.Pending, 10_000), verdict(networks.Approved, 10_000),
		},
		claims.Incorrect: {
			verdict(networks.Approved, 4_000), verdict(networks.Approved, 9_999), verdict(networks.Approved, 10_000),
		},
	} {
		w := newWorld(t)
		w.report(verdicts[0].Status, verdicts[0].Sale, w.clock.Now(), func(r *networks.Report) { r.Reason = "Retour" })
		c := w.open(bought())
		if c.Kind != kind || c.Conversion == 0 {
			t.Fatalf("%s: %+v", kind, c)
		}
		_, err := w.Claim(w.user, c.ID, "claims@daisycon.example", "")
		must(t, err)
		mails, err := w.notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 1)
		must(t, err)
		if !strings.Contains(mails[0].Body, "T-1") || !strings.Contains(mails[0].Body, "Retour") {
			t.Errorf("%s: %s", kind, mails[0].Body)
		}
		for i, verdict := range verdicts[1:] {
			w.clock.Add(time.Hour)
			w.report(verdict.Status, verdict.Sale, w.clock.Now())
			if n, err := w.Settle(pgtest.Acting(t.Context(), "system:scheduler")); n != i || err != nil {
				t.Errorf("%s: after %+v %d are settled: %v", kind, verdict, n, err)
			}
		}
	}
}

// Whether it is too early is known from the advertiser's own sales, of which 20 or
// more tell it.
func TestTooEarly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 20 {
		w.clock.Set(sent.AddDate(0, 0, i))
		w.report(networks.Pending, 100, w.clock.Now(), func(r *networks.Report) {
			r.Transaction, r.Order, r.Occurred = fmt.Sprint("X-", i), "", w.clock.Now().AddDate(0, 0, -3)
		})
	}
	c := w.open(claims.Facts{Advertiser: 1, Order: "ORD-2", Ordered: civil.DateOf(w.clock.Now()).AddDays(-1), Sale: 1, Currency: "EUR"})
	known, err := w.Known(w.user, c)
	must(t, err)
	if known.Delay == nil || *known.Delay != 3 || !known.TooEarly || known.Told != claims.TellEarly || c.Kind != "" {
		t.Errorf("%+v", known)
	}
	w.clock.Add(3 * 24 * time.Hour)
	if known, err = w.Known(w.user, c); err != nil || known.TooEarly || known.Told != claims.TellLooking {
		t.Errorf("days later: %+v %v", known, err)
	}
}

// A case names what is its member's and its label's, in the table too; and people
// write it, but for what the transaction says.
func TestCasesHaveWalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.report(networks.Declined, 10_000, w.clock.Now())
	w.booked(2)
	for name, change := range map[string]func(*claims.Facts){
		"click_ref":     func(f *claims.Facts) { f.Click = "zz" },
		"conversion_id": func(f *claims.Facts) { f.Conversion = 1 },
		"connection_id": func(f *claims.Facts) { f.Connection = 2 },
	} {
		f := bought()
		change(&f)
		if _, err := w.Open(w.user, 1, 1, f); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Open(w.user, 1, 3, bought()); err == nil || !strings.Contains(err.Error(), "no such member") {
		t.Errorf("of another label's member: %v", err)
	}
	if _, err := w.Open(t.Context(), 1, 1, bought()); err == nil {
		t.Error("nobody opened a case")
	}
	if _, err := w.Open(pgtest.Acting(t.Context(), "system:claims"), 1, 1, bought()); err == nil {
		t.Error("the program opened a case")
	}
	c := w.open(bought())
	if c.Kind != "" || c.Conversion != 0 {
		t.Errorf("another member's transaction is proposed: %+v", c)
	}
	for _, statement := range []string{
		`UPDATE member_cases SET member_id = 2`, `UPDATE member_cases SET label_id = 2`, `UPDATE member_cases SET order_ref = ''`,
		`UPDATE member_cases SET connection_id = 2`, `UPDATE member_cases SET state = 'granted', conversion_id = 1`,
		`UPDATE member_cases SET state = 'claimed'`,
	} {
		if _, err := w.Owner.Exec(statement); err == nil {
			t.Errorf("psql may: %s", statement)
		}
	}
	w.booked(nil)
	f := bought()
	f.Kind, f.Conversion, f.Connection = claims.Declined, 1, 1
	_, err := w.Change(w.user, c.ID, f)
	must(t, err)
	_, err = w.Claim(w.user, c.ID, "claims@daisycon.example", "")
	must(t, err)
	as := pgtest.Acting(t.Context(), "system:claims")
	if _, err := w.Decide(as, c.ID, true, ""); err == nil {
		t.Error("the program granted what is still declined")
	}
	if _, err := w.Decide(as, c.ID, false, "x"); err == nil {
		t.Error("the program refused a claim")
	}
	found, err := w.List(t.Context(), claims.Filter{Label: 1, Waiting: true}, paging.Ask{Sort: "due"})
	must(t, err)
	all, err := w.List(t.Context(), claims.Filter{Label: 1, Order: "ORD-1"}, paging.Ask{})
	must(t, err)
	if len(found.Items) != 0 || len(all.Items) != 1 || all.Items[0].Name != "Zonneland" || all.Items[0].Account != "Daisycon NL" {
		t.Errorf("%+v %+v", found.Items, all.Items)
	}
}
