package links

import (
	"context"
	"net/http"
	"strings"

	"golang.org/x/net/publicsuffix"

	"keur/internal/fault"
)

// Hop is an address that a link leads over, and what was answered there.
type Hop struct {
	URL    string `json:"url"`
	Status int    `json:"status,omitempty" doc:"HTTP status; absent: nobody answered"`
}

// Trail is the way that a link took.
type Trail struct {
	Hops  []Hop  // the link itself first
	Final string // where it ended; empty: nobody answered
}

// Trace follows a link as Client.Trace does.
type Trace func(ctx context.Context, url, subIDParameter string) (Trail, error)

// Follow returns the address at which a link ends, after its redirects. It asks
// for the very bytes that a member's click leads to: given the name of a
// sub-id's parameter, with a sub-id, of which it demands that the link's own
// host keeps it, as a network that loses it pays nobody. Returns a Conflict that
// says what is wrong with the link, Unavailable if nobody answers or the server
// has trouble, or if it refuses robots, of which see SeverityOf.
func (c *Client) Follow(ctx context.Context, link, subIDParameter string) (string, error) {
	trail, err := c.Trace(ctx, link, subIDParameter)
	return trail.Final, err
}

// Trace is Follow that tells the whole way, also of a link that is broken.
func (c *Client) Trace(ctx context.Context, link, subIDParameter string) (Trail, error) {
	var trail Trail
	address, err := Parse(string(AppendTarget(nil, link, subIDParameter, []byte(probe))))
	if err != nil {
		return trail, err
	}
	lost, last := false, address.String()
	response, err := c.get(ctx, address, patience, func(r *http.Request) {
		trail.Hops = append(trail.Hops, Hop{last, r.Response.StatusCode})
		last = r.URL.String()
		// Only within the network's own hosts must it stay; the shop gets a click
		// id of the network's instead.
		lost = subIDParameter != "" && r.URL.Host == address.Host && loses(last, link, subIDParameter)
	})
	if err != nil {
		trail.Hops = append(trail.Hops, Hop{URL: last})
		return trail, err
	}
	defer response.close()
	trail.Final = response.Request.URL.String()
	trail.Hops = append(trail.Hops, Hop{trail.Final, response.StatusCode})
	if lost {
		return trail, fault.New(fault.Conflict, "links.sub_id_lost", "parameter", subIDParameter)
	}
	return trail, answered(response.Response)
}

// answered returns what is wrong with the answer at a link's end, or nil.
func answered(r *http.Response) error {
	switch code := r.StatusCode; {
	case refuses(r):
		return fault.New(fault.Unavailable, "links.refused", "code", code, "text", http.StatusText(code))
	case code == http.StatusNotFound, code == http.StatusGone:
		return fault.New(fault.Conflict, "links.status", "code", code, "text", http.StatusText(code))
	case code >= http.StatusInternalServerError, code == http.StatusRequestTimeout:
		return fault.New(fault.Unavailable, "links.trouble", "code", code, "text", http.StatusText(code))
	case code >= http.StatusBadRequest: // perhaps of a robot alone
		return fault.New(fault.Unavailable, "links.refused", "code", code, "text", http.StatusText(code))
	}
	return nil
}

// SiteOf returns the site of an address: the part of its host that was
// registered, shop.nl of www.shop.nl. It is the host itself where nothing was, as
// of a number, and "" of what is no address.
func SiteOf(address string) string {
	host := strings.TrimSuffix(HostOf(address), ".")
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return site
	}
	return host
}
