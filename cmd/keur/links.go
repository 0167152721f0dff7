package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// How long one link may take to answer, and how often it may redirect.
const (
	linkTimeout   = 5 * time.Second
	linkRedirects = 10
)

// probe is the sub-id that a check sends along; a network knows no such click.
const probe = "keurcheck"

// checkLink asks whether a link answers, and whether the sub-id survives its
// redirects: a network that loses it pays nobody. Returns an error that says
// what is wrong. A server that refuses robots (401, 403, 405, 429) is alive.
func checkLink(ctx context.Context, link, subIDParameter string) error {
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
	client := &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
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
