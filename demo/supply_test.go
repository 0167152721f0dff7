package demo

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/networks"
)

// The networks offer a banner, a text link and a code for each programme: the
// banner is a picture, the link leads to the shop, and a mail may show the code.
func TestNetworksOfferMaterial(t *testing.T) {
	t.Parallel()
	m := market(t, "nl")
	trade, err := openTrade(t.Context(), []*Market{m}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	shop, err := openShop(t.Context(), trade, []*Market{m})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range trade.accounts {
		if items := a.Items(); len(items) != 3*len(a.Server.Offers()) || len(items) == 0 {
			t.Fatalf("%s offers %d items for %d programmes", a.network, len(items), len(a.Server.Offers()))
		}
		var page networks.Supply
		for _, i := range a.Items() {
			page.Take(networks.Item{
				Programme: i.Programme, Kind: i.Kind, Ref: i.Ref, Name: i.Name, Code: i.Code, Picture: i.Picture, Click: i.Click,
			}, &networks.Reader{})
			if i.Kind == networks.Code && !campaigns.ValidCode(i.Code) || !strings.HasPrefix(i.Click, shop.URL) {
				t.Errorf("%+v", i)
			}
			if i.Kind == networks.Banner {
				if c, err := drawn(t, i.Picture); err != nil || c.Width != BannerWidth {
					t.Errorf("%s shows %+v, %v", i.Picture, c, fault.Of(err))
				}
			}
		}
		if len(page.Unread) > 0 {
			t.Errorf("%+v", page.Unread)
		}
	}
}

func drawn(t *testing.T, address string) (campaigns.Creative, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	data, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return campaigns.ReadCreative(data)
}
