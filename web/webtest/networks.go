package webtest

import (
	"bytes"
	"cmp"
	"context"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/conversions"
	"keur/conversions/payments"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/pgtest"
	"keur/networks"
	"keur/networks/awin"
	"keur/networks/daisycon"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/networks/simulators"
)

// fakePoller asks networks of ours, on loopback. Awin lists two programmes.
func fakePoller(t *testing.T, w *approvaltest.World) *networks.Poller {
	t.Helper()
	theirs := simulators.NewAwin(w.Clock.Now)
	theirs.Offer(simulators.Offer{
		Ref: "4711", Name: "Zonvakantie NL", Days: 45, Points: 92_50, EPC: 34,
		Groups: []simulators.Group{{Ref: "1", Name: "Default", Points: 5_00}, {Ref: "2", Name: "Lead", Cents: 3_00}},
	})
	theirs.Offer(simulators.Offer{Ref: "4712", Name: "Bergen en dalen", Relation: networks.Applied})
	told := &news.Recorder{DB: w.DB, Clock: w.Clock}
	listings := &programmes.Recorder{
		DB: w.DB, Clock: w.Clock, Notices: w.Notices, DeskURL: "http://desk.example", Changed: told.Changed,
	}
	home := func(network http.Handler) string {
		server := httptest.NewServer(network)
		t.Cleanup(server.Close)
		return server.URL
	}
	at := home(simulators.NewDaisycon(w.Clock.Now))
	con, err := daisycon.At(at, at)
	if err != nil {
		t.Fatal(err)
	}
	return networks.NewPoller(networks.PollerParts{
		DB: w.DB, Box: w.Box, Clock: w.Clock, Log: slog.New(slog.DiscardHandler), Web: http.DefaultTransport,
		Adapters:  map[string]networks.Adapter{"awin": awin.Adapter{Home: home(theirs)}, "daisycon": con},
		Record:    func(context.Context, networks.ConnectionID, []networks.Report) error { return nil },
		Catalogue: listings.Record, Material: (&material.Recorder{DB: w.DB, Clock: w.Clock, Changed: told.Changed}).Record,
		News: told.Record,
	})
}

// trace has each link redirect to a shop, but those that are said to break.
func trace(_ context.Context, url, _ string) (links.Trail, error) {
	const shop = "https://www.shop.example/winter"
	if strings.Contains(url, "breaks") {
		return links.Trail{Hops: []links.Hop{{URL: url}}}, fault.New(fault.Unavailable, "links.no_connection")
	}
	return links.Trail{Final: shop, Hops: []links.Hop{{URL: url, Status: http.StatusFound}, {URL: shop, Status: http.StatusOK}}}, nil
}

// fetch draws a picture of another colour for each address.
func fetch(_ context.Context, address string, _ int) ([]byte, error) {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(address))
	n := sum.Sum32()
	picture := image.NewRGBA(image.Rect(0, 0, 468, 120))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.RGBA{byte(n), byte(n >> 8), byte(n >> 16), 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	err := png.Encode(&b, picture)
	return b.Bytes(), err
}

// Offered has a connection's network offer items, and no others. It is the reading
// after one that began before; nil: the first.
func Offered(d *Desk, by networks.ConnectionID, before *time.Time, all ...networks.Item) time.Time {
	d.T.Helper()
	var page networks.Supply
	for _, i := range all {
		page.Take(i, &networks.Reader{})
	}
	if len(page.Unread) > 0 {
		d.T.Fatal(page.Unread)
	}
	began := d.Clock.Now()
	recorder := &material.Recorder{DB: d.DB, Clock: d.Clock, Changed: (&news.Recorder{DB: d.DB, Clock: d.Clock}).Changed}
	in := networks.Reading{Connection: by, Began: began, Before: before, Last: true}
	if err := recorder.Record(pgtest.Acting(d.T.Context(), "system:networks"), in, page); err != nil {
		d.T.Fatal(err)
	}
	return began
}

// Paid has a connection's network tell what it pays.
func Paid(d *Desk, by networks.ConnectionID, all ...networks.Payment) {
	d.T.Helper()
	if err := payments.NewStore(d.DB, d.Clock).Told(pgtest.Acting(d.T.Context(), "system:networks"), by, all); err != nil {
		d.T.Fatal(err)
	}
}

// Take takes an item into a campaign.
func Take(d *Desk, id material.ItemID, c campaigns.Campaign) material.Picked {
	d.T.Helper()
	i, err := material.NewStore(d.DB).Get(d.T.Context(), id)
	if err != nil {
		d.T.Fatal(err)
	}
	picker := &material.Picker{
		DB: d.DB, Clock: d.Clock, Advertisers: d.Deps.Advertisers, Creatives: d.Deps.Creatives, Vouchers: d.Deps.Vouchers, Fetch: fetch,
	}
	got, err := picker.Pick(approvaltest.As(d.Users["planner"]), &i, &c, time.UTC)
	if err != nil {
		d.T.Fatal(err)
	}
	return got
}

// Sold has a connection's network report sales; what a report leaves out is that
// of a sale that was made just now.
func Sold(d *Desk, by networks.ConnectionID, reports ...networks.Report) {
	d.T.Helper()
	for i := range reports {
		r := &reports[i]
		r.Status, r.Currency = cmp.Or(r.Status, networks.Pending), cmp.Or(r.Currency, "EUR")
		if r.At.IsZero() {
			r.At = d.Clock.Now()
		}
		if r.Occurred.IsZero() {
			r.Occurred = d.Clock.Now()
		}
	}
	if _, err := d.Deps.Conversions.Record(pgtest.Acting(d.T.Context(), "system:networks"), by, conversions.ByPoll, reports); err != nil {
		d.T.Fatal(err)
	}
}

// Listed has a connection's network list programmes, and no others.
func Listed(d *Desk, by networks.ConnectionID, all ...networks.Programme) {
	d.T.Helper()
	var page networks.Catalogue
	for _, p := range all {
		page.Take(p, &networks.Reader{})
	}
	list(d, networks.Reading{Connection: by, Began: d.Clock.Now(), Last: true}, page)
}

// Relisted has a connection's network list programmes in a reading after another.
func Relisted(d *Desk, by networks.ConnectionID, before time.Time, all ...networks.Programme) {
	d.T.Helper()
	var page networks.Catalogue
	for _, p := range all {
		page.Take(p, &networks.Reader{})
	}
	list(d, networks.Reading{Connection: by, Began: d.Clock.Now(), Before: &before, Last: true}, page)
}

func list(d *Desk, in networks.Reading, page networks.Catalogue) {
	d.T.Helper()
	recorder := &programmes.Recorder{
		DB: d.DB, Clock: d.Clock, Notices: d.Notices, DeskURL: "http://desk.example",
		Changed: (&news.Recorder{DB: d.DB, Clock: d.Clock}).Changed,
	}
	if err := recorder.Record(pgtest.Acting(d.T.Context(), "system:networks"), in, page); err != nil {
		d.T.Fatal(err)
	}
}

// Sells has a feed of the advertiser of the desk's campaign say what stands in text,
// as a file of commas whose columns are called as ours are. It is read at once, and
// again whenever what is returned says something else.
func Sells(d *Desk, text string) (products.Feed, func(text string)) {
	d.T.Helper()
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	d.T.Cleanup(shop.Close)
	as := approvaltest.As(d.Users["planner"])
	feed, err := d.Deps.Products.Add(as, products.Feed{
		Label: d.Label.ID, Advertiser: d.Campaign.AdvertiserID, Name: "Zon " + d.Label.Code,
	}, shop.URL+"/feed?key=hush")
	if err != nil {
		d.T.Fatal(err)
	}
	seen, err := d.Deps.Products.Preview(d.T.Context(), feed.ID, nil)
	if err != nil {
		d.T.Fatal(err)
	}
	refresh := func(now string) {
		text = now
		if err := d.Deps.Products.RefreshNow(as, feed.ID, true); err != nil {
			d.T.Fatal(err)
		}
		ReadFeeds(d)
	}
	feed, err = d.Deps.Products.Update(as, feed.ID, "", func(f *products.Feed) error {
		f.Mapping = &seen.Mapping
		return nil
	})
	if err != nil {
		d.T.Fatal(err)
	}
	ReadFeeds(d)
	return feed, refresh
}

// ReadFeeds reads the feeds that are due.
func ReadFeeds(d *Desk) {
	d.T.Helper()
	reader := &products.Refresher{Feeds: d.Deps.Products, Log: slog.New(slog.NewTextHandler(TestLog{d.T}, nil)), Key: pgtest.Key()}
	if _, err := reader.RefreshDue(d.T.Context()); err != nil {
		d.T.Fatal(err)
	}
}
