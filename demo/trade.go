package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"keur/campaigns"
	"keur/networks"
	"keur/networks/simulators"
)

// Trade is what members buy at the shops, as affiliate networks know it: the
// labels' accounts at networks of ours, which speak as the real ones.
type Trade struct {
	home     string // where they listen
	accounts []*account

	began time.Time

	mu   sync.Mutex
	now  func() time.Time
	dice *rand.Rand
	last int // number of a transaction
	sold []Sold
}

// Sold is what a member bought who came by a link of ours.
type Sold struct {
	Offer *Offer
	ref   string // the network's number of it
	at    *account
}

// Sale returns what its network knows of it.
func (s Sold) Sale() simulators.Sale { return s.at.Sale(s.ref) }

// account is one of a label at a network.
type account struct {
	*simulators.Server
	market  *Market
	network string
	host    string // how the real network's hosts end

	tellsPaid bool // with each transaction
}

// memberships are those of the demo's labels.
var memberships = []struct {
	label, network, host string
	open                 func(now func() time.Time) *simulators.Server
}{
	{"nl", "daisycon", ".daisycon.com", simulators.NewDaisycon},
	{"nl", "tradetracker", ".tradetracker.com", simulators.NewTradeTracker},
	{"de", "awin", ".awin.com", simulators.NewAwin},
}

// numbered is when numbers of transactions begin, in seconds of Unix.
const numbered = 1_700_000_000

// openTrade serves the networks until ctx ends. They number transactions from
// the moment at which the demo began, so that those of an earlier one keep theirs.
func openTrade(ctx context.Context, markets []*Market, began time.Time) (*Trade, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the networks: %w", err)
	}
	t := &Trade{
		home: listener.Addr().String(), began: began, now: time.Now, dice: rand.New(rand.NewPCG(5, 11)),
		last: int(began.Unix()-numbered) * 100,
	}
	for _, a := range memberships {
		for _, m := range markets {
			if m.Label.Code == a.label {
				of := &account{a.open(t.Now), m, a.network, a.host, a.network != "daisycon"}
				of.Name, of.PerPage = m.Label.Name, max(of.PerPage, 200)
				of.list()
				t.accounts = append(t.accounts, of)
			}
		}
	}
	server := &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return t, nil
}

// Bill has the accounts at a network told of a payment.
func (t *Trade) Bill(network string, p simulators.Payment) {
	for _, a := range t.accounts {
		if a.network == network {
			a.Server.Bill(p)
		}
	}
}

// list has the network list what its offers' advertisers agreed on with the label.
func (a *account) list() {
	for _, o := range a.offered() {
		group := simulators.Group{Ref: "1" + o.Ref, Name: "Standard", Points: 500} // as commission() says where there are no terms
		for _, d := range o.Deals {
			switch {
			case d.Kind == campaigns.CPS && d.BasisPoints != nil:
				group.Points = *d.BasisPoints
			case (d.Kind == campaigns.CPA || d.Kind == campaigns.CPL) && d.MinorUnits != nil:
				group.Points, group.Cents = 0, *d.MinorUnits
			}
		}
		a.Offer(simulators.Offer{
			Ref: o.Ref, Name: o.Advertiser, Email: networks.Allowed, Cashback: networks.Allowed, Codes: networks.Allowed,
			Days: 30, Points: 8750, EPC: 40, Groups: []simulators.Group{group},
		})
	}
}

// Now is the networks' time.
func (t *Trade) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now()
}

// GoBy makes a clock the networks' own.
func (t *Trade) GoBy(now func() time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = now
}

// ServeHTTP answers as the network whose host is asked.
func (t *Trade) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, bannersAt) {
		t.banner(w, r)
		return
	}
	for _, a := range t.accounts {
		if strings.HasSuffix(r.Host, a.host) {
			a.ServeHTTP(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// RoundTrip leads a call to a network to the demo's.
func (t *Trade) RoundTrip(r *http.Request) (*http.Response, error) {
	there := r.Clone(r.Context())
	there.Host, there.URL.Scheme, there.URL.Host = r.URL.Host, "http", t.home
	return http.DefaultTransport.RoundTrip(there)
}

// buys is how likely it is that a member who clicks also buys.
const buys = 0.12

// visit is a click that came to a network with its sub-id. Some buy.
func (t *Trade) visit(m *Market, o *Offer, network, subID string) {
	for _, a := range t.accounts {
		if a.network == network && a.market == m {
			t.sell(a, o, subID)
		}
	}
}

func (t *Trade) sell(a *account, o *Offer, subID string) {
	t.mu.Lock()
	if t.dice.Float64() >= buys {
		t.mu.Unlock()
		return
	}
	least, most := 2500, 14500
	if o.Category == "travel" {
		least, most = 39900, 164900
	}
	t.last++
	sale, ref := int64(least+t.dice.IntN(most-least)), strconv.Itoa(t.last)
	t.sold = append(t.sold, Sold{o, ref, a})
	t.mu.Unlock()
	now := t.Now()
	a.Appear(simulators.Sale{
		Ref: ref, Programme: o.Ref, Sale: sale, Commission: o.commission(sale), SubID: subID, Clicked: now, Occurred: now,
	})
}

// commission is what a sale brings by the offer's terms, in cents. For clicks
// and views the network pays nothing, and its shops a little.
func (o *Offer) commission(sale int64) int64 {
	for _, d := range o.Deals {
		switch {
		case d.Kind == campaigns.CPS && d.BasisPoints != nil:
			return sale * int64(*d.BasisPoints) / 10_000
		case (d.Kind == campaigns.CPA || d.Kind == campaigns.CPL) && d.MinorUnits != nil:
			return *d.MinorUnits
		}
	}
	return sale / 20
}

// Sold returns what was bought after so many sales.
func (t *Trade) Sold(after int) []Sold {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sold[after:len(t.sold):len(t.sold)]
}

// Judge has a label's network of that name decide about a sale anew.
func (t *Trade) Judge(network, ref string, status networks.Status) {
	for _, a := range t.accounts {
		if a.network == network && a.Sale(ref).Ref == ref {
			a.Server.Judge(ref, status, "")
		}
	}
}

// When networks decide about a sale, and pay for it.
const (
	decidedAfter = 10 * 24 * time.Hour // and up to three weeks more
	paidAfter    = 20 * 24 * time.Hour
	turnedDown   = 8 // one in so many: it was returned
)

// Decide has the networks do what they do now and then: approve what is old
// enough, turn some of it down, and pay.
func (t *Trade) Decide() {
	now := t.Now()
	for _, a := range t.accounts {
		for _, s := range a.Sales() {
			n, _ := strconv.Atoi(s.Ref)
			switch age := now.Sub(s.Occurred); {
			case s.Status == networks.Pending && age > decidedAfter+time.Duration(n%21)*24*time.Hour:
				if n%turnedDown == 0 {
					a.Judge(s.Ref, networks.Declined, "returned")
				} else {
					a.Judge(s.Ref, networks.Approved, "")
				}
			case s.Status == networks.Approved && !s.Paid && now.Sub(s.Validated) > paidAfter && a.tellsPaid:
				a.Pay(s.Ref)
			}
		}
	}
}
