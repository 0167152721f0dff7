package products_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/networks/products"
	"keur/networks/products/records"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const secret = "https://feeds.example/get?key=hush"

// room is a label with a feed of an advertiser's products, mapped, and a campaign of
// its own; the other advertiser's is another.
type room struct {
	pgtest.DB
	*products.Store
	*products.Refresher
	*products.Picker
	clock  *clock.Fake
	mara   context.Context
	feed   products.FeedID
	text   string // what stands at the feed's address
	wrong  error  // or why nothing does
	breaks bool   // or it breaks its reader
	log    bytes.Buffer
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{DB: pgtest.Database(t), clock: clock.NewFake(noon)}
	open := func(_ context.Context, address string, _ time.Duration) (io.ReadCloser, error) {
		if address != secret {
			t.Errorf("asked for %s", address)
		}
		if r.breaks {
			panic("half a record of " + address)
		}
		return io.NopCloser(strings.NewReader(r.text)), r.wrong
	}
	feeds := &products.Feeds{DB: r.App, Box: pgtest.Box(), Clock: r.clock, Open: open}
	r.Store = products.NewStore(r.App)
	r.Refresher = &products.Refresher{Feeds: feeds, Log: slog.New(slog.NewTextHandler(&r.log, nil)), Key: pgtest.Key()}
	r.Picker = &products.Picker{
		DB: r.App, Creatives: campaigns.NewCreatives(r.App), Links: campaigns.NewLinks(r.App),
		Fetch: func(context.Context, string, int) ([]byte, error) { return drawn(t), nil },
	}
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "Mara")
		pgtest.Label(t, tx, "nl")
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zon', 'travel'), ('Zee', 'travel')`)
		tx.MustExec(`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '4711'), (2, 'awin', '12')`)
	})
	r.mara = pgtest.Acting(t.Context(), "user:1")
	r.by(t, `INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on)
		VALUES (1, 1, 'Herfst', '2026-11-01', '2026-11-30'), (1, 2, 'Zee', '2026-11-01', '2026-11-30')`)
	f, err := r.Add(r.mara, products.Feed{Label: 1, Advertiser: 1, Name: "Zon NL"}, secret)
	must(t, err)
	r.feed = f.ID
	_, err = r.Update(r.mara, f.ID, "", func(f *products.Feed) error {
		f.Mapping = &products.Mapping{
			Shape: records.Shape{Format: records.CSV, Delimiter: "semicolon"}, Decimal: "comma", Currency: "EUR",
			Names: map[string]string{"id": "id", "name": "naam", "price": "prijs", "old_price": "van", "link": "link", "picture": "foto",
				"stock": "voorraad", "category": "soort"},
		}
		return nil
	})
	must(t, err)
	return r
}

func (r *room) by(t *testing.T, query string) {
	t.Helper()
	tx := r.App.MustBeginTx(r.mara, nil)
	_, err := tx.Exec(query)
	must(t, errors.Join(err, tx.Commit()))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func drawn(t *testing.T) []byte {
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 200))))
	return b.Bytes()
}

const head = "id;naam;prijs;van;link;foto;voorraad;soort\n"

func row(id, name, price, old, stock string) string {
	page := "https://zon.example/" + id
	return strings.Join([]string{id, name, price, old, page, page + ".jpg", stock, "Kamperen"}, ";") + "\n"
}

// many are so many tents.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(row(fmt.Sprint("t", i), fmt.Sprint("Tent ", i), "10,00", "", "1"))
	}
	return b.String()
}

// refresh lets a feed say something, and reads it a day later.
func (r *room) refresh(t *testing.T, rows string) products.Standing {
	t.Helper()
	r.text = head + rows
	r.clock.Add(36 * time.Hour)
	_, err := r.RefreshDue(t.Context())
	must(t, err)
	f, err := r.Feeds.Get(t.Context(), r.feed)
	must(t, err)
	return f
}

// found are the names of what is there, with their prices.
func (r *room) found(t *testing.T, f products.Filter) (all []string) {
	t.Helper()
	f.Label = 1
	page, err := r.List(t.Context(), f, paging.Ask{})
	must(t, err)
	for _, p := range page.Items {
		all = append(all, p.Name+" "+words.Exact(p.Price, p.Currency))
	}
	return all
}

// What a feed has takes the place of what it had, each day and at one moment; what
// it doesn't list any more is gone, what can't be read stays what it was.
func TestRefresh(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	f := r.refresh(t, row("1", "Tent <b>Twee</b>", "129,00", "159,00", "4")+row("2", "Matras {{x}}", "1.020,5", "", "0")+
		row("1", "Nog een tent", "1,00", "", "")+row("3", "Zonder prijs", "gratis", "", ""))
	if f.Products != 2 || f.Unread != 1 || f.Ref != "3" || f.Reason.Key != "products.price" || f.Covered == nil || f.Began != nil {
		t.Errorf("%+v", f.Refresh)
	}
	if got, want := r.found(t, products.Filter{}), []string{"Matras { {x}} 1020.50 EUR", "Tent Twee 129.00 EUR"}; !cmp.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := r.found(t, products.Filter{InStock: true, Words: "twe kamp"}); len(got) != 1 {
		t.Errorf("in stock, by words: %q", got)
	}
	if got := r.found(t, products.Filter{Words: "':* & !"}); len(got) != 2 {
		t.Errorf("signs of the query: %q", got)
	}
	exact := products.Filter{From: 129_00, To: 129_00, Reduced: true, Advertiser: 1, Category: "Kamperen", Currency: "EUR"}
	if got := r.found(t, exact); len(got) != 1 {
		t.Errorf("by price: %q", got)
	}
	r.refresh(t, row("1", "Tent Twee", "nog niet bekend", "", "4")+row("4", "Lamp", "€ 12,-", "", "")+row("5", "Pan", "GBP 5,00", "", ""))
	later := []string{"Lamp 12.00 EUR", "Pan 5.00 GBP", "Tent Twee 129.00 EUR"}
	if got := r.found(t, products.Filter{}); !cmp.Equal(got, later) {
		t.Errorf("a day later: %q", got)
	}
	r.refresh(t, row("2", "Matras", "99,00", "", "2")+row("4", "Lamp", "12,00", "", ""))
	if got, want := r.found(t, products.Filter{}), []string{"Lamp 12.00 EUR", "Matras 99.00 EUR"}; !cmp.Equal(got, want) {
		t.Errorf("one that was gone is back: %q", got)
	}
	r.refresh(t, row("4", "Lamp", "12,00", "", ""))
	r.clock.Add(100 * 24 * time.Hour)
	r.refresh(t, row("4", "Lamp", "12,00", "", ""))
	if n := pgtest.Count(t, r.App, `SELECT count(*) FROM products`); n != 1 {
		t.Errorf("%d are kept a hundred days after they went", n)
	}
}

// A feed that is broken, empty, or suddenly tiny leaves what was there, and says so;
// a person may take a tiny one as it is.
func TestABrokenFeedChangesNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.refresh(t, many(600))
	before := r.found(t, products.Filter{})
	for _, tt := range []struct {
		name, rows, want string
		wrong            error
	}{
		{"nobody answers", "", "links.no_answer", fault.New(fault.Unavailable, "links.no_answer", "seconds", 1)},
		{"it is empty", "", "products.none", nil},
		{"it is another file", strings.Repeat("x;y\n", 50), "products.mostly_unread", nil},
		{"it is tiny", many(299), "products.shrunk", nil},
		{"it breaks its reader", "", "products.failed", nil},
		{"it breaks off in a quote", many(550) + `9;"` + strings.Repeat("x", 3<<20), "products.record_long", nil},
	} {
		r.wrong, r.breaks = tt.wrong, tt.want == "products.failed"
		f := r.refresh(t, tt.rows)
		if f.Problem.Key != tt.want || f.Failures == 0 || f.Products != 600 || !f.Due.After(r.clock.Now()) {
			t.Errorf("%s: %+v", tt.name, f.Refresh)
		}
		if diff := cmp.Diff(before, r.found(t, products.Filter{})); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
		if n := pgtest.Count(t, r.App, `SELECT count(*) FROM product_arrivals`); n != 0 {
			t.Errorf("%s: %d wait", tt.name, n)
		}
	}
	if strings.Contains(r.log.String(), "hush") || !strings.Contains(r.log.String(), "feed=1") {
		t.Errorf("the log: %s", r.log.String())
	}
	must(t, r.RefreshNow(r.mara, r.feed, true))
	if f := r.refresh(t, many(3)); f.Products != 3 || f.Failures != 0 || !f.Problem.IsZero() {
		t.Errorf("taken as it is: %+v", f.Refresh)
	}
	if f := r.refresh(t, many(1)); f.Products != 1 {
		t.Errorf("of few, any may go: %+v", f.Refresh)
	}
}

// Feeds come plain or packed.
func TestPacked(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	rows := []byte(head + row("1", "Tent", "10,00", "", ""))
	var zipped, archive, two bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write(rows)
	must(t, errors.Join(err, z.Close()))
	for b, names := range map[*bytes.Buffer][]string{&archive: {"feed.csv", "__MACOSX/feed.csv"}, &two: {"a.csv", "b.csv"}} {
		z := zip.NewWriter(b)
		for _, name := range names {
			file, err := z.Create(name)
			must(t, err)
			_, err = file.Write(rows)
			must(t, err)
		}
		must(t, z.Close())
	}
	for text, want := range map[string]string{
		string(rows): "", zipped.String(): "", archive.String(): "", two.String(): "products.one_file",
		zipped.String()[:zipped.Len()-9]: "products.packed", "PK\x03\x04no": "products.packed", "\x1f\x8bno": "products.packed",
	} {
		r.text = text
		r.clock.Add(48 * time.Hour)
		_, err := r.RefreshDue(t.Context())
		must(t, err)
		if f, err := r.Feeds.Get(t.Context(), r.feed); f.Problem.Key != want {
			t.Errorf("%.9q: %s, %v", text, f.Problem, err)
		}
		if _, err := r.Preview(t.Context(), r.feed, nil); want == "products.one_file" && words.OfError(err).Key != want {
			t.Errorf("its beginning: %v", err)
		}
	}
}

// A feed's beginning is shown by a guess, which is right of those that people know.
func TestPreview(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for name, tt := range map[string]struct {
		text, decimal string
		want          products.Offer
	}{
		"Google Shopping": {"id\ttitle\tlink\timage_link\tprice\tsale_price\tavailability\tbrand\n" +
			"a\tTent\thttps://zon.example/a\thttps://zon.example/a.jpg\t129.00 EUR\t99.00 EUR\tout of stock\tKop\n", "point",
			products.Offer{Ref: "a", Name: "Tent", Brand: "Kop", Price: 99_00, OldPrice: new(int64(129_00)), Currency: "EUR",
				Availability: products.OutOfStock, Picture: "https://zon.example/a.jpg", Click: "https://zon.example/a"}},
		"Awin": {"aw_deep_link,product_name,aw_product_id,merchant_image_url,search_price,currency,in_stock,stock_quantity," +
			"merchant_category\n" +
			"https://www.awin1.com/pclick.php?p=1,Tent,1,https://zon.example/a.jpg,99.00,GBP,1,7,Kamperen\n", "point",
			products.Offer{Ref: "1", Name: "Tent", Category: "Kamperen", Price: 99_00, Currency: "GBP", Stock: new(7),
				Availability: products.InStock, Picture: "https://zon.example/a.jpg", Click: "https://www.awin1.com/pclick.php?p=1"}},
		"Daisycon": {`{"datafeed":{"programs":[{"products":[{"update_info":{"daisycon_unique_id":"d1"},
			"product_info":{"title":"Tent","price":"99.50","price_old":"120","currency":"EUR","link":"https://ds1.nl/c/?si=1",
			"images":[{"location":"https://zon.example/a.jpg"}],"in_stock":"true"}}]}]}}`, "point",
			products.Offer{Ref: "d1", Name: "Tent", Price: 99_50, OldPrice: new(int64(120_00)), Currency: "EUR",
				Availability: products.InStock,
				Picture:      "https://zon.example/a.jpg", Click: "https://ds1.nl/c/?si=1"}},
		"TradeTracker": {`<products>
			<product ID="77"><name>Tent</name><price currency="EUR">1.099,50</price>
			<URL>https://tc.tradetracker.net/?c=1</URL><images><image>https://zon.example/a.jpg</image></images>
			<description>&lt;p&gt;Voor twee&lt;/p&gt;</description>
			<categories><category path="Kamperen">Tenten</category></categories>
			<properties><property name="brand"><value>Kop</value></property>
			<property name="stock"><value>0</value></property></properties></product></products>`, "comma",
			products.Offer{Ref: "77", Name: "Tent", Text: "Voor twee", Brand: "Kop", Category: "Tenten", Price: 1_099_50, Currency: "EUR",
				Stock: new(0), Availability: products.OutOfStock, Picture: "https://zon.example/a.jpg",
				Click: "https://tc.tradetracker.net/?c=1"}},
	} {
		r.text = tt.text
		got, err := r.Preview(t.Context(), r.feed, nil)
		if err != nil || got.Mapping.Decimal != tt.decimal || len(got.Rows) != 1 {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		if diff := cmp.Diff(tt.want, got.Rows[0].Offer); diff != "" || got.Rows[0].Wrong != nil {
			t.Errorf("%s: %v\n%s", name, got.Rows[0].Wrong, diff)
		}
		if again, err := r.Preview(t.Context(), r.feed, &got.Mapping); err != nil || !cmp.Equal(again.Rows[0].Offer, tt.want) {
			t.Errorf("%s, by its mapping: %+v, %v", name, again, err)
		}
	}
}

// An address is sealed, and what is wrong with a feed is refused.
func TestFeedsAreKept(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	if n := pgtest.Count(t, r.App, `
		SELECT count(*) FROM product_feeds f WHERE position('hush' IN f::text) + position('68757368' IN f::text) > 0`); n != 0 {
		t.Error("the address can be read")
	}
	zee := campaigns.ProgrammeID(2)
	for name, tt := range map[string]struct {
		as      context.Context
		feed    products.Feed
		address string
		want    string
	}{
		"another's programme": {r.mara, products.Feed{Label: 1, Advertiser: 1, Name: "x", ProgrammeID: &zee}, secret,
			"products.other_programme"},
		"a name that is taken": {r.mara, products.Feed{Label: 1, Advertiser: 1, Name: "Zon NL"}, secret, "database.exists"},
		"no address":           {r.mara, products.Feed{Label: 1, Advertiser: 1, Name: "x"}, "ftp://x", "input.invalid"},
	} {
		if _, err := r.Add(tt.as, tt.feed, tt.address); err == nil || words.OfError(err).Key != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := r.Add(r.mara, products.Feed{Label: 1, Advertiser: 2, Name: "Nieuw"}, "https://user:hush@zee.example/f.csv")
	must(t, err)
	if err := r.RefreshNow(r.mara, f.ID, false); words.OfError(err).Key != "products.unmapped" || f.Host != "zee.example" {
		t.Errorf("%+v, %v", f, err)
	}
	_, err = r.Update(r.mara, r.feed, "", func(f *products.Feed) error { f.Active = false; return nil })
	must(t, err)
	if err := r.RefreshNow(r.mara, r.feed, false); words.OfError(err).Key != "products.stopped" {
		t.Errorf("stopped: %v", err)
	}
	if n, err := r.RefreshDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d were read, %v", n, err)
	}
}
