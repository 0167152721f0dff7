package daisycon

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"keur/internal/fault"
	"keur/networks"
)

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

// Redeem turns the code into a token.
func (a Adapter) Redeem(ctx context.Context, c *networks.Client, code, verifier string) (networks.Token, error) {
	return a.token(ctx, c, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}}, "")
}

// renew asks for a new token by the refresh token that is kept.
func (a Adapter) renew(ctx context.Context, c *networks.Client, kept *networks.Token) (networks.Token, error) {
	if kept == nil {
		return networks.Token{}, fault.New(fault.Forbidden, "networks.not_open")
	}
	return a.token(ctx, c, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {kept.Refresh}}, kept.Refresh)
}

// token asks for one. If Daisycon gives none, a person has to open the account anew.
func (a Adapter) token(ctx context.Context, c *networks.Client, ask url.Values, refresh string) (networks.Token, error) {
	ask.Set("client_id", c.Credentials["client_id"])
	ask.Set("client_secret", c.Credentials["client_secret"])
	ask.Set("redirect_uri", redirect(c.Credentials))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Login+"/oauth/access-token", strings.NewReader(ask.Encode()))
	if err != nil {
		return networks.Token{}, fmt.Errorf("sign in at Daisycon: %w", err)
	}
	t, err := c.AskToken(r, refresh)
	if networks.IsRefused(err) {
		err = fault.New(fault.Forbidden, "networks.not_open")
	}
	return t, err
}
