// Package direct brings mail straight to the servers of its receivers' domains, with
// no relay between: it finds them by MX, calls them in turn from addresses of ours,
// and says of mail that nobody takes why.
package direct

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"keur/delivery"
	"keur/delivery/mx"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/form"
	"keur/labels"
)

// Settings are what a direct route leaves to us.
type Settings struct {
	Finder *mx.Finder
	// TLS says what mail to an MX must have, as shaping.Table's method does; nil: of
	// none anything is known.
	TLS func(mx string) string
	// Inside also calls servers in the house's own networks, where receivers are
	// there; a domain of a stranger's could name any machine.
	Inside bool
	SMTP   smtp.Settings
	Web    *http.Client // reads policies; nil: one that keeps out of the house
}

// Transport brings the mail of one direct route.
type Transport struct {
	route    labels.Route
	settings Settings
	calls    *smtp.Transport
	sources  *sources
	policies *policies
	memory   *memory
}

var _ delivery.Direct = (*Transport)(nil)

// New returns the transport of a direct route, which labels has checked.
func New(route labels.Route, settings Settings, now clock.Clock) *Transport {
	return &Transport{
		route: route, settings: settings, calls: smtp.New(route, settings.SMTP, now), sources: newSources(route.Sources, now),
		policies: newPolicies(settings, now), memory: newMemory(now),
	}
}

// atOnce is how many domains DNS is asked for side by side.
const atOnce = 16

// Sites returns who takes the mail of each of the domains. See delivery.Direct.
func (t *Transport) Sites(ctx context.Context, domains []string) []delivery.Site {
	known, mu := map[string]*site{}, sync.Mutex{}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, domain := range slices.Compact(slices.Sorted(slices.Values(domains))) {
		group.Go(func() error {
			s := t.site(ctx, domain)
			mu.Lock()
			defer mu.Unlock()
			known[domain] = s
			return nil
		})
	}
	_ = group.Wait() // a site keeps its own error
	sites := make([]delivery.Site, len(domains))
	for i, domain := range domains {
		sites[i] = known[domain]
	}
	return sites
}

// site asks DNS for the servers of a domain.
func (t *Transport) site(ctx context.Context, domain string) *site {
	s := &site{transport: t, mx: domain, key: "domain " + domain}
	s.servers, s.err = t.settings.Finder.Servers(ctx, domain)
	if s.err != nil {
		return s
	}
	s.policy = t.policies.of(ctx, domain)
	s.mx, s.key = s.servers.All[0].Name, s.keyOf()
	return s
}

// keyOf is one for all domains of the same servers that demand the same: a connection
// of who demands less is none for mail of who demands more.
func (s *site) keyOf() string {
	var key strings.Builder
	for _, server := range s.servers.All {
		key.WriteString(strconv.Itoa(int(server.Preference)) + " " + server.Name + ", ")
	}
	if s.servers.Secure { // its keys hold (DANE)
		key.WriteString("secure, ")
	}
	if s.policy.enforced() {
		key.WriteString("as " + strings.Join(s.policy.hosts, "\n")) // which no name holds, as each had its line
	}
	return key.String()
}

// Dial returns a connection that finds the server of each message by itself, for
// who sends few.
func (t *Transport) Dial(context.Context) (delivery.Conn, error) { return single{t}, nil }

// single connects for each message.
type single struct{ *Transport }

func (s single) Send(ctx context.Context, m delivery.Message) delivery.Reply {
	conn, err := s.Sites(ctx, []string{form.Domain(m.Recipient)})[0].Dial(ctx)
	if err != nil {
		return delivery.Reply{Outcome: delivery.OutcomeNotSent, Step: delivery.AtGreeting, Text: err.Error()}
	}
	defer func() { _ = conn.Close() }() // the reply tells what matters
	return conn.Send(ctx, m)
}

func (single) Healthy() bool { return true }
func (single) Close() error  { return nil }

// refusal is what becomes of mail to a domain of which DNS says no server.
func refusal(err error) delivery.Reply {
	r := delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Text: "not sent: " + err.Error()}
	switch {
	case errors.Is(err, mx.ErrTakesNone):
		r.Enhanced = "5.1.10" // RFC 7505 §4.2
	case errors.Is(err, mx.ErrNoDomain), errors.Is(err, mx.ErrNoServer):
		r.Enhanced = "5.1.2"
	default:
		r.Outcome, r.Step, r.Enhanced = delivery.OutcomeDeferred, delivery.AtGreeting, "4.4.3"
		r.Text = "not sent: " + mx.ErrUnanswered.Error()
	}
	return r
}
