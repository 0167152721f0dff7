package campaigns

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
)

// desk is a label and an advertiser in a fresh base.
type desk struct {
	db, owner   *sqlx.DB
	label       labels.Label
	advertisers *Advertisers
	advertiser  Advertiser
	campaigns   *Store
}

func newDesk(t *testing.T) (context.Context, desk) {
	t.Helper()
	base := pgtest.Database(t)
	ctx, d := pgtest.Acting(context.Background(), "user:1"), desk{db: base.App, owner: base.Owner}
	pgtest.User(t, d.db, "Planner") // of number 1
	var err error
	if d.label, err = labels.NewStore(d.db).Create(ctx, labels.Label{
		Code: "shop", Name: "Shop", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://m.shop.nl",
		BounceDomain: "b.shop.nl", ListID: "l.shop.nl", ImprintName: "Shop B.V.", ImprintAddress: "Kade 1",
	}); err != nil {
		t.Fatal(err)
	}
	d.advertisers = NewAdvertisers(d.db, clock.NewFake(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)))
	if d.advertiser, err = d.advertisers.Create(ctx, Advertiser{Name: "Reisbureau", Category: "travel"}); err != nil {
		t.Fatal(err)
	}
	d.owner.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES (1, $1, 'planner')`, d.label.ID)
	d.campaigns = NewStore(d.db)
	return ctx, d
}

func (d desk) campaign(ctx context.Context, t *testing.T, name string) Campaign {
	t.Helper()
	c, err := d.campaigns.Create(ctx, Campaign{
		LabelID: d.label.ID, AdvertiserID: d.advertiser.ID, Name: name,
		StartsOn: day("2026-11-01"), EndsOn: day("2026-11-30"),
		Promised: Figures{Clicks: ptr(int64(1000))},
		Deals:    []Deal{{Kind: CPS, BasisPoints: ptr(500)}, {Kind: CPC, MinorUnits: ptr(int64(12)), Note: "vanaf klik 1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAdvertisers(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	programme, err := d.advertisers.AddProgramme(ctx, Programme{AdvertiserID: d.advertiser.ID, Network: "awin", Ref: "123", Live: true})
	if err != nil {
		t.Fatal(err)
	}
	if programme, err = d.advertisers.UpdateProgramme(ctx, programme.ID,
		func(p *Programme) error { p.EmailAllowed = true; return nil }); err != nil {
		t.Fatal(err)
	}
	contact, err := d.advertisers.AddContact(ctx, Contact{AdvertiserID: d.advertiser.ID, Name: "Anna", Email: "Anna@reis.nl"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.advertisers.AddContact(ctx, Contact{AdvertiserID: d.advertiser.ID, Name: "Anna",
		Email: "anna@reis.nl"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same contact twice: %v", err)
	}
	if contact, err = d.advertisers.UpdateContact(ctx, contact.ID, func(c *Contact) error { c.Locale = "nl"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.advertisers.Stop(ctx, d.advertiser.ID, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("stopped without a reason: %v", err)
	}
	stopped, err := d.advertisers.Stop(ctx, d.advertiser.ID, "failliet")
	if err != nil || stopped.StoppedAt == nil {
		t.Fatal(stopped, err)
	}
	got, err := d.advertisers.Get(ctx, d.advertiser.ID)
	if err != nil || !cmp.Equal(got.Programmes, []Programme{programme}) || !cmp.Equal(got.Contacts, []Contact{contact}) ||
		got.StopReason != "failliet" {
		t.Errorf("%+v, %v", got, err)
	}
	if by, err := d.advertisers.ByID(ctx, d.advertiser.ID, 4711); err != nil || len(by) != 1 || !cmp.Equal(by[got.ID], got) {
		t.Errorf("%+v, %v", by, err)
	}
	got, err = d.advertisers.Resume(ctx, d.advertiser.ID, *stopped.StoppedAt, 1)
	if err != nil || got.StoppedAt != nil || got.Version != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if list, err := d.advertisers.List(ctx, AdvertiserFilter{Name: "REIS"}, paging.Ask{}); err != nil || len(list.Items) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := d.advertisers.List(ctx, AdvertiserFilter{Stopped: true}, paging.Ask{}); err != nil || len(list.Items) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestCampaigns(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	made := d.campaign(ctx, t, "Zomer")
	var auditBefore, auditAfter int
	if err := d.db.Get(&auditBefore, `SELECT count(*) FROM audit_log WHERE action LIKE 'deals.%'`); err != nil {
		t.Fatal(err)
	}
	changed, err := d.campaigns.Update(ctx, made.ID, func(c *Campaign) error { c.Name = "Zomer 2026"; return nil })
	if err != nil || changed.Name != "Zomer 2026" || changed.Version != 2 || !cmp.Equal(changed.Deals, made.Deals) {
		t.Errorf("%+v, %v", changed, err)
	}
	if err := d.db.Get(&auditAfter, `SELECT count(*) FROM audit_log WHERE action LIKE 'deals.%'`); err != nil || auditAfter != auditBefore {
		t.Errorf("deals that stayed left %d rows in the trail, %v", auditAfter-auditBefore, err)
	}
	if changed, err = d.campaigns.Update(ctx, made.ID, func(c *Campaign) error { c.Deals = c.Deals[:1]; return nil }); err != nil ||
		len(changed.Deals) != 1 {
		t.Errorf("%+v, %v", changed, err)
	}
	if _, err := d.campaigns.Update(ctx, made.ID, func(c *Campaign) error { c.Currency = "GBP"; return nil }); !fault.Is(err,
		fault.Invalid) {
		t.Errorf("another currency: %v", err)
	}
	elsewhere := func(c *Campaign) error { c.ProgrammeID = ptr(ProgrammeID(9)); return nil }
	if _, err := d.campaigns.Update(ctx, made.ID, elsewhere); !fault.Is(err, fault.Invalid) {
		t.Errorf("someone else's programme: %v", err)
	}
	other := d.campaign(ctx, t, "Winter")
	for _, c := range []struct {
		filter Filter
		sort   string
		want   []ID
	}{
		{Filter{}, "", []ID{made.ID, other.ID}},
		{Filter{}, "newest", []ID{other.ID, made.ID}},
		{Filter{Name: "WINT"}, "name", []ID{other.ID}},
		{Filter{Labels: []labels.ID{d.label.ID}, Advertiser: d.advertiser.ID}, "ending", []ID{made.ID, other.ID}},
		{Filter{Labels: []labels.ID{}}, "", []ID{}},
		{Filter{On: made.StartsOn}, "", []ID{made.ID, other.ID}},
		{Filter{On: made.EndsOn.AddDays(1)}, "", []ID{}},
	} {
		found, err := d.campaigns.List(ctx, c.filter, paging.Ask{Sort: c.sort})
		ids := []ID{}
		for _, f := range found.Items {
			ids = append(ids, f.ID)
		}
		if err != nil || !cmp.Equal(ids, c.want) {
			t.Errorf("%+v: %v, %v", c.filter, ids, err)
		}
	}
}

func TestCreativesAreKeptOnce(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	store, campaign := NewCreatives(d.db), d.campaign(ctx, t, "Zomer")
	data := encoded(t, pngOf, 60, 20)
	first, err := store.Put(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := store.Put(ctx, data)
	if err != nil || !cmp.Equal(first, again) {
		t.Errorf("%+v, %+v, %v", first, again, err)
	}
	got, err := store.Get(ctx, first.Hash)
	if err != nil || !cmp.Equal(got, first) {
		t.Errorf("%+v, %v", got, err)
	}
	use := Use{Hash: first.Hash, Alt: "Strand", ValidUntil: ptr(day("2026-11-30"))}
	for range 2 {
		if kept, err := store.Attach(ctx, campaign.ID, use); err != nil || !cmp.Equal(kept, use) {
			t.Errorf("%+v, %v", kept, err)
		}
	}
	if uses, err := store.Uses(ctx, campaign.ID); err != nil || !cmp.Equal(uses, []Use{use}) {
		t.Errorf("%+v, %v", uses, err)
	}
	material, err := store.List(ctx, MaterialFilter{Advertiser: d.advertiser.ID, Name: "STRAND"}, paging.Ask{Sort: "name"})
	if err != nil || len(material.Items) != 1 || material.Items[0].Width != first.Width || !cmp.Equal(material.Items[0].Use, use) {
		t.Errorf("%+v, %v", material, err)
	}
	if err := store.Detach(ctx, campaign.ID, use.Hash); err != nil {
		t.Fatal(err)
	}
	if err := store.Detach(ctx, campaign.ID, use.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("taken out again: %v", err)
	}
	if _, err := store.Attach(ctx, campaign.ID, Use{Hash: Hash{1}, Alt: "?"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an image that isn't there: %v", err)
	}
}

// frozen stands for what delivery freezes: members with queued deliveries of a send.
func (d desk) frozen(t *testing.T, sendID int64, members int) (month time.Time) {
	t.Helper()
	if err := d.db.Get(&month, `SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date`); err != nil {
		t.Fatal(err)
	}
	pgtest.Unguarded(t, d.owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO deliveries (send_month, send_id, member_id) SELECT $1, $2, generate_series(1, $3)`, month, sendID, members)
	})
	return month
}

func TestVouchersAreReservedCommittedAndReturned(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	store, campaign := NewVouchers(d.db), d.campaign(ctx, t, "Zomer")
	pool, err := store.Create(ctx, Pool{CampaignID: campaign.ID, Name: "zomer"})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for i := range 120 {
		codes = append(codes, fmt.Sprintf("Z%03d", i))
	}
	for _, want := range []int{120, 0} {
		if added, err := store.Import(ctx, pool.ID, codes); err != nil || added != want {
			t.Errorf("added %d, %v; want %d", added, err, want)
		}
	}
	reserve := func(sendID int64, month time.Time) error {
		return postgres.InTx(ctx, d.db, func(tx *sqlx.Tx) error { return store.Reserve(ctx, tx, pool.ID, sendID, month) })
	}
	month := d.frozen(t, 1, 100)
	for range 2 { // again, after a crash, it gives nobody a second code
		if err := reserve(1, month); err != nil {
			t.Fatal(err)
		}
	}
	if err := reserve(2, d.frozen(t, 2, 21)); !fault.Is(err, fault.Conflict) {
		t.Errorf("20 codes for 21 members: %v", err)
	}
	if err := postgres.InTx(ctx, d.db, func(tx *sqlx.Tx) error {
		if err := store.Commit(ctx, tx, 1, []int64{1, 2, 3}); err != nil {
			return err
		}
		return store.Return(ctx, tx, 1, []int64{3, 4}) // 3 went out, so only 4 comes back
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Get(ctx, pool.ID); err != nil || got.Free != 21 || got.Reserved != 96 || got.Committed != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := reserve(2, month); err != nil {
		t.Errorf("21 codes for 21 members: %v", err)
	}
	held, err := store.Codes(ctx, 1, []int64{1, 4, 5})
	if err != nil || len(held) != 2 {
		t.Errorf("%+v, %v", held, err)
	}
}

func TestSharedCodesNeedNoStock(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	store, campaign := NewVouchers(d.db), d.campaign(ctx, t, "Zomer")
	pool, err := store.Create(ctx, Pool{CampaignID: campaign.ID, Name: "zomer", SharedCode: ptr("ZOMER")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Import(ctx, pool.ID, []string{"AAA"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("codes beside a shared one: %v", err)
	}
	month := d.frozen(t, 1, 10)
	if err := postgres.InTx(ctx, d.db, func(tx *sqlx.Tx) error { return store.Reserve(ctx, tx, pool.ID, 1, month) }); err != nil {
		t.Error(err)
	}
	if list, err := store.List(ctx, PoolFilter{Campaign: campaign.ID}, paging.Ask{}); err != nil || len(list.Items) != 1 ||
		*list.Items[0].SharedCode != "ZOMER" {
		t.Errorf("%+v, %v", list, err)
	}
}
