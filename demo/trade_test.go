package demo

import (
	"net/http"
	"testing"
	"time"

	"keur/networks"
)

// Members who come by a link of ours buy now and then, machines never; networks
// decide about it weeks later, and pay.
func TestMembersBuyAndNetworksDecide(t *testing.T) {
	t.Parallel()
	m := market(t, "nl")
	trade, err := openTrade(t.Context(), []*Market{m}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	trade.GoBy(func() time.Time { return now })
	shop, err := openShop(t.Context(), trade, []*Market{m})
	if err != nil {
		t.Fatal(err)
	}
	var tracked *Offer
	for _, o := range m.Offers {
		if o.Network == "tradetracker" {
			tracked = o
		}
	}
	come := func(o *Offer, parameter, agent string) {
		status, _, err := do(t.Context(), http.MethodGet, shop.link(m, o)+"?"+parameter+"=abc", nil, map[string]string{"User-Agent": agent})
		if err != nil || status != http.StatusOK {
			t.Fatalf("%s answers %d: %v", o.Advertiser, status, err)
		}
	}
	const clicks = 300
	for range clicks {
		come(tracked, "r", Browser)
		come(tracked, "r", gateway)
		come(tracked, "other", Browser)
	}
	sold := trade.Sold(0)
	if n := float64(len(sold)); n < clicks*buys/2 || n > clicks*buys*2 {
		t.Fatalf("%v sales of %d clicks", n, clicks)
	}
	states := map[networks.Status]int{}
	paid := 0
	for range 10 {
		now = now.AddDate(0, 0, 7)
		trade.Decide()
	}
	for _, s := range sold {
		sale := s.Sale()
		states[sale.Status]++
		if sale.Paid {
			paid++
		}
		if sale.SubID != "abc" || sale.Commission != tracked.commission(sale.Sale) || sale.Commission == 0 {
			t.Errorf("a sale is %+v", sale)
		}
	}
	approved := states[networks.Approved]
	if states[networks.Pending] > 0 || states[networks.Declined] == 0 || approved == 0 || paid != approved {
		t.Errorf("ten weeks later they are %v, %d of them paid", states, paid)
	}
	if got := (&Offer{Deals: m.Offers[0].Deals}).commission(100_000); got != 4500 {
		t.Errorf("4.5%% of a thousand euros are %d cents", got)
	}
}
