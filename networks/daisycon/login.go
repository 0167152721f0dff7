package daisycon

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"keur/internal/fault"
	"keur/networks"
)

// session is what Daisycon gave. Its refresh token holds once: with each new
// access token comes another.
type session struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Until   time.Time `json:"until"`
}

// shownThere is the address at which Daisycon shows the code to copy.
const shownThere = "https://login.daisycon.com/oauth/cli"

// AuthorizeURL is the page where a person opens their account to us. It ends
// where the code is shown, or at the address of their own app.
func (a Adapter) AuthorizeURL(credentials networks.Credentials, verifier string) string {
	return a.Login + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {credentials["client_id"]}, "redirect_uri": {redirect(credentials)},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}.Encode()
}

func redirect(credentials networks.Credentials) string {
	return cmp.Or(credentials["redirect_uri"], shownThere)
}

// Redeem turns the code into a session.
func (a Adapter) Redeem(ctx context.Context, c *networks.Client, code, verifier string) (string, error) {
	return a.token(ctx, c, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}}, "")
}

// session returns the session that is kept, or a new one if its token is past or lost.
func (a Adapter) session(ctx context.Context, c *networks.Client, lost string) (string, error) {
	renew := func(kept string) (string, error) { return a.refresh(ctx, c, kept) }
	kept, err := c.Session(ctx, lost, renew)
	if err != nil {
		return "", err
	}
	var s session
	if err := json.Unmarshal([]byte(kept), &s); err != nil {
		return "", fmt.Errorf("session of Daisycon: %w", err)
	}
	if s.Until.After(c.Now()) {
		return kept, nil
	}
	return c.Session(ctx, kept, renew)
}

func (a Adapter) refresh(ctx context.Context, c *networks.Client, kept string) (string, error) {
	var s session
	if kept == "" {
		return "", fault.New(fault.Forbidden, "networks.not_open")
	}
	if err := json.Unmarshal([]byte(kept), &s); err != nil {
		return "", fmt.Errorf("session of Daisycon: %w", err)
	}
	return a.token(ctx, c, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.Refresh}}, s.Refresh)
}

// token asks for one (RFC 6749 §4.1.3 and §6). Where the answer has no new
// refresh token, the one before holds on.
func (a Adapter) token(ctx context.Context, c *networks.Client, ask url.Values, refresh string) (string, error) {
	ask.Set("client_id", c.Credentials["client_id"])
	ask.Set("client_secret", c.Credentials["client_secret"])
	ask.Set("redirect_uri", redirect(c.Credentials))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Login+"/oauth/access-token", strings.NewReader(ask.Encode()))
	if err != nil {
		return "", fmt.Errorf("sign in at Daisycon: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := c.Do(r)
	if err != nil {
		return "", err
	}
	var given struct {
		Access  string  `json:"access_token"`
		Refresh string  `json:"refresh_token"`
		Seconds float64 `json:"expires_in"`
		Error   string  `json:"error"`
	}
	unread := json.Unmarshal(got.Body, &given)
	switch {
	case given.Error != "" || got.Code == http.StatusBadRequest || got.Code == http.StatusUnauthorized:
		return "", fault.New(fault.Forbidden, "networks.not_open")
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
