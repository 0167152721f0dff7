package blocks_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/mailings/blocks"
	"keur/mailings/mailingstest"
	"keur/networks/material"
	"keur/networks/products"
)

const slot = "2026-11-24T10:00"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a publisher with a mailing, and the block that its placement is.
func world(t *testing.T) (*mailingstest.World, pgtest.DB, *blocks.Store, blocks.Block) {
	t.Helper()
	w, db := mailingstest.Fresh(t, 1)
	brief := w.Brief(t, slot)
	m, _ := w.Draft(t, brief)
	b, err := blocks.Of(&m, &brief, "zon", "Winterzon")
	must(t, err)
	return w, db, blocks.NewStore(w.DB), b
}

// Blocks are kept, found by what people know of them, renamed and removed; what is
// removed gives its name free, and who removed it is on the trail.
func TestBlocksAreKeptUntilTheyAreRemoved(t *testing.T) {
	t.Parallel()
	w, db, store, b := world(t)
	as := mailingstest.As(w.Maker)
	b, err := store.Keep(as, b)
	must(t, err)
	if b.Advertiser != "Zonvakantie" || b.ByName != "Mara" || b.Says.URL == "" {
		t.Errorf("%+v", b)
	}
	again := b
	again.Name = "WINTERZON"
	if _, err := store.Keep(as, again); !fault.Is(err, fault.Conflict) {
		t.Errorf("two of one name: %v", err)
	}
	for text, want := range map[string]int{"": 1, "winter": 1, "zonvak": 1, "van Zonvakantie": 1, "strand": 0} {
		found, err := store.List(as, w.Label.ID, text, paging.Ask{})
		if err != nil || len(found.Items) != want {
			t.Errorf("%q finds %+v, %v", text, found.Items, err)
		}
	}
	if found, err := store.List(as, w.Label.ID+1, "", paging.Ask{}); err != nil || len(found.Items) != 0 {
		t.Errorf("another label finds %+v, %v", found.Items, err)
	}
	for name, wrong := range map[string]bool{"Zon in de winter": false, strings.Repeat("x", 121): true} {
		if _, err := store.Rename(as, b.ID, name, func(blocks.Block) error { return nil }); fault.Is(err, fault.Invalid) != wrong {
			t.Errorf("renamed to %s: %v", name, err)
		}
	}
	must(t, store.Remove(as, b.ID))
	for _, err := range []error{store.Remove(as, b.ID), second(store.Get(as, b.ID))} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("what is removed: %v", err)
		}
	}
	_, err = store.Keep(as, again)
	must(t, err)
	var actor string
	must(t, db.Owner.Get(&actor, `SELECT actor FROM audit_log WHERE subject = 'saved_blocks:' || $1 ORDER BY seq DESC LIMIT 1`, b.ID))
	if actor != "user:"+itoa(int64(w.Maker.ID)) {
		t.Errorf("%s removed it", actor)
	}
}

// The base takes no block of another label, nor other words for one than it was kept
// with, whoever asks.
func TestTheBaseGuardsBlocks(t *testing.T) {
	t.Parallel()
	w, db, store, b := world(t)
	as := mailingstest.As(w.Maker)
	foreign := b
	foreign.LabelID++
	if _, err := store.Keep(as, foreign); err == nil {
		t.Error("kept under another label")
	}
	// A pool of another campaign, such as another label's, would be told of by its name and days.
	another := w.Campaign
	another.ID, another.Name = 0, "Andere"
	another, err := w.Campaigns.Create(as, another)
	must(t, err)
	code := "ANDER26"
	pool, err := campaigns.NewVouchers(w.DB).Create(as, campaigns.Pool{CampaignID: another.ID, Name: "Ander", SharedCode: &code})
	must(t, err)
	for _, foreign := range []int64{int64(pool.ID), 1 << 40} {
		with := b
		with.Says.VoucherPoolID = foreign
		if _, err := store.Keep(as, with); !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
			t.Errorf("kept with the codes of another campaign: %v", err)
		}
	}
	b, err = store.Keep(as, b)
	must(t, err)
	for _, query := range []string{
		`UPDATE saved_blocks SET says = '{"campaign_id": 1, "heading": "x"}'`, `UPDATE saved_blocks SET created_by = 'user:2'`,
		`DELETE FROM saved_blocks`,
	} {
		tx := db.App.MustBeginTx(as, nil)
		if _, err := tx.Exec(query); err == nil {
			t.Errorf("%s is done", query)
		}
		must(t, tx.Rollback())
	}
	must(t, store.Remove(as, b.ID))
	if _, err := db.App.Exec(`UPDATE saved_blocks SET removed_at = NULL`); err == nil {
		t.Error("what was removed is back")
	}
}

// Once there is an admin, nobody keeps, renames or removes a block by the bare login
// of the application: it takes a proof of who does.
func TestABareLoginWritesNoBlock(t *testing.T) {
	t.Parallel()
	w, db, store, b := world(t)
	as := mailingstest.As(w.Maker)
	b, err := store.Keep(as, b)
	must(t, err)
	db.Owner.MustExec(`UPDATE change_rules SET admin_since = now()`)
	for query, args := range map[string][]any{
		`INSERT INTO saved_blocks (label_id, mailing_id, name, says) VALUES ($1, $2, 'Zomerzon', $3)`: {b.LabelID, b.MailingID, b.Says},
		`UPDATE saved_blocks SET name = 'Zomerzon' WHERE id = $1`:                                     {b.ID},
		`UPDATE saved_blocks SET removed_at = now() WHERE id = $1`:                                    {b.ID},
	} {
		if _, err := db.App.Exec(query, args...); err == nil || !strings.Contains(err.Error(), "a proof of who you are") {
			t.Errorf("%s by nobody: %v", query, err)
		}
	}
	again := b
	again.Name = "Zomerzon"
	_, err = store.Keep(as, again)
	must(t, err)
	must(t, store.Remove(as, b.ID))
}

// What of a block holds no longer is said: its campaign's days, and those of its
// picture and code.
func TestWhatIsStaleIsSaid(t *testing.T) {
	t.Parallel()
	w, _, store, b := world(t)
	as := mailingstest.As(w.Maker)
	creatives, vouchers := campaigns.NewCreatives(w.DB), campaigns.NewVouchers(w.DB)
	checker := blocks.Checker{Campaigns: w.Campaigns, Creatives: creatives, Vouchers: vouchers,
		Material: material.NewStore(w.DB), Products: products.NewStore(w.DB)}
	code, last := "ZON26", civil.DateOf(mailingstest.Start)
	pool, err := vouchers.Create(as, campaigns.Pool{CampaignID: w.Campaign.ID, Name: "Zon", SharedCode: &code, ValidUntil: &last})
	must(t, err)
	b.Says.VoucherPoolID, b.Says.Creative = int64(pool.ID), strings.Repeat("ab", 32)
	b, err = store.Keep(as, b)
	must(t, err)
	stale := func(at time.Time) (keys []string) {
		found, err := checker.Stale(as, &b, at, time.UTC)
		must(t, err)
		for _, m := range found {
			keys = append(keys, m.Key)
		}
		return keys
	}
	if got := stale(mailingstest.Start); !slices.Equal(got, []string{"blocks.picture_removed"}) {
		t.Errorf("today: %v", got)
	}
	b.Says.Creative = "no picture" // as forms can be forged
	if got := stale(mailingstest.Start); !slices.Equal(got, []string{"blocks.picture_removed"}) {
		t.Errorf("of no picture: %v", got)
	}
	if got := stale(mailingstest.Start.AddDate(3, 0, 0)); !slices.Equal(got,
		[]string{"campaigns.out_of_season", "blocks.picture_removed", "blocks.code_late"}) {
		t.Errorf("years later: %v", got)
	}
}

func second[T any](_ T, err error) error { return err }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
