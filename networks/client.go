package networks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
)

// Client makes an adapter's calls for one connection.
type Client struct {
	Ref         string      // the network's number of our account or site
	Credentials Credentials // as a person gave them
	Limit       Limit
	HTTP        *http.Client
	Now         func() time.Time
	// Spend takes one call off what the network allows. Returns a *Wait if none
	// is left.
	Spend func(ctx context.Context) error
	// Block notes that the network takes no calls until a moment.
	Block func(ctx context.Context, until time.Time) error
	// Session returns what the network gave us to act with, such as a token. If
	// none is kept, or only the one that was found lost, renew makes a new one out
	// of what is kept; it is kept before it is returned. Of several that renew at
	// once, one does.
	Session func(ctx context.Context, lost string, renew func(kept string) (string, error)) (string, error)
}

// Wait is the error of a call that the network doesn't take now.
type Wait struct{ Until time.Time }

// Error says so for logs.
func (w *Wait) Error() string {
	return "the network takes no calls until " + w.Until.UTC().Format(time.RFC3339)
}

// Response is a network's answer, read whole.
type Response struct {
	Code   int
	Header http.Header
	Body   []byte
}

const (
	maxAnswer = 64 << 20 // bytes of one answer
	maxSaid   = 200      // characters of what a network says is wrong
)

// Do makes a call, which counts. It answers with whatever the network says, but
// for calls beyond its limit: then the error is a *Wait, of at least the penalty.
// Redirects aren't followed: credentials go to the network alone.
func (c *Client) Do(r *http.Request) (Response, error) {
	if err := c.Spend(r.Context()); err != nil {
		return Response{}, err
	}
	client := *c.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r.Header.Set("User-Agent", "Keur")
	got, err := client.Do(r)
	if err != nil {
		if r.Context().Err() != nil {
			return Response{}, fmt.Errorf("ask a network: %w", r.Context().Err())
		}
		return Response{}, fault.Wrap(err, fault.Unavailable, "networks.no_answer")
	}
	defer func() { _ = got.Body.Close() }()
	if got.StatusCode == http.StatusTooManyRequests {
		until := c.Now().Add(max(retryAfter(got.Header, c.Limit.Reset, c.Now()), c.Limit.Penalty))
		return Response{}, cmp.Or(c.Block(r.Context(), until), error(&Wait{until}))
	}
	body, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer+1))
	switch {
	case err != nil:
		return Response{}, fault.Wrap(err, fault.Unavailable, "networks.no_answer")
	case len(body) > maxAnswer:
		return Response{}, fault.New(fault.Unavailable, "networks.too_large", "most", maxAnswer>>20)
	}
	return Response{got.StatusCode, got.Header, body}, nil
}

// maxRest bounds how long a server may be left alone at its own word: one that
// names a year is asked again tomorrow.
const maxRest = 24 * time.Hour

// retryAfter reads how long a server wants to be left alone (RFC 9110 §10.2.3),
// a day at most, or by a header of seconds of its own.
func retryAfter(h http.Header, reset string, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" && reset != "" {
		text = h.Get(reset)
	}
	seconds, err := strconv.Atoi(text)
	if err == nil || errors.Is(err, strconv.ErrRange) { // then it is the greatest that there is
		return time.Duration(min(max(seconds, 0), int(maxRest/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(at.Sub(now), maxRest)
	}
	return 0
}

// Refusal returns what an answer's code says is wrong, nil if nothing is:
// forbidden if the network doesn't know the credentials, else unavailable.
func (r Response) Refusal() error {
	switch {
	case r.Code == http.StatusUnauthorized, r.Code == http.StatusForbidden:
		return Refused()
	case r.Code >= http.StatusBadRequest && r.Code < http.StatusInternalServerError:
		return fault.New(fault.Unavailable, "networks.declines", "code", r.Code)
	case r.Code >= http.StatusMultipleChoices:
		return fault.New(fault.Unavailable, "networks.trouble", "code", r.Code)
	}
	return nil
}

// Refused is the fault of credentials that a network doesn't take.
func Refused() error { return fault.New(fault.Forbidden, "networks.refused") }

// IsRefused reports whether an error says that a network doesn't take the credentials.
func IsRefused(err error) bool { return fault.Is(err, fault.Forbidden) }

// Says is the fault of an answer in which the network tells of an error in its
// own words, in which no credential is repeated.
func (c *Client) Says(text string) error {
	secrets := slices.Collect(maps.Values(c.Credentials))
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // one may be part of another
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return fault.New(fault.Unavailable, "networks.says", "text", form.Fit(strings.Join(strings.Fields(text), " "), maxSaid))
}

// Unreadable is the fault of an answer that isn't in the network's own form.
func Unreadable(err error) error { return fault.Wrap(err, fault.Unavailable, "networks.answer") }

// AsWait returns the *Wait in an error's chain, if it has one.
func AsWait(err error) (*Wait, bool) { return errors.AsType[*Wait](err) }
