package networks

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Token is what an OAuth 2.0 server gave us to act with (RFC 6749). A refresh
// token may hold only once: with each new access token comes another.
type Token struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Until   time.Time `json:"until"`
}

// Text returns the token as Client.Session keeps it.
func (t Token) Text() (string, error) {
	text, err := json.Marshal(t)
	return string(text), err
}

// Authorized makes a call with the access token that is kept. If that is past,
// or the network doesn't know it any more, renew makes a new one out of what is
// kept, which is nil at first, and the call is made once more. Any answer but a
// good one is an error.
func (c *Client) Authorized(
	ctx context.Context, r *http.Request, renew func(context.Context, *Client, *Token) (Token, error),
) (Response, error) {
	token, kept, err := c.token(ctx, "", renew)
	if err != nil {
		return Response{}, err
	}
	r.Header.Set("Authorization", "Bearer "+token.Access)
	got, err := c.Do(r)
	if err == nil && got.Code == http.StatusUnauthorized {
		if token, _, err = c.token(ctx, kept, renew); err != nil {
			return got, err
		}
		r.Header.Set("Authorization", "Bearer "+token.Access)
		got, err = c.Do(r)
	}
	return got, cmp.Or(err, got.Refusal())
}

// token returns the token that is kept and its text, or a new one if it is past
// or is the one that was lost.
func (c *Client) token(
	ctx context.Context, lost string, renew func(context.Context, *Client, *Token) (Token, error),
) (t Token, kept string, err error) {
	again := func(before string) (string, error) {
		var old *Token
		if before != "" {
			if err := json.Unmarshal([]byte(before), &old); err != nil {
				return "", fmt.Errorf("token that is kept: %w", err)
			}
		}
		fresh, err := renew(ctx, c, old)
		if err != nil {
			return "", err
		}
		return fresh.Text()
	}
	for range 2 {
		if kept, err = c.Session(ctx, lost, again); err != nil {
			return t, kept, err
		}
		if err = json.Unmarshal([]byte(kept), &t); err != nil {
			return t, kept, fmt.Errorf("token that is kept: %w", err)
		}
		if t.Until.After(c.Now()) {
			break
		}
		lost = kept
	}
	return t, kept, nil
}

// AskToken makes the call that asks for a token (RFC 6749 §4 and §6). Where the
// answer has no new refresh token, the one before holds on. Returns Refused if
// the network gives none.
func (c *Client) AskToken(r *http.Request, refresh string) (Token, error) {
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := c.Do(r)
	if err != nil {
		return Token{}, err
	}
	var given struct {
		Access  string  `json:"access_token"`
		Refresh string  `json:"refresh_token"`
		Seconds float64 `json:"expires_in"`
		Error   string  `json:"error"`
	}
	unread := json.Unmarshal(got.Body, &given)
	switch {
	case got.Code == http.StatusBadRequest || got.Code == http.StatusUnauthorized || got.Code == http.StatusOK && given.Error != "":
		return Token{}, Refused()
	case got.Refusal() != nil:
		return Token{}, got.Refusal()
	case unread != nil || given.Access == "":
		return Token{}, Unreadable(unread)
	}
	// A minute sooner than it says, so that no call meets its end.
	until := c.Now().Add(time.Duration(given.Seconds)*time.Second - time.Minute)
	return Token{given.Access, cmp.Or(given.Refresh, refresh), until}, nil
}
