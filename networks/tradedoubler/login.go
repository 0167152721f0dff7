package tradedoubler

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"keur/networks"
)

// session is what Tradedoubler gave: an access token of minutes, and a refresh
// token of days.
type session struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Until   time.Time `json:"until"`
}

// session returns the session that is kept, or a new one if its token is past or lost.
func (a Adapter) session(ctx context.Context, c *networks.Client, lost string) (s session, kept string, err error) {
	renew := func(before string) (string, error) { return a.signIn(ctx, c, before) }
	for range 2 {
		if kept, err = c.Session(ctx, lost, renew); err != nil {
			return s, kept, err
		}
		if err = json.Unmarshal([]byte(kept), &s); err != nil {
			return s, kept, fmt.Errorf("session of Tradedoubler: %w", err)
		}
		if s.Until.After(c.Now()) {
			break
		}
		lost = kept
	}
	return s, kept, nil
}

// signIn asks for a token by the refresh token that is kept, and with the
// password only if there is none or it doesn't hold any more.
func (a Adapter) signIn(ctx context.Context, c *networks.Client, kept string) (string, error) {
	var s session
	if kept != "" && json.Unmarshal([]byte(kept), &s) == nil && s.Refresh != "" {
		text, err := a.token(ctx, c, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.Refresh}}, s.Refresh)
		if err == nil || !networks.IsRefused(err) {
			return text, err
		}
	}
	return a.token(ctx, c, url.Values{
		"grant_type": {"password"}, "username": {c.Credentials["username"]}, "password": {c.Credentials["password"]},
	}, "")
}

// token asks for one (RFC 6749 §4.3.2 and §6). Where the answer has no new
// refresh token, the one before holds on.
func (a Adapter) token(ctx context.Context, c *networks.Client, ask url.Values, refresh string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Home+"/uaa/oauth/token", strings.NewReader(ask.Encode()))
	if err != nil {
		return "", fmt.Errorf("sign in at Tradedoubler: %w", err)
	}
	r.SetBasicAuth(c.Credentials["client_id"], c.Credentials["client_secret"])
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := c.Do(r)
	if err != nil {
		return "", err
	}
	var given struct {
		Access  string  `json:"access_token"`
		Refresh string  `json:"refresh_token"`
		Seconds float64 `json:"expires_in"`
	}
	unread := json.Unmarshal(got.Body, &given)
	switch {
	case got.Code == http.StatusBadRequest || got.Code == http.StatusUnauthorized:
		return "", networks.Refused()
	case got.Refusal() != nil:
		return "", got.Refusal()
	case unread != nil || given.Access == "":
		return "", networks.Unreadable(unread)
	}
	// A minute sooner than it says, so that no call meets its end.
	until := c.Now().Add(time.Duration(given.Seconds)*time.Second - time.Minute)
	text, err := json.Marshal(session{given.Access, cmp.Or(given.Refresh, refresh), until})
	return string(text), err
}

// get reads what a path has, with the token that is kept, or else with a new one.
// Errors may have any code.
func (a Adapter) get(ctx context.Context, c *networks.Client, path string, query url.Values, into any) error {
	s, kept, err := a.session(ctx, c, "")
	if err != nil {
		return err
	}
	got, err := a.call(ctx, c, s, path, query)
	if err == nil && got.Code == http.StatusUnauthorized {
		if s, _, err = a.session(ctx, c, kept); err != nil {
			return err
		}
		got, err = a.call(ctx, c, s, path, query)
	}
	if err != nil {
		return err
	}
	if err := got.Refusal(); err != nil {
		return err
	}
	var failure struct {
		Message string `json:"message"`
		Error   string `json:"error"`
	}
	if json.Unmarshal(got.Body, &failure) == nil && cmp.Or(failure.Message, failure.Error) != "" {
		return c.Says(cmp.Or(failure.Message, failure.Error))
	}
	if err := json.Unmarshal(got.Body, into); err != nil {
		return networks.Unreadable(err)
	}
	return nil
}

func (a Adapter) call(ctx context.Context, c *networks.Client, s session, path string, query url.Values) (networks.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Home+path+"?"+query.Encode(), nil)
	if err != nil {
		return networks.Response{}, fmt.Errorf("ask Tradedoubler: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Access)
	r.Header.Set("Content-Type", "application/json")
	return c.Do(r)
}
