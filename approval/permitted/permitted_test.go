package permitted_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/permitted"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/mailings/schedules"
	"keur/networks"
	"keur/networks/material"
	"keur/networks/products"
	"keur/networks/programmes"
)

var slot = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// publisher is one with an account at Awin, where the programme of its campaign is
// listed, and a banner and a code were taken into the campaign.
type publisher struct {
	world *mailingstest.World
	permitted.Checks
	db      pgtest.DB
	content mailings.Content
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	w, db := mailingstest.Fresh(t, 0)
	p := &publisher{world: w, db: db, Checks: permitted.Checks{
		Programmes: programmes.NewStore(db.App), Material: material.NewStore(db.App), Products: products.NewStore(db.App),
		Campaigns: w.Campaigns, Creatives: campaigns.NewCreatives(db.App), Vouchers: campaigns.NewVouchers(db.App),
		Networks: networks.NewStore(db.App), Targets: targets.NewStore(db.App, w.Clock),
	}}
	_, r := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	var err error
	if p.content, err = w.Mailings.Content(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	p.owner(t, `
		INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin NL');
		INSERT INTO network_sweeps (connection_id, sweep, covered_until, due_at)
		VALUES (1, 'programmes', '2026-11-23', '2026-11-24'), (1, 'material', '2026-11-23', '2026-11-24');
		INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '4711');
		INSERT INTO network_listings (connection_id, ref, name, relation, email, cashback, codes, listed_at, read_at)
		VALUES (1, '4711', 'Zon', 'joined', 'allowed', 'allowed', 'disallowed', '2026-11-23', '2026-11-23');
		INSERT INTO network_items (connection_id, programme_ref, kind, ref, name, click, changed_at, first_seen_at, seen_at)
		VALUES (1, '4711', 'text', '1', 'Nu met korting', 'https://zonvakantie.example/winter?x=1&y=2', '2026-11-20', '2026-11-20', '2026-11-23');
		INSERT INTO network_picks (item_id, campaign_id, picture, click, code, conditions, picked_by)
		SELECT 1, id, '', 'https://zonvakantie.example/winter?x=1&y=2', '', '', 'user:1' FROM campaigns`)
	p.content.Placements[0].ProgrammeID = 1
	return p
}

func (p *publisher) owner(t *testing.T, sql string) {
	t.Helper()
	pgtest.Unguarded(t, p.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(sql) })
}

// refused says why a content that is put up may not be sent; "": it may.
func (p *publisher) refused(t *testing.T) string {
	t.Helper()
	err := p.Open(t.Context(), p.world.Label.ID, &p.content, slot)
	if err != nil && !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
	if err == nil {
		return ""
	}
	return words.OfError(err).Key
}

// TestAMailIsRefusedWhatNetworksDoNotTake changes one thing after another, which
// keeps a content from being sent for as long as it is so.
func TestAMailIsRefusedWhatNetworksDoNotTake(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	if why := p.refused(t); why != "" {
		t.Fatalf("a mail that nothing is in the way of: %s", why)
	}
	for _, try := range []struct{ name, change, back, want string }{
		{"not joined any more", `UPDATE network_listings SET relation = 'not_joined'`,
			`UPDATE network_listings SET relation = 'joined'`, "programmes."},
		{"stopped", `UPDATE network_listings SET live = false`, `UPDATE network_listings SET live = true`, "programmes."},
		{"nobody said that e-mail is allowed", `UPDATE network_listings SET email = 'unknown'`,
			`UPDATE network_listings SET email = 'allowed'`, "programmes."},
		{"withdrawn by the network", `UPDATE network_items SET withdrawn_at = '2026-11-23'`,
			`UPDATE network_items SET withdrawn_at = NULL`, "material."},
		{"over at the slot", `UPDATE network_items SET valid_until = '2026-11-23 22:00Z'`,
			`UPDATE network_items SET valid_until = NULL`, "material."},
		{"a campaign that is over", `UPDATE campaigns SET ends_on = '2026-11-23'`, `UPDATE campaigns SET ends_on = '2026-12-23'`,
			"campaigns."},
	} {
		p.owner(t, try.change)
		if why := p.refused(t); !strings.HasPrefix(why, try.want) {
			t.Errorf("%s: %q", try.name, why)
		}
		p.owner(t, try.back)
		if why := p.refused(t); why != "" {
			t.Errorf("%s, and back: %s", try.name, why)
		}
	}
}

// TestADearerProductIsntSent: what a mail says of a product holds when it is put up,
// and again at its slot; what is cheaper by then is in nobody's way.
func TestADearerProductIsntSent(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	p.owner(t, `
		INSERT INTO product_feeds (ref, label_id, advertiser_id, name, host, url_sealed) VALUES (gen_random_uuid(), 1, 1, 'Zon', 'zon.example', '');
		INSERT INTO products (feed_id, ref, name, price, currency, availability, click, changed_at, first_seen_at)
		VALUES (1, 't1', 'Tent', 9900, 'EUR', 'in_stock', 'https://zon.example/t1', '2026-11-20', '2026-11-20');
		INSERT INTO product_picks (product_id, campaign_id, name, price, currency, availability, picture, click, picked_by)
		SELECT 1, id, 'Tent', 9900, 'EUR', 'in_stock', '', 'https://zon.example/t1', 'user:1' FROM campaigns`)
	p.content.Placements[0].Product = &mailings.Product{Pick: 1}
	for change, want := range map[string]string{
		`UPDATE products SET price = 9900`:                  "",
		`UPDATE products SET price = 9901`:                  "products.dearer",
		`UPDATE products SET price = 9899`:                  "",
		`UPDATE products SET currency = 'CHF'`:              "products.currency",
		`UPDATE products SET availability = 'out_of_stock'`: "products.out_of_stock",
		`UPDATE products SET gone_at = '2026-11-22'`:        "products.gone",
		`UPDATE product_feeds SET active = false`:           "products.unfed",
		`INSERT INTO product_refreshes (feed_id, due_at, covered_at, ran_at, failures)
		 VALUES (1, '2026-11-22', '2026-11-20', '2026-11-22 01:00', 40)`: "products.unread_since",
		`INSERT INTO product_refreshes (feed_id, due_at, covered_at, ran_at, failures)
		 VALUES (1, '2026-11-22', '2026-11-20', '2026-11-21 23:00', 20)`: "",
	} {
		p.owner(t, change)
		if why := p.refused(t); why != want {
			t.Errorf("%s: %q", change, why)
		}
		p.owner(t, `UPDATE products SET price = 9900, currency = 'EUR', availability = 'in_stock', gone_at = NULL;
			UPDATE product_feeds SET active = true; DELETE FROM product_refreshes`)
	}
}

// TestCodesAreHeldToTheProgramme: a programme that takes no codes is in the way of
// a placement alone that gives one.
func TestCodesAreHeldToTheProgramme(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	p.content.Placements[0].VoucherPoolID = 1
	found, err := p.Findings(t.Context(), p.world.Label.ID, &p.content, slot)
	if err != nil || len(found) != 1 || found[0].Severity != links.Blocks {
		t.Fatalf("of codes: %+v, %v", found, err)
	}
	if p.refused(t) != found[0].Message.Key {
		t.Errorf("it is refused by %q, not %q", p.refused(t), found[0].Message.Key)
	}
	p.content.Placements[0].ProgrammeID = 0
	if found, err = p.Findings(t.Context(), p.world.Label.ID, &p.content, slot); err != nil || found != nil {
		t.Errorf("of no programme: %+v, %v", found, err)
	}
}

// TestWhatRecursIsLookedAtAtEachSlot: a campaign that ends is in the way of one
// slot, not of a series that is put up.
func TestWhatRecursIsLookedAtAtEachSlot(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	over := civil.DateOf(p.world.Clock.Now()).AddDays(-1)
	if _, err := p.world.Campaigns.Update(mailingstest.As(p.world.Maker), p.world.Campaign.ID, func(c *campaigns.Campaign) error {
		c.StartsOn, c.EndsOn = over, over
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if why := p.refused(t); !strings.HasPrefix(why, "campaigns.") {
		t.Errorf("once: %q", why)
	}
	p.content.Schedule.Kind = schedules.Recurring
	if why := p.refused(t); why != "" {
		t.Errorf("what recurs: %q", why)
	}
	if err := p.Offered(t.Context(), &p.content, slot); !fault.Is(err, fault.Conflict) {
		t.Errorf("its slot after the end: %v", err)
	}
}

// TestNoZoneNoDay: of a content whose zone isn't one nothing is said.
func TestNoZoneNoDay(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	p.content.Label.TimeZone = "Mars/Olympus"
	if _, err := p.Taken(t.Context(), &p.content, slot); err == nil {
		t.Error("material is judged by no zone")
	}
	if err := p.Check(t.Context(), p.world.Label.ID, &p.content, slot); err == nil || fault.Is(err, fault.Conflict) {
		t.Errorf("checked by no zone: %v", err)
	}
}
