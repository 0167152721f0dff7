package material_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/networks"
	"keur/networks/material"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// room is a label with an account at Awin, and a campaign of its programme 4711;
// another of its advertiser's is at CJ.
type room struct {
	pgtest.DB
	*material.Store
	*material.Recorder
	*material.Picker
	clock   *clock.Fake
	mara    context.Context
	read    *time.Time // when the reading before began
	fetched []string
	changes []networks.Change
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{DB: pgtest.Database(t), clock: clock.NewFake(noon)}
	r.Store, r.Recorder = material.NewStore(r.App), &material.Recorder{
		DB: r.App, Clock: r.clock, Changed: func(_ context.Context, _ *sqlx.Tx, _ networks.Reading, all []networks.Change) error {
			r.changes = append(r.changes, all...)
			return nil
		},
	}
	r.Picker = &material.Picker{
		DB: r.App, Clock: r.clock, Advertisers: campaigns.NewAdvertisers(r.App, r.clock), Creatives: campaigns.NewCreatives(r.App),
		Vouchers: campaigns.NewVouchers(r.App), Fetch: func(_ context.Context, address string, _ int) ([]byte, error) {
			r.fetched = append(r.fetched, address)
			return drawn(t, 468, 60), nil
		},
	}
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "Mara")
		pgtest.Label(t, tx, "nl")
		pgtest.Label(t, tx, "de")
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin NL'), (2, 'awin', 'Awin DE')`)
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zon', 'travel'), ('Zee', 'travel')`)
		tx.MustExec(`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '4711'), (1, 'cj', '5'), (2, 'awin', '12')`)
	})
	r.mara = pgtest.Acting(t.Context(), "user:1")
	if err := r.by(`
		INSERT INTO campaigns (label_id, advertiser_id, programme_id, name, starts_on, ends_on)
		VALUES (1, 1, 1, 'Herfst', '2026-11-01', '2026-11-30'), (1, 1, 2, 'Via CJ', '2026-11-01', '2026-11-30'),
		       (2, 1, 1, 'Herbst', '2026-11-01', '2026-11-30')`); err != nil {
		t.Fatal(err)
	}
	return r
}

func drawn(t *testing.T, width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// by runs a statement of Mara's.
func (r *room) by(query string) error {
	return postgres.InTx(r.mara, r.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(query)
		return err
	})
}

// reads takes in a whole reading of a connection, a day after the one before.
func (r *room) reads(t *testing.T, all ...networks.Item) {
	t.Helper()
	r.clock.Add(24 * time.Hour)
	began := r.clock.Now()
	var page networks.Supply
	for _, i := range all {
		page.Take(i, &networks.Reader{})
	}
	in := networks.Reading{Connection: 1, Began: began, Before: r.read, Last: true}
	for range 2 { // the same again changes nothing
		if err := r.Record(t.Context(), in, page); err != nil {
			t.Fatal(err)
		}
	}
	r.read = &began
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO network_sweeps (connection_id, sweep, covered_until, due_at) VALUES (1, 'material', $1, $1)
			ON CONFLICT (connection_id, sweep) DO UPDATE SET covered_until = $1`, began)
	})
}

func banner() networks.Item {
	until := noon.AddDate(0, 0, 20)
	return networks.Item{
		Programme: "4711", Kind: networks.Banner, Ref: "b1", Name: "Naar de zon", Text: "vanaf € 199", Width: 468, Height: 60,
		Until: &until, Picture: "https://i.example/b.png", Click: "https://c.example/?c=1&r=",
	}
}

func voucher() networks.Item {
	from, until := noon.AddDate(0, 0, -3), noon.AddDate(0, 0, 10)
	return networks.Item{
		Programme: "4711", Kind: networks.Code, Ref: "v1", Name: "Tien procent", Code: "ZON10", Exclusive: true, From: &from, Until: &until,
		Click: "https://c.example/?c=2",
	}
}

func (r *room) campaign(t *testing.T, id campaigns.ID) *campaigns.Campaign {
	t.Helper()
	c, err := campaigns.NewStore(r.App).Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

func (r *room) item(t *testing.T, ref string) *material.Item {
	t.Helper()
	found, err := r.List(t.Context(), material.Filter{Label: 1, Words: ref}, paging.Ask{})
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%s: %+v, %v", ref, found.Items, err)
	}
	i, err := r.Store.Get(t.Context(), found.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return &i
}

// What was read stays as it was first, changes when it does, and is withdrawn when
// two readings in a row have it no more; offered again, it is back.
func TestReadings(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.reads(t, banner(), voucher())
	first := r.item(t, "b1")
	if first.Advertiser != 1 || first.Account != "Awin NL" || !first.FirstSeen.Equal(r.clock.Now()) || first.Withdrawn != nil {
		t.Errorf("read is %+v", first)
	}
	other := banner()
	other.Click = "https://c.example/?other" // on a later page, say under another of our sites
	r.reads(t, banner(), other, voucher())
	if now := r.item(t, "b1"); !now.Changed.Equal(first.Changed) || !now.Seen.After(first.Seen) || now.Click != first.Click {
		t.Errorf("read again, it is %+v", now)
	}
	changed := banner()
	changed.Name, changed.Conditions = "Naar zee", "niet op zondag"
	r.reads(t, changed)
	if now := r.item(t, "b1"); !now.Changed.Equal(r.clock.Now()) || now.Name != "Naar zee" || !now.FirstSeen.Equal(first.FirstSeen) {
		t.Errorf("changed, it is %+v", now)
	}
	tagged := networks.Supply{Items: []networks.Item{{
		Programme: "4711", Kind: networks.TextLink, Ref: "t", Name: "t", Click: "https://c.example/{{member.email}}",
	}}}
	if err := r.Record(t.Context(), networks.Reading{Connection: 1, Began: r.clock.Now()}, tagged); err == nil {
		t.Error("a tag of ours is kept")
	}
	missed := *r.read
	if i := r.item(t, "v1"); i.Withdrawn != nil {
		t.Error("missing once it is withdrawn")
	}
	r.reads(t, changed)
	if i := r.item(t, "v1"); i.Withdrawn == nil || !i.Withdrawn.Equal(missed) {
		t.Errorf("missing twice it is withdrawn since %v", i.Withdrawn)
	}
	r.reads(t, changed, voucher())
	if i := r.item(t, "v1"); i.Withdrawn != nil {
		t.Error("offered again it is withdrawn")
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	elsewhere, gone := banner(), voucher()
	elsewhere.Programme, elsewhere.Ref, elsewhere.Width = "12", "b2", 300
	past := noon.AddDate(0, 0, 1)
	gone.Ref, gone.Until, gone.Exclusive = "v2", &past, false
	r.reads(t, banner(), voucher(), elsewhere, gone)
	for want, f := range map[string]material.Filter{
		"b1 b2 v1 v2": {},
		"b1 v1 v2":    {Advertiser: 1},
		"v1 v2":       {Kind: networks.Code},
		"b1":          {Words: " ZON vanaf", Advertiser: 1},
		"b2":          {Width: 300, Height: 60},
		"b1 b2 v1":    {At: noon.AddDate(0, 0, 2)},
		"v1":          {Words: "zon10", Exclusive: true},
		"b1 v1 v2 ":   {Programme: 1},
		"":            {Words: "zon sneeuw"},
		" ":           {Label: 2},
	} {
		if f.Label == 0 {
			f.Label = 1
		}
		found, err := r.List(t.Context(), f, paging.Ask{Sort: "name"})
		if err != nil {
			t.Fatal(err)
		}
		refs := map[string]bool{}
		for _, i := range found.Items {
			refs[i.Ref] = true
		}
		if wanted := strings.Fields(want); len(refs) != len(wanted) || len(found.Items) != len(wanted) {
			t.Errorf("%+v finds %v, and not %s", f, refs, want)
		} else {
			for _, ref := range wanted {
				if !refs[ref] {
					t.Errorf("%+v finds %v, and not %s", f, refs, want)
				}
			}
		}
	}
	all, err := r.Choices(t.Context(), 1, 1)
	if err != nil || len(all.Kinds) != 2 || len(all.Sizes) != 1 || all.Sizes[0].Width != 468 {
		t.Errorf("there is %+v, %v", all, err)
	}
}

// A banner becomes bytes of ours with its days, and nothing else of the network's.
func TestTakeABanner(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.reads(t, banner())
	i, c := r.item(t, "b1"), r.campaign(t, 1)
	for range 2 {
		got, err := r.Pick(r.mara, i, c, time.UTC)
		if err != nil || got.Creative == nil || got.Click != i.Click || got.Pool != nil {
			t.Fatalf("taken is %+v, %v", got, err)
		}
	}
	uses, err := r.Creatives.Uses(t.Context(), 1)
	if err != nil || len(uses) != 1 || uses[0].Alt != "Naar de zon" || uses[0].ValidUntil.String() != "2026-12-14" ||
		!strings.Contains(uses[0].Source, "Awin NL") {
		t.Fatalf("the campaign has %+v, %v", uses, err)
	}
	picks, err := r.Picks(t.Context(), 1)
	if err != nil || len(picks) != 2 || picks[0].ByName != "Mara" || picks[0].Was.Click != i.Click || *picks[0].Hash != uses[0].Hash {
		t.Fatalf("it was taken as %+v, %v", picks, err)
	}
	use := material.Use{Campaign: 1, Creative: uses[0].Hash.String()}
	if found, err := r.Check(t.Context(), []material.Use{use}, r.clock.Now(), time.UTC); err != nil || len(found) != 0 {
		t.Errorf("of what is as it was it says %+v, %v", found, err)
	}
	r.reads(t)
	r.reads(t)
	found, err := r.Check(t.Context(), []material.Use{use}, r.clock.Now(), time.UTC)
	if err != nil || len(found) != 1 || found[0].Severity != links.Asks || found[0].Pick != picks[0].ID {
		t.Fatalf("withdrawn, it says %+v, %v", found, err)
	}
	if _, err := r.Pick(r.mara, r.item(t, "b1"), c, time.UTC); words.OfError(err).Key != "material.gone" {
		t.Errorf("withdrawn, it is taken: %v", err)
	}
	is, err := r.Picked(t.Context(), picks[0].ID)
	if err != nil || words.OfError(r.Keep(r.mara, is.ID, picks[0].Says, "as it was")).Key != "material.said_otherwise" {
		t.Errorf("kept by who saw it offered: %v", err)
	}
	err = r.Keep(r.mara, is.ID, is.Says, "Bo of Zon says that it may stay")
	if found, wrong := r.Check(t.Context(), []material.Use{use}, r.clock.Now(), time.UTC); err != nil || wrong != nil || len(found) != 0 {
		t.Errorf("kept, %v, it says %+v, %v", err, found, wrong)
	}
	if words.OfError(r.Keep(r.mara, is.ID, is.Says, "again")).Key != "material.nothing_asked" {
		t.Error("kept twice")
	}
}

// A code becomes a pool that all share, with its days, and is exclusive if it is.
func TestTakeACode(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	odd := voucher()
	odd.Ref, odd.Code = "v3", "TIEN PROCENT"
	r.reads(t, voucher(), odd)
	for range 2 {
		got, err := r.Pick(r.mara, r.item(t, "v1"), r.campaign(t, 1), time.UTC)
		if err != nil || got.Pool == nil {
			t.Fatalf("taken is %+v, %v", got, err)
		}
		pool, err := r.Vouchers.Get(t.Context(), *got.Pool)
		if err != nil || pool.ID != 1 || *pool.SharedCode != "ZON10" || !pool.Exclusive || pool.Name != "Tien procent" ||
			pool.ValidFrom.String() != "2026-11-21" || pool.ValidUntil.String() != "2026-12-04" {
			t.Errorf("the pool is %+v, %v", pool, err)
		}
	}
	if _, err := r.Pick(r.mara, r.item(t, "v3"), r.campaign(t, 1), time.UTC); !fault.Is(err, fault.Invalid) {
		t.Errorf("a code that no mail may show is taken: %v", err)
	}
	if len(r.fetched) != 0 {
		t.Errorf("fetched was %v", r.fetched)
	}
	more := voucher()
	more.Code = "ZON15"
	r.reads(t, more)
	found, err := r.Check(t.Context(), []material.Use{{Campaign: 1, Pool: 1}}, r.clock.Now(), time.UTC)
	if err != nil || len(found) != 1 || found[0].Severity != links.Blocks {
		t.Errorf("with another code it says %+v, %v", found, err)
	}
	got, err := r.Pick(r.mara, r.item(t, "v1"), r.campaign(t, 1), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if pool, err := r.Vouchers.Get(t.Context(), *got.Pool); err != nil || pool.Name != "Tien procent (ZON15)" {
		t.Errorf("a second one of its name is %+v, %v", pool, err)
	}
}

// Neither the program nor the database takes what isn't the campaign's.
func TestWhatIsTakenIsTheCampaigns(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.reads(t, banner(), voucher())
	for _, id := range []campaigns.ID{2, 3} {
		if _, err := r.Pick(r.mara, r.item(t, "b1"), r.campaign(t, id), time.UTC); words.OfError(err).Key != "material.other_programme" {
			t.Errorf("campaign %d takes it: %v", id, err)
		}
	}
	if _, err := r.Pick(t.Context(), r.item(t, "v1"), r.campaign(t, 1), time.UTC); err == nil {
		t.Error("nobody took it")
	}
	if _, err := r.Pick(r.mara, r.item(t, "b1"), r.campaign(t, 1), time.UTC); err != nil {
		t.Fatal(err)
	}
	for query, refused := range map[string]string{
		`INSERT INTO network_picks (item_id, campaign_id) VALUES (1, 2)`:                                                     "another programme",
		`INSERT INTO network_picks (item_id, campaign_id) VALUES (1, 3)`:                                                     "another programme",
		`INSERT INTO network_picks (item_id, campaign_id, pool_id) SELECT 1, 1, 1`:                                           "isn't what",
		`INSERT INTO network_picks (item_id, campaign_id, hash) SELECT 2, 1, hash FROM creatives`:                            "isn't what",
		`UPDATE network_picks SET click = 'x'`:                                                                               "denied",
		`DELETE FROM network_picks`:                                                                                          "denied",
		`INSERT INTO pick_answers (network_pick_id, says, reason) VALUES (1, '{}', 'x')`:                                     "by now",
		`INSERT INTO pick_answers (says, reason) VALUES ('{}', 'x')`:                                                         "by now",
		`UPDATE pick_answers SET reason = 'y'`:                                                                               "denied",
		`UPDATE network_items SET withdrawn_at = NULL, picture = '' WHERE id = 1`:                                            "check",
		`INSERT INTO voucher_pools (campaign_id, name, valid_from, valid_until) VALUES (1, 'x', '2026-12-02', '2026-12-01')`: "check",
	} {
		if err := r.by(query); err == nil || !strings.Contains(err.Error(), refused) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// What stands at a picture's address is looked at as an upload is, and nothing is
// fetched from within our own network.
func TestWhatIsNoPictureIsRefused(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(drawn(t, 468, 60))
	}))
	t.Cleanup(inside.Close)
	b := banner()
	b.Picture = inside.URL + "/b.png"
	r.reads(t, b)
	client := links.New(false)
	t.Cleanup(client.Close)
	for name, c := range map[string]struct {
		fetch material.Fetch
		kind  fault.Kind
	}{
		"a page":  {func(context.Context, string, int) ([]byte, error) { return []byte("<html><script>x</script>"), nil }, fault.Invalid},
		"nothing": {func(context.Context, string, int) ([]byte, error) { return nil, errors.New("gone") }, fault.Internal},
		"inside":  {client.Fetch, fault.Conflict},
	} {
		r.Picker.Fetch = c.fetch
		if _, err := r.Pick(r.mara, r.item(t, "b1"), r.campaign(t, 1), time.UTC); fault.Of(err) != c.kind {
			t.Errorf("%s is taken: %v", name, err)
		}
		if _, err := r.Picture(t.Context(), r.item(t, "b1")); fault.Of(err) != c.kind {
			t.Errorf("%s is shown: %v", name, err)
		}
	}
	if n := pgtest.Count(t, r.App, `SELECT count(*) FROM creatives`); n != 0 {
		t.Errorf("%d pictures are kept", n)
	}
}
