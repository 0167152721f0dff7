package product_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"keur/web/webtest"
)

const head = "id,title,description,price,sale_price,link,image_link,availability,product_type,brand\n"

func row(id, name, price, sale, stock string) string {
	page := "https://zon.example/" + id
	return strings.Join([]string{id, name, "Voor twee personen", price, sale, page, page + ".jpg", stock, "Kamperen", "Kop"}, ",") + "\n"
}

func tents(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(row(fmt.Sprint("t", i), fmt.Sprint("Tent ", i), fmt.Sprint(100+i, ".00 EUR"), "", "in stock"))
	}
	return head + b.String()
}

// A feed is looked into before it is kept; what its columns are is guessed, tried and
// saved, and its address is on no page again.
func TestAddAFeed(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	text := tents(30)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	t.Cleanup(shop.Close)
	planner := d.As("planner")
	says := func(user, path string, texts ...string) {
		t.Helper()
		page := d.As(user).Get(path)
		for _, text := range texts {
			if !strings.Contains(page.Body, text) {
				t.Errorf("%s doesn't say %q to a %s: %d", path, text, user, page.Status)
			}
		}
		if strings.Contains(page.Body, "hush") {
			t.Errorf("%s tells the address", path)
		}
	}
	says("viewer", "/product-feeds?label=nl", "No feeds yet")
	says("planner", "/product-feeds/new?label=nl", "Address of the feed")
	form := url.Values{"name": {"Zon NL"}, "advertiser_id": {webtest.Itoa(d.Campaign.AdvertiserID)}, "address": {"hush"}}
	if r := planner.Post("/product-feeds?label=nl", form); r.Status != 422 || !strings.Contains(r.Body, `value="hush"`) {
		t.Errorf("no address: %d", r.Status)
	}
	form.Set("address", shop.URL+"/feed?key=hush")
	if r := planner.Post("/product-feeds?label=nl", form); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says("planner", "/product-feeds/1", "first 10 products", "Tent 3", "€103.00", `value="image_link"`)
	says("viewer", "/product-feeds/1", "Zon NL")
	names := url.Values{
		"name": {"Zon NL"}, "active": {"yes"}, "format": {"csv"}, "delimiter": {"comma"}, "decimal": {"point"}, "do": {"preview"},
		"names.id": {"id"}, "names.name": {"description"}, "names.price": {"price"}, "names.link": {"link"},
		"names.picture": {"image_link"},
	}
	if r := planner.Post("/product-feeds/1", names); r.Status != 200 || !strings.Contains(r.Body, "Voor twee personen") {
		t.Errorf("tried with another column: %d", r.Status)
	}
	names.Set("names.name", "")
	names.Set("do", "save")
	if r := planner.Post("/product-feeds/1", names); r.Status != 422 {
		t.Errorf("saved without a name: %d", r.Status)
	}
	names.Set("names.name", "title")
	if r := planner.Post("/product-feeds/1", names); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says("planner", "/product-feeds/1", "It will be read in a moment")
	webtest.ReadFeeds(d)
	says("viewer", "/product-feeds?label=nl", "Zon NL", "30")
	text = tents(3)
	if r := planner.Post("/product-feeds/1/refresh", url.Values{}); r.Status != 303 {
		t.Fatalf("%d", r.Status)
	}
	webtest.ReadFeeds(d)
	says("planner", "/product-feeds/1", "has only 3 products, and had 30", "Take it as it is")
	if r := planner.Post("/product-feeds/1/refresh", url.Values{"anyway": {"yes"}}); r.Status != 303 {
		t.Fatalf("%d", r.Status)
	}
	webtest.ReadFeeds(d)
	if page := planner.Get("/product-feeds/1").Body; strings.Contains(page, "Take it as it is") {
		t.Error("what was taken as it is is asked again")
	}
}

func TestLookAtFeeds(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	webtest.Sells(d, tents(26)+row("x", "Slaapzak voor koude nachten in de bergen", "89.00 EUR", "59.00 EUR", "in stock")+
		row("y", "Zonder prijs", "gratis", "", ""))
	d.Look("planner", "product-feeds", "/product-feeds?label=nl")
	d.Look("planner", "product-feed-new", "/product-feeds/new?label=nl")
	d.Look("planner", "product-feed", "/product-feeds/1?preview=1")
}

// What all feeds of a label have is searched on a page of its own, by the advertiser,
// words and price.
func TestSearchProducts(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	webtest.Sells(d, tents(30))
	viewer := d.As("viewer")
	for query, want := range map[string]int{
		"": 24, "&words=tent+12": 1, "&to=104.50": 5, "&from=125&sort=price": 5, "&advertiser=99": 0,
		"&advertiser=" + webtest.Itoa(d.Campaign.AdvertiserID): 24,
	} {
		r := viewer.Get("/products?label=nl" + query)
		if n := strings.Count(r.Body, "<strong>Tent"); n != want || strings.Contains(r.Body, "Take this") {
			t.Errorf("%q finds %d", query, n)
		}
	}
	d.Look("planner", "products", "/products?label=nl")
}
