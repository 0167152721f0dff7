package demo

import (
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// shop stands for the networks and shops that links lead to: a network notes
// the sub-id and redirects to the shop.
type shop struct {
	url string

	mu     sync.Mutex
	subIDs map[string]int // by network: clicks that came with one
}

// subIDParameters are what the networks of the demo call our sub-id.
var subIDParameters = map[string]string{"daisycon": "ws", "awin": "clickref", "tradedoubler": "epi"}

// openShop serves until ctx ends.
func openShop(ctx context.Context) (*shop, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the shops: %w", err)
	}
	s := &shop{url: "http://" + listener.Addr().String(), subIDs: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/network/{network}/{shop}", s.network)
	mux.HandleFunc("/shop/{shop}", s.shop)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return s, nil
}

// link is what an advertiser's placement leads to.
func (s *shop) link(c *campaign) string {
	return s.url + "/network/" + c.network + "/" + strings.ReplaceAll(strings.ToLower(c.advertiser), " ", "-")
}

func (s *shop) network(w http.ResponseWriter, r *http.Request) {
	network := r.PathValue("network")
	if id := r.FormValue(subIDParameters[network]); id != "" && id != "keurcheck" {
		s.mu.Lock()
		s.subIDs[network]++
		s.mu.Unlock()
	}
	http.Redirect(w, r, "/shop/"+r.PathValue("shop")+"?"+r.URL.RawQuery, http.StatusFound)
}

func (s *shop) shop(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><meta name="viewport" content="width=device-width"><title>%[1]s</title>`+
		`<body style="font:18px/1.5 system-ui;margin:15vh auto;max-width:30em;padding:0 1em"><h1>%[1]s</h1>`+
		`<p>You would be shopping here. The network knows this click as <code>%[2]s</code>.</p>`,
		html.EscapeString(r.PathValue("shop")), html.EscapeString(r.URL.RawQuery))
}

// tracked is how many clicks came to the networks with their sub-id.
func (s *shop) tracked() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, clicks := range s.subIDs {
		n += clicks
	}
	return n
}
