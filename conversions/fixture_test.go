package conversions_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/conversions"
	"keur/internal/clock"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/networks"
	"keur/tracking"
	"keur/tracking/recorder"
)

// world is two labels, the first with a newsletter of two advertisers and a
// connection to each of two networks, the second with a solo.
type world struct {
	pgtest.DB
	clock *clock.Fake
	ring  *tracking.Keyring
	store *conversions.Store
	user  context.Context // somebody who works here
}

const (
	awin, daisycon = networks.ConnectionID(1), networks.ConnectionID(2)
	zonneland      = 1 // advertisers
	schoen         = 2
	newsletter     = 1 // sends, and their mailings
	solo           = 2
)

var sent = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{DB: pgtest.Database(t), ring: ring, clock: clock.NewFake(sent.AddDate(0, 1, 0))}
	w.store = conversions.NewStore(w.App, ring, w.clock)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`SELECT ensure_partitions('2026-10-01', '2026-10-31')`)
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		pgtest.Label(t, tx, "us")
		for _, statement := range publisher {
			tx.MustExec(statement)
		}
		tx.MustExec(`UPDATE change_rules SET admin_since = now()`) // a bare login writes nothing here
	})
	w.user = pgtest.Acting(t.Context(), "user:1")
	return w
}

var publisher = []string{
	`UPDATE labels SET time_zone = 'America/Los_Angeles' WHERE id = 2`,
	`INSERT INTO advertisers (name, category) VALUES ('Zonneland', 'travel'), ('Schoen', 'fashion')`,
	`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '100'), (2, 'awin', '200'), (1, 'daisycon', '7'), (2, 'daisycon', '8'),
	 (1, 'awin', 'shared'), (2, 'awin', 'shared')`,
	`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on) VALUES (1, 1, 'Herfst', '2026-10-01', '2026-12-01'),
	 (1, 1, 'Winter', '2026-10-01', '2026-12-01'), (1, 2, 'Laarzen', '2026-10-01', '2026-12-01'), (2, 2, 'Boots', '2026-10-01', '2026-12-01')`,
	`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'Nieuws', 'newsletter', 'done'), (2, 'Boots', 'solo', 'done')`,
	`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{"subjects":[]}', 1), (2, 1, '{"subjects":[]}', 1)`,
	`INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id) VALUES
	 (1, 'top', 0, 1, 1), (1, 'mid', 1, 2, 1), (1, 'side', 2, 3, 2), (2, 'top', 0, 4, 2)`,
	`INSERT INTO links (revision_id, number, url, placement_key, campaign_id, subid_parameter) VALUES
	 (1, 0, 'https://z.example/1', 'top', 1, 'clickref'), (1, 1, 'https://z.example/2', 'mid', 2, 'clickref'),
	 (1, 2, 'https://s.example/', 'side', 3, 'clickref'), (1, 3, 'https://label.example/over', '', NULL, ''), (2, 0, 'https://s.example/', 'top', 4, 'ws')`,
	`INSERT INTO members (address, address_key, domain) SELECT 'm' || i || '@x.nl', 'm' || i || '@x.nl', 'x.nl' FROM generate_series(1, 3) i`,
	`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent) SELECT l, m, true, m < 3 FROM generate_series(1, 2) l, generate_series(1, 3) m`,
	`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, audience, frozen_at, started_at)
	 SELECT m, m, m, at AT TIME ZONE 'UTC', at, '2026-10-01', 'finished', 3, at, at FROM generate_series(1, 2) m, CAST('2026-10-20 08:00Z' AS timestamptz) at`,
	`INSERT INTO deliveries (send_month, send_id, member_id, variant, state, changed_at, sent_at)
	 SELECT month, s.id, m.id, m.id % 2, 'sent', slot_at, slot_at FROM sends s, members m`,
	`INSERT INTO voucher_pools (campaign_id, name, shared_code, exclusive) VALUES (1, 'codes', NULL, false), (2, 'ours', 'WINTER-KEUR', true),
	 (3, 'everybody''s', 'SALE10', false)`,
	`INSERT INTO voucher_codes (pool_id, code, state, send_id, member_id) VALUES (1, 'UNIQUE-2', 'committed', 1, 2), (1, 'UNUSED-1', 'free', NULL, NULL)`,
	`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin NL'), (1, 'daisycon', 'Daisycon')`,
}

// subID is that of a click on a link of a send.
func (w *world) subID(send int64, link uint16, click uint64) string {
	return string(w.ring.AppendSubID(nil, tracking.SubID{Send: send, Variant: 1, Link: link, Click: click}))
}

// clicked notes the click of a member, as the recorder does.
func (w *world) clicked(send, member int64, link, click uint64) {
	w.Owner.MustExec(`
		INSERT INTO events (send_month, send_id, member_id, at, kind, link_id, click_ref) VALUES ('2026-10-01', $1, $2, $3, 'click', $4, $5)`,
		send, member, sent, link, recorder.ClickRef(click))
}

func (w *world) record(t testing.TB, to networks.ConnectionID, reports ...networks.Report) conversions.Recorded {
	t.Helper()
	done, err := w.store.Record(pgtest.Acting(t.Context(), "system:networks"), to, conversions.ByPoll, reports)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// count returns the one number that a query finds.
func (w *world) count(t testing.TB, query string) (n int) {
	t.Helper()
	if err := w.Owner.Get(&n, query); err != nil {
		t.Fatal(err)
	}
	return n
}

// only returns the one conversion that there is.
func (w *world) only(t testing.TB) conversions.Conversion {
	t.Helper()
	var id conversions.ID
	if err := w.App.Get(&id, `SELECT id FROM conversions`); err != nil {
		t.Fatal(err)
	}
	c, err := w.store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sale is a report of a pending sale of €100 with €5 for us.
func sale(ref string, change ...func(*networks.Report)) networks.Report {
	r := networks.Report{
		Transaction: ref, At: sent.Add(2 * time.Hour), Status: networks.Pending, Sale: 10_000, Commission: 500, Currency: "EUR",
		Programme: "100", Occurred: sent.Add(time.Hour), Raw: []byte(`{"id": "` + ref + `"}`),
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func all() paging.Ask { return paging.Ask{} }
