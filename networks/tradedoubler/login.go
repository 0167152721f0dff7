package tradedoubler

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"keur/networks"
)

// renew asks for a token by the refresh token that is kept, which holds for days,
// and with the password only if there is none or it doesn't hold any more.
func (a Adapter) renew(ctx context.Context, c *networks.Client, kept *networks.Token) (networks.Token, error) {
	if kept != nil && kept.Refresh != "" {
		t, err := a.token(ctx, c, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {kept.Refresh}}, kept.Refresh)
		if err == nil || !networks.IsRefused(err) {
			return t, err
		}
	}
	return a.token(ctx, c, url.Values{
		"grant_type": {"password"}, "username": {c.Credentials["username"]}, "password": {c.Credentials["password"]},
	}, "")
}

func (a Adapter) token(ctx context.Context, c *networks.Client, ask url.Values, refresh string) (networks.Token, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Home+"/uaa/oauth/token", strings.NewReader(ask.Encode()))
	if err != nil {
		return networks.Token{}, fmt.Errorf("sign in at Tradedoubler: %w", err)
	}
	r.SetBasicAuth(c.Credentials["client_id"], c.Credentials["client_secret"])
	return c.AskToken(r, refresh)
}

// get reads what a path has. Errors may have any code.
func (a Adapter) get(ctx context.Context, c *networks.Client, path string, query url.Values, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Home+path+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("ask Tradedoubler: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	got, err := c.Authorized(ctx, r, a.renew)
	if err != nil {
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
