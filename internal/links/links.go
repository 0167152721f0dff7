// Package links goes out to the web for what people wrote: it asks where a link
// ends, and fetches a picture. It is the product's one way out to addresses
// that come from a mailing, and makes no connection to where no member comes:
// neither into our own network nor into a reserved one, whatever a link, a
// name's resolution or a redirect says.
package links

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"keur/internal/fault"
)

const (
	patience     = 5 * time.Second  // for one link to answer
	carrying     = 20 * time.Second // for one picture to arrive
	maxRedirects = 10
	maxHeader    = 64 << 10 // bytes that a server may send before its answer
)

// probe is the sub-id that a check sends along; a network knows no such click.
const probe = "keurcheck"

var errInside = errors.New("an address within a private or reserved network")

// Client asks the web. Any number of goroutines may use it.
type Client struct{ transport *http.Transport }

// New returns a client. With inside it connects to private networks too, for
// shops that stand there, the demo and tests.
func New(inside bool) *Client {
	dialer := &net.Dialer{Timeout: patience}
	if !inside {
		// Here names are resolved already, so that no name can mean another address
		// later, and each redirect comes by here again.
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !Public(at.Addr()) {
				return errInside
			}
			return nil
		}
	}
	return &Client{&http.Transport{
		// A proxy would resolve names by itself, and reach what we don't.
		Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience,
		MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true, MaxIdleConns: 20, IdleConnTimeout: patience,
	}}
}

// Transport is the same way out for calls of another kind, such as to a network's
// interface: with the same checks of where it leads, and for answers that take long.
func (c *Client) Transport(patience time.Duration) http.RoundTripper {
	slow := c.transport.Clone()
	slow.ResponseHeaderTimeout = patience
	return slow
}

// Close lets go of connections that are kept open.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Fetch returns what stands at a link, of at most so many bytes. Returns a
// Conflict that says what is wrong with the link, or Unavailable if nobody
// answers.
func (c *Client) Fetch(ctx context.Context, link string, most int) ([]byte, error) {
	response, err := c.open(ctx, link, carrying, func(*http.Request) {})
	if err != nil {
		return nil, err
	}
	defer response.close()
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "links.no_answer", "seconds", int(carrying.Seconds()))
	}
	if len(body) > most {
		return nil, fault.New(fault.Conflict, "links.too_large", "most", most)
	}
	return body, nil
}

// Open returns what stands at a link, to be read as it arrives, until so much time
// has passed. The link may be a secret: where it redirects to isn't told of it.
// Returns what Fetch does if it doesn't answer; the caller bounds how much is read.
func (c *Client) Open(ctx context.Context, link string, within time.Duration) (io.ReadCloser, error) {
	response, err := c.open(ctx, link, within, func(r *http.Request) { r.Header.Del("Referer") })
	if err != nil {
		return nil, err
	}
	return body{response}, nil
}

// body is what is read of an answer; closing it ends the asking.
type body struct{ *answer }

// Read reads on.
func (b body) Read(p []byte) (int, error) { return b.Body.Read(p) }

// Close ends the asking.
func (b body) Close() error {
	b.close()
	return nil
}

// open asks for what stands at a link, and takes no other answer than that.
func (c *Client) open(ctx context.Context, link string, within time.Duration, see func(*http.Request)) (*answer, error) {
	address, err := Parse(link)
	if err != nil {
		return nil, err
	}
	response, err := c.get(ctx, address, within, see)
	if err != nil {
		return nil, err
	}
	if code := response.StatusCode; code != http.StatusOK {
		response.close()
		return nil, fault.New(fault.Conflict, "links.status", "code", code, "text", http.StatusText(code))
	}
	return response, nil
}

// answer is a response with what ends the asking.
type answer struct {
	*http.Response
	stop context.CancelFunc
}

func (a *answer) close() {
	_ = a.Body.Close()
	a.stop()
}

// get asks for an address and follows its redirects, each of which is passed to
// see.
func (c *Client) get(ctx context.Context, address *url.URL, most time.Duration, see func(*http.Request)) (*answer, error) {
	patient, stop := context.WithTimeout(ctx, most)
	jar, _ := cookiejar.New(nil) // shops ask again until a cookie comes back; it never fails
	client := &http.Client{Transport: c.transport, Jar: jar, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fault.New(fault.Conflict, "links.redirects", "most", maxRedirects)
		}
		r.URL.RawQuery = string(AppendASCII(nil, r.URL.RawQuery)) // as browsers ask, whatever bytes came
		see(r)
		return nil
	}}
	request, err := http.NewRequestWithContext(patient, http.MethodGet, address.String(), nil)
	if err != nil {
		stop()
		return nil, fault.New(fault.Conflict, "links.form")
	}
	request.Header.Set("User-Agent", "Keur link check")
	response, err := client.Do(request)
	if err == nil {
		return &answer{response, stop}, nil
	}
	stop()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("ask a link: %w", ctx.Err())
	}
	return nil, Why(err, most)
}

// Why says why a call by the client's transport came to nothing, as a fault that
// names no address.
func Why(err error, most time.Duration) error {
	if own, is := errors.AsType[*fault.Error](err); is {
		return own
	}
	if errors.Is(err, errInside) {
		return fault.Wrap(err, fault.Conflict, "links.inside")
	}
	return unanswered(err, most)
}

// unanswered says why nobody answered. A name that the whole internet knows not
// is the link's fault; a resolver that fails is nobody's, and says nothing of it.
func unanswered(err error, most time.Duration) error {
	if name, is := errors.AsType[*net.DNSError](err); is {
		if name.IsNotFound && !name.IsTemporary && !name.IsTimeout {
			return fault.Wrap(err, fault.Conflict, "links.no_such_host", "host", name.Name)
		}
		return fault.Wrap(err, fault.Unavailable, "links.unresolved", "host", name.Name)
	}
	if _, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return fault.Wrap(err, fault.Unavailable, "links.certificate")
	}
	if broken, is := errors.AsType[*net.OpError](err); is && !broken.Timeout() || errors.Is(err, io.EOF) {
		return fault.Wrap(err, fault.Unavailable, "links.no_connection")
	}
	return fault.Wrap(err, fault.Unavailable, "links.no_answer", "seconds", int(most.Seconds()))
}

// refuses reports whether a server answers that it won't serve a robot, or not
// now: 999 is what some say for it, and shields mark what they turn away.
func refuses(r *http.Response) bool {
	switch r.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusTeapot, http.StatusTooManyRequests, http.StatusUnavailableForLegalReasons, 999:
		return true
	}
	return r.StatusCode >= http.StatusBadRequest && (r.Header.Get("Cf-Mitigated") != "" || r.Header.Get("Retry-After") != "")
}
