package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"keur/api/affiliate"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/networks/products"
)

// shops answer for shops of ours: a feed of a tent that costs what stands in dearer,
// at the address that is whole of a mat too, and a picture.
type shops struct{ dearer string }

func (s *shops) open(_ context.Context, address string, _ time.Duration) (io.ReadCloser, error) {
	rows := "id,title,price,link,image_link,availability\n" +
		"1,Tent," + s.dearer + " EUR,https://zon.example/1,https://zon.example/1.png,in stock\n"
	if strings.Contains(address, "whole") {
		rows += "2,Mat,9.00 EUR,https://zon.example/2,,in stock\n"
	}
	return io.NopCloser(strings.NewReader(rows)), nil
}

func (s *shops) fetch(context.Context, string, int) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 200)))
	return b.Bytes(), err
}

// feedMapping says what the columns of such a feed are.
const feedMapping = `{"format":"csv","delimiter":"comma","decimal":"point",
	"names":{"id":"id","name":"title","price":"price","link":"link","picture":"image_link","availability":"availability"}}`

// read reads the feeds that are due.
func (d *desk) read() {
	d.t.Helper()
	reader := products.Refresher{Feeds: d.deps.Feeds, Log: slog.New(slog.DiscardHandler), Key: pgtest.Key()}
	if _, err := reader.RefreshDue(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// addFeed adds a feed of the label's advertiser, and returns its number.
func (d *desk) addFeed(as string, label int, name string) string {
	d.t.Helper()
	var f products.Feed
	d.want(http.StatusCreated, d.call(as, "POST", fmt.Sprintf("/labels/%d/product-feeds", label),
		fmt.Sprintf(`{"advertiser_id":%d,"name":%q,"feed_url":"https://zon.example/f?key=hush"}`, label, name)), &f)
	return fmt.Sprint(f.ID)
}

// sell gives a label a feed of its advertiser's, and takes a product of it into its
// campaign: each is the n-th of its kind.
func (d *desk) sell(name string, n int) {
	d.t.Helper()
	feed := "/product-feeds/" + d.addFeed(name, n, "Feed")
	d.want(http.StatusOK, d.call(name, "PUT", feed, `{"name":"Feed","active":true,"mapping":`+feedMapping+`}`, "If-Match", "*"), nil)
	d.read()
	d.want(http.StatusCreated, d.call(name, "POST", fmt.Sprintf("/campaigns/%d/products", n),
		fmt.Sprintf(`{"product_id":%d}`, n)), nil)
}

// Feeds are kept and read, and their products found and taken, over the API; of what
// is dearer since, a person says why it stays.
func TestProductsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	shop := &shops{dearer: "80.00"}
	o.deps.Feeds.Open, o.deps.Feeds.DB = shop.open, o.deps.DB
	o.sell("Mara", 1)
	o.want(http.StatusOK, o.call("Mara", "PUT", "/product-feeds/1", `{"name":"Feed","active":true,
		"feed_url":"https://zon.example/whole?key=hush","mapping":`+feedMapping+`}`, "If-Match", "*"), nil)
	o.read()
	var feed products.Feed
	got := o.call("Mara", "GET", "/product-feeds/1", nil)
	o.want(http.StatusOK, got, &feed)
	if feed.Name != "Feed" || feed.Host != "zon.example" || strings.Contains(got.body, "hush") {
		t.Errorf("%s", got.body)
	}
	var seen affiliate.FeedPreview
	o.want(http.StatusOK, o.call("Mara", "POST", "/product-feeds/1/preview", `{}`), &seen)
	if len(seen.Rows) != 2 || seen.Rows[0].Name != "Tent" || seen.Mapping.Names["name"] != "title" {
		t.Errorf("%+v", seen)
	}
	for query, want := range map[string]int{"": 2, "?words=te": 1, "?price_from=1000": 1, "?price_to=900": 1, "?reduced=true": 0} {
		var all paging.Page[products.Product]
		o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/products"+query, nil), &all)
		if len(all.Items) != want {
			t.Errorf("%q finds %+v", query, all.Items)
		}
	}
	var tents paging.Page[products.Product]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/products?words=tent", nil), &tents)
	body := fmt.Sprintf(`{"product_id":%d}`, tents.Items[0].ID)
	var picked products.Picked
	o.want(http.StatusCreated, o.call("Mara", "POST", "/campaigns/1/products", body), &picked)
	if picked.Heading != "Tent" || picked.Creative == nil || !strings.Contains(picked.Price, "80,00") {
		t.Errorf("%+v", picked)
	}
	for wrong, status := range map[string]int{`{"product_id":99}`: 422, `{"product_id":0}`: 422} {
		o.want(status, o.call("Mara", "POST", "/campaigns/1/products", wrong), nil)
	}
	shop.dearer = "95.00"
	o.want(http.StatusOK, o.call("Mara", "POST", "/product-feeds/1/refresh", `{}`), nil)
	o.read()
	keep := fmt.Sprintf("/product-picks/%d/keep", picked.ID)
	var taken affiliate.TakenProduct
	var before paging.Page[affiliate.TakenProduct]
	o.want(http.StatusOK, o.call("Mara", "GET", "/campaigns/1/products", nil), &before)
	says, err := json.Marshal(before.Items[0].Says)
	if err != nil {
		t.Fatal(err)
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", keep, `{"says":"{}","reason":"for members"}`), nil)
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", keep, fmt.Sprintf(`{"says":%s,"reason":""}`, says)), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", keep, fmt.Sprintf(`{"says":%s,"reason":"for members"}`, says)), &taken)
	if taken.Asks || taken.Was.Price != 80_00 || taken.Price != 95_00 || len(taken.Told) != 1 {
		t.Errorf("%+v", taken)
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", keep, fmt.Sprintf(`{"says":%s,"reason":"again"}`, says)), nil)
	o.want(http.StatusNoContent, o.call("Mara", "DELETE", "/product-feeds/1", nil), nil)
	o.want(http.StatusNotFound, o.call("Mara", "GET", "/product-feeds/1", nil), nil)
	o.want(http.StatusConflict, o.call("Mara", "POST", "/campaigns/1/products", body), nil)
	var all paging.Page[affiliate.TakenProduct]
	o.want(http.StatusOK, o.call("Mara", "GET", "/campaigns/1/products", nil), &all)
	if len(all.Items) != 2 || !all.Items[0].Asks {
		t.Errorf("without its feed: %+v", all.Items)
	}
}
