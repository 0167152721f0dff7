package mailing_test

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/networks/products"
	"keur/web/webtest"
)

const sold = "id,title,description,price,sale_price,link,image_link,availability,product_type,brand\n"

func shoe(id, name, price, sale, stock string) string {
	page := "https://zon.example/" + id
	return strings.Join([]string{id, name, "Voor warme dagen", price, sale, page, page + ".jpg", stock, "Sandalen", "Kop"}, ",") + "\n"
}

// shoes are four products, of which one has a script for a name.
func shoes(price string) string {
	return sold + shoe("s1", "Sandaal Zee", price, "", "in stock") + shoe("s2", "Sandaal Zon", "80.00 EUR", "60.00 EUR", "in stock") +
		shoe("s3", `<script>alert(1)</script>Slipper {{member.email}}`, "12.00 EUR", "", "in stock") +
		shoe("s4", "Klomp", "35.00 EUR", "", "out of stock")
}

// selling is a desk with a newsletter draft, and a feed of its advertiser's shoes.
func selling(t *testing.T) (*webtest.Desk, func(string)) {
	t.Helper()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-30T10:00"))
	_, refresh := webtest.Sells(d, shoes("49.95 EUR"))
	return d, refresh
}

// shown is what the finder of products of the first placement shows.
func shown(d *webtest.Desk, query string) string {
	d.T.Helper()
	return d.As("planner").Get("/mailings/1/products?for=" + d.Working().Brief.Placements[0].Key + query).Body
}

// Products of feeds are found by words, price, stock and whether they are reduced; none
// of the shop's addresses and none of its scripts is on the page.
func TestFindProducts(t *testing.T) {
	t.Parallel()
	d, _ := selling(t)
	for query, want := range map[string]string{
		"":                        "Sandaal Zee, Sandaal Zon, Slipper, Klomp",
		"&words=sand+z":           "Sandaal Zee, Sandaal Zon",
		"&from=40":                "Sandaal Zee, Sandaal Zon",
		"&from=13&to=49.95":       "Sandaal Zee, Klomp",
		"&in_stock=yes&to=40":     "Slipper",
		"&reduced=yes":            "Sandaal Zon",
		"&from=veel&words=sneeuw": "Nothing fits",
	} {
		body := shown(d, query)
		for _, name := range []string{"Sandaal Zee", "Sandaal Zon", "Slipper", "Klomp", "Nothing fits"} {
			if strings.Contains(body, "<strong>"+name) != strings.Contains(want, name) && name != "Nothing fits" {
				t.Errorf("%q shows %q: %t", query, name, !strings.Contains(want, name))
			}
		}
		if strings.Contains(body, "zon.example") || strings.Contains(body, "alert(1)") {
			t.Errorf("%q shows what the shop wrote: %s", query, body)
		}
	}
	if r := d.As("planner").Get("/products/1/picture"); r.Status != 200 || !strings.HasPrefix(r.Body, "\x89PNG") {
		t.Errorf("its picture is %d", r.Status)
	}
	if r := d.As("planner").Get("/mailings/1/products?for=p99"); r.Status != 404 {
		t.Errorf("of no placement it finds %d", r.Status)
	}
}

// number is that of a product of the feed.
func number(d *webtest.Desk, ref string) string {
	d.T.Helper()
	var id int64
	if err := d.DB.Get(&id, `SELECT id FROM products WHERE ref = $1`, ref); err != nil {
		d.T.Fatal(err)
	}
	return webtest.Itoa(id)
}

// A product fills the placement with its name, words, price, picture and address; of
// several the others come below it, and taken out the placement begins again.
func TestTakeProducts(t *testing.T) {
	t.Parallel()
	d, _ := selling(t)
	key := d.Working().Brief.Placements[0].Key
	if r := press(d, "product:"+key+":"+number(d, "s2")); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	p := d.Working().Brief.Placements[0]
	if p.Heading != "Sandaal Zon" || p.Text != "Voor warme dagen\n\n€\u00a060,00 in plaats van €\u00a080,00" || p.Creative == "" ||
		!strings.Contains(p.URL, "zon.example") || p.ProductPick == 0 {
		t.Errorf("%+v", p)
	}
	f := fields(d)
	f.Set("do", "products:"+key)
	f["product:"+key] = []string{number(d, "s1"), number(d, "s4"), number(d, "s2")}
	if r := d.As("planner").Multipart("/mailings/1/content", f); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	var names []string
	for _, p := range d.Working().Brief.Placements {
		names = append(names, p.Heading)
	}
	if got := strings.Join(names, ", "); got != "Sandaal Zee, Klomp, Sandaal Zon" {
		t.Errorf("of three there are %s", got)
	}
	if r := d.As("planner").Get("/mailings/1/content"); !strings.Contains(r.Body, "Product of a feed: Sandaal Zee, €49.95") {
		t.Errorf("the page doesn't say what it is: %s", r.Body)
	}
	if r := press(d, "products:"+key); r.Status != 422 || !strings.Contains(r.Body, "hoose at least one product") {
		t.Errorf("of none: %d", r.Status)
	}
	if r := press(d, "product-out:"+key); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if p := d.Working().Brief.Placements[0]; p.ProductPick != 0 || p.Creative != "" || p.Text != "" || p.Heading != d.Campaign.Name {
		t.Errorf("taken out it is %+v", p)
	}
}

// What isn't of the label's own feeds, of the advertiser, or there at all, is in no
// placement, whatever a form or a brief says.
func TestForgedProducts(t *testing.T) {
	t.Parallel()
	d, _ := selling(t)
	key := d.Working().Brief.Placements[0].Key
	for _, wrong := range []string{key + ":99", "p99:1", key + ":x", key + ":"} {
		if r := press(d, "product:"+wrong); r.Status != 404 {
			t.Errorf("%s: %d", wrong, r.Status)
		}
	}
	press(d, "product:"+key+":1") // pick 1, of the campaign
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zee', 'shoes')`)
		tx.MustExec(`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on)
			SELECT label_id, advertiser_id, 'Winter', starts_on, ends_on FROM campaigns WHERE id = $1`, d.Campaign.ID)
		tx.MustExec(`INSERT INTO product_picks (product_id, campaign_id, name, price, currency, availability, picture, click, picked_by)
			SELECT 1, max(id), 'x', 1, 'EUR', 'unknown', '', 'x', 'user:1' FROM campaigns`) // pick 2, of another
		tx.MustExec(`UPDATE product_feeds SET advertiser_id = (SELECT max(id) FROM advertisers)`)
	})
	if r := press(d, "product:"+key+":2"); r.Status != 422 || !strings.Contains(r.Body, "another advertiser") {
		t.Errorf("of another advertiser: %d", r.Status)
	}
	brief := d.Brief(t, "2026-11-30T10:00")
	for pick, ok := range map[int64]bool{1: true, 2: false, 99: false, -1: false} {
		brief.Placements[0].ProductPick = pick
		m := mailings.Mailing{LabelID: d.Label.ID, Kind: mailings.Solo}
		_, err := d.Deps.Composer.Compose(t.Context(), &m, brief)
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "product") {
			t.Errorf("pick %d: %v", pick, err)
		}
	}
}

// shownOf is what a page of a campaign's picks shows of the only one about which it asks.
func shownOf(d *webtest.Desk, path string) string {
	_, says, _ := strings.Cut(d.As("planner").Get(path).Body, `name="says" value="`)
	says, _, _ = strings.Cut(says, `"`)
	return html.UnescapeString(says)
}

// What became dearer is asked about at Check and at Submit, until a person says why it
// stays.
func TestADearerProductIsAskedAbout(t *testing.T) {
	t.Parallel()
	d, refresh := selling(t)
	key := d.Working().Brief.Placements[0].Key
	press(d, "product:"+key+":"+number(d, "s1"))
	check := func() string {
		t.Helper()
		version := webtest.Itoa(d.Working().Version)
		d.As("planner").Post("/mailings/1/check", url.Values{"version": {version}})
		return d.As("planner").Get("/mailings/1/foreseen").Body
	}
	const dearer = "Sandaal Zee has become dearer: €49.95 in the mail, €59.95 now"
	if body := check(); strings.Contains(body, "dearer") {
		t.Errorf("as it was taken it is %s", body)
	}
	refresh(shoes("59.95 EUR"))
	path := "/campaigns/" + webtest.Itoa(d.Campaign.ID) + "/products"
	if body := check(); !strings.Contains(body, dearer) || !strings.Contains(body, path+"#pick-1") {
		t.Errorf("at Check it says %s", body)
	}
	if r := d.As("planner").Get("/"); !strings.Contains(r.Body, dearer) {
		t.Error("Today doesn't say it")
	}
	d.Look("planner", "campaign-products", path)
	if r := d.As("planner").Post(path+"/1/keep", url.Values{"reason": {""}}); r.Status != 422 || !strings.Contains(r.Body, "ay why") {
		t.Errorf("without a reason it stays: %d", r.Status)
	}
	seen := shownOf(d, path)
	refresh(shoes("64.95 EUR"))
	if r := d.As("planner").Post(path+"/1/keep", url.Values{"says": {seen}, "reason": {"mag"}}); r.Status != 422 ||
		!strings.Contains(r.Body, "€64.95 now") || !strings.Contains(r.Body, "says something else of this by now") {
		t.Errorf("dearer than was seen it stays: %d %s", r.Status, r.Body)
	}
	keep := url.Values{"says": {shownOf(d, path)}, "reason": {"prijs blijft voor leden"}}
	if r := d.As("planner").Post(path+"/1/keep", keep); r.Status != 303 {
		t.Errorf("it can't stay: %d %s", r.Status, r.Body)
	}
	if r := d.As("planner").Get(path); !strings.Contains(r.Body, "prijs blijft voor leden") || strings.Contains(r.Body, "Why it stays") {
		t.Errorf("kept it says %s", r.Body)
	}
	refresh(shoes("69.95 EUR"))
	if r := d.As("planner").Get(path); !strings.Contains(r.Body, "€69.95 now") || !strings.Contains(r.Body, "Why it stays") {
		t.Errorf("dearer once more it says %s", r.Body)
	}
	if r := d.As("planner").Post("/product-feeds/1/remove", nil); r.Status != 303 {
		t.Errorf("%d", r.Status)
	}
	if body := check(); !strings.Contains(body, "nobody reads Zon nl any more") && !strings.Contains(body, "Nobody reads Zon nl any more") {
		t.Errorf("without its feed it says %s", body)
	}
	if r := d.As("planner").Get("/product-feeds/1"); r.Status != 404 {
		t.Errorf("a feed that was removed: %d", r.Status)
	}
}

// TestWhoTookAProductIsAnAuthor: of a mail with a product that somebody took they are an
// author, though another set it in and it has no picture, and so decide nothing about it.
func TestWhoTookAProductIsAnAuthor(t *testing.T) {
	t.Parallel()
	d, _ := selling(t)
	picker := &products.Picker{
		DB: d.DB, Creatives: d.Deps.Creatives, Links: campaigns.NewLinks(d.DB),
	}
	p, err := products.NewStore(d.DB).Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Picture = ""
	got, err := picker.Pick(approvaltest.As(d.Users["planner"]), &p, &d.Campaign, "Keur", "nl")
	if err != nil {
		t.Fatal(err)
	}
	for _, pick := range []products.PickID{0, got.ID} {
		brief := d.Brief(t, "2026-11-30T10:00")
		brief.Placements[0].ProductPick = int64(pick)
		_, r := d.Draft(t, brief)
		var is bool
		if err := d.DB.Get(&is, `SELECT $2::bigint IN (SELECT * FROM revision_authors($1))`, r.ID, d.Users["planner"].ID); err != nil || is != (pick != 0) {
			t.Errorf("who took %d is an author: %t, %v", pick, is, err)
		}
	}
}

// In the browser the finder opens, narrows as one types, and two products that are
// ticked become two placements without the page being left.
func TestTakeProductsByHand(t *testing.T) {
	t.Parallel()
	d, _ := selling(t)
	key := d.Working().Brief.Placements[0].Key
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	finder := "#products-" + key
	w.Do(webtest.Click(finder+" > summary"), chromedp.WaitVisible(webtest.CSS(finder+" .offered li")))
	w.Until(`document.querySelectorAll("` + finder + ` .offered li").length === 4`)
	w.Shoot("content-products")
	w.Accessible("content with products of feeds")
	w.Do(webtest.Type("#words-product-"+key, "sandaal"))
	w.Until(`document.querySelectorAll("` + finder + ` .offered li").length === 2`)
	w.Until(`(document.querySelectorAll("` + finder + ` .offered input").forEach(box => box.click()), true)`)
	w.Settled()
	w.Do(webtest.Click(finder + " > .line button"))
	w.Until(`document.querySelectorAll("li.placement").length === 2`)
	w.Settled()
	if all := d.Working().Brief.Placements; len(all) != 2 || all[1].Heading != "Sandaal Zon" {
		t.Errorf("taken is %+v", all)
	}
}
