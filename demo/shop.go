package demo

import (
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Shop stands for the networks and shops that links lead to: a network notes
// the sub-id and redirects to the shop.
type Shop struct {
	URL    string
	trade  *Trade
	offers map[string]visited // by the path of their links
	subIDs atomic.Int64       // clicks that came with one
	raised atomic.Bool        // prices were
}

// visited is what a link leads to.
type visited struct {
	market *Market
	offer  *Offer
}

// openShop serves until ctx ends.
func openShop(ctx context.Context, trade *Trade, markets []*Market) (*Shop, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the shops: %w", err)
	}
	s := &Shop{URL: "http://" + listener.Addr().String(), trade: trade, offers: map[string]visited{}}
	for _, m := range markets {
		for _, o := range append(m.Offers[:len(m.Offers):len(m.Offers)], m.Today...) {
			s.offers[way(m, o)] = visited{m, o}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/network/{network}/{label}/{shop}", s.network)
	mux.HandleFunc("/shop/{shop}", s.shop)
	mux.HandleFunc("/feed/{label}/{shop}", s.feed)
	mux.HandleFunc("/picture/{label}/{shop}/{product}", s.picture)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	trade.supply(s)
	return s, nil
}

// link is what an offer's placement leads to.
func (s *Shop) link(m *Market, o *Offer) string { return s.URL + way(m, o) }

// way is the path of an offer at its network.
func way(m *Market, o *Offer) string {
	at := url.URL{Path: "/network/" + o.Network + "/" + m.Label.Code + "/" + strings.ReplaceAll(strings.ToLower(o.Advertiser), " ", "-")}
	return at.EscapedPath()
}

// Tracked is how many clicks came to the networks with their sub-id.
func (s *Shop) Tracked() int { return int(s.subIDs.Load()) }

func (s *Shop) network(w http.ResponseWriter, r *http.Request) {
	network := r.PathValue("network")
	// What the demo's networks call our sub-id.
	parameter := map[string]string{"daisycon": "ws", "awin": "clickref", "tradedoubler": "epi", "tradetracker": "r"}[network]
	if id := r.FormValue(parameter); id != "" && id != "keurcheck" {
		s.subIDs.Add(1)
		// Machines follow links, and buy nothing.
		if to, known := s.offers[r.URL.EscapedPath()]; known && r.UserAgent() != gateway {
			s.trade.visit(to.market, to.offer, network, id)
		}
	}
	http.Redirect(w, r, "/shop/"+r.PathValue("shop")+"?"+r.URL.RawQuery, http.StatusFound)
}

// outlet is a page of a shop to which a link leads that no mailing has.
const outlet = "outlet"

// closed reports whether the outlets are gone now: they were for two days, until a
// week before the demo began.
func (s *Shop) closed(now time.Time) bool {
	back := s.trade.began.AddDate(0, 0, -7)
	return now.Before(back) && !now.Before(back.AddDate(0, 0, -2))
}

func (s *Shop) shop(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("page") == outlet && s.closed(s.trade.Now()) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><meta name="viewport" content="width=device-width"><title>%[1]s</title>`+
		`<body style="font:18px/1.5 system-ui;margin:15vh auto;max-width:30em;padding:0 1em"><h1>%[1]s</h1>`+
		`<p>You would be shopping here. The network knows this click as <code>%[2]s</code>.</p>`,
		html.EscapeString(r.PathValue("shop")), html.EscapeString(r.URL.RawQuery))
}
