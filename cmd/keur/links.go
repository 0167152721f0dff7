package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// How long one link may take to answer, and how often it may redirect.
const (
	linkTimeout   = 5 * time.Second
	linkRedirects = 10
)

// probe is the sub-id that a check sends along; a network knows no such click.
const probe = "keurcheck"

// errInside is what a link is told that leads into our own network.
var errInside = errors.New("it leads into a private network, where no member comes")

// linkCheck asks links whether they answer.
type linkCheck struct{ transport *http.Transport }

// newLinkCheck returns a check that makes no connection within our own network,
// whatever a link or a redirect says, unless local is set: who writes a mailing
// must not reach through us what is closed to them.
func newLinkCheck(local bool) *linkCheck {
	dialer := &net.Dialer{Timeout: linkTimeout}
	if !local {
		// Here names are resolved already, so that no name can mean another address later.
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !onInternet(at.Addr().Unmap()) {
				return errInside
			}
			return nil
		}
	}
	return &linkCheck{&http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: linkTimeout,
		ForceAttemptHTTP2: true, MaxIdleConns: 20, IdleConnTimeout: linkTimeout,
	}}
}

// sharedSpace is what providers use behind their own translation (RFC 6598),
// thisNetwork what no one may be called by (RFC 1122 §3.2.1.3).
var (
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
	thisNetwork = netip.MustParsePrefix("0.0.0.0/8")
)

// onInternet reports whether an address is anyone's: neither private nor
// loopback, link-local, multicast or unspecified.
func onInternet(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a) && !thisNetwork.Contains(a)
}

// check asks whether a link answers, and whether the sub-id survives its
// redirects: a network that loses it pays nobody. Returns an error that says
// what is wrong. A server that refuses robots (401, 403, 405, 429) is alive.
func (l *linkCheck) check(ctx context.Context, link, subIDParameter string) error {
	ctx, cancel := context.WithTimeout(ctx, linkTimeout)
	defer cancel()
	address, err := url.Parse(link)
	if err != nil {
		return fmt.Errorf("it is not a web address")
	}
	if subIDParameter != "" {
		query := address.Query()
		query.Set(subIDParameter, probe)
		address.RawQuery = query.Encode()
	}
	lost := false
	client := &http.Client{Transport: l.transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > linkRedirects {
			return fmt.Errorf("it redirects more than %d times", linkRedirects)
		}
		// Only within the network's own hosts must it stay; the shop gets a
		// click id of the network's instead.
		lost = subIDParameter != "" && r.URL.Host == address.Host && r.URL.Query().Get(subIDParameter) != probe
		return nil
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return fmt.Errorf("it is not a web address")
	}
	request.Header.Set("User-Agent", "Keur link check")
	response, err := client.Do(request)
	if errors.Is(err, errInside) {
		return errInside
	}
	if err != nil {
		return fmt.Errorf("no answer within %s", linkTimeout)
	}
	defer func() { _ = response.Body.Close() }()
	switch code := response.StatusCode; {
	case lost:
		return fmt.Errorf("it loses the sub-id %s on the way", subIDParameter)
	case code == http.StatusNotFound || code == http.StatusGone || code >= 500:
		return fmt.Errorf("it answers %d %s", code, http.StatusText(code))
	}
	return nil
}
