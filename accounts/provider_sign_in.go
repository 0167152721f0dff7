package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jmoiron/sqlx"
	"golang.org/x/oauth2"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Begin returns where the browser goes to sign in at the provider, and a token
// that it keeps in a cookie meanwhile. callback is our page that the provider
// sends it back to, one for each provider, so that no other can answer there
// (RFC 9700 §4.4.2). State, nonce and PKCE verifier are made of the token, so
// that an answer counts only in the browser that asked.
func (s *Providers) Begin(ctx context.Context, id ProviderID, callback string) (to, keep string, err error) {
	at, err := s.discover(ctx, id, callback)
	if err != nil {
		return "", "", err
	}
	keep, _ = newSecret("")
	return at.ask(keep), keep, nil
}

// Finish takes the provider's answer, the query of the callback, and begins a
// session for whom it vouches. keep is what Begin returned. A code isn't asked
// for here: that is the provider's part. Returns a forbidden fault if the answer
// isn't one to this browser, or the provider may not vouch for this person.
func (s *Providers) Finish(ctx context.Context, id ProviderID, callback, keep string, answer url.Values, from Origin) (SignIn, error) {
	at, claims, err := s.answered(ctx, id, callback, keep, answer)
	if err != nil {
		return SignIn{}, err
	}
	if err := at.trusts(claims); err != nil {
		return SignIn{}, err
	}
	user, err := s.find(ctx, at.Provider, claims)
	if err != nil {
		return SignIn{}, err
	}
	return s.link(ctx, at.Provider, claims, user, from)
}

// Answers reports whether a provider's answer is one to what keep began.
func Answers(keep string, answer url.Values) bool {
	return keep != "" && hmac.Equal([]byte(answer.Get("state")), []byte(derive(keep, "state")))
}

// answered returns who the provider says is there, in an answer to what keep
// began.
func (s *Providers) answered(ctx context.Context, id ProviderID, callback, keep string, answer url.Values) (discovered, vouched, error) {
	if !Answers(keep, answer) {
		return discovered{}, vouched{}, refuse(Stale, "accounts.answer_stale")
	}
	at, err := s.discover(ctx, id, callback)
	if err != nil {
		return at, vouched{}, err
	}
	if answer.Get("code") == "" {
		return at, vouched{}, refuse(NotByProvider, "accounts.sign_in_refused", "provider", at.Name)
	}
	claims, err := at.redeem(oidc.ClientContext(ctx, s.client), answer.Get("code"), keep)
	return at, claims, err
}

// discovered is a provider with what its discovery document says (OpenID
// Connect Discovery 1.0, 4).
type discovered struct {
	Provider
	config oauth2.Config
	oidc   *oidc.Provider
}

// discover asks an active provider for its endpoints. It is asked each time: a
// sign-in is rare, and what it says may change.
func (s *Providers) discover(ctx context.Context, id ProviderID, callback string) (discovered, error) {
	row, err := s.row(ctx, s.db, id, "")
	if err != nil {
		return discovered{}, err
	}
	if !row.Active {
		return discovered{}, refuse(NotByProvider, "accounts.provider_gone", "provider", row.Name)
	}
	secret, err := s.box.Open(row.Sealed)
	if err != nil {
		return discovered{}, err
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), row.Issuer)
	if err != nil {
		return discovered{}, fault.Wrap(err, fault.Unavailable, "accounts.provider_unreachable", "provider", row.Name)
	}
	return discovered{row.provider(), oauth2.Config{
		ClientID: row.ClientID, ClientSecret: string(secret), Endpoint: found.Endpoint(), RedirectURL: callback,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}, found}, nil
}

// ask returns the page of the provider that answers to what keep is.
func (d discovered) ask(keep string, more ...oauth2.AuthCodeOption) string {
	return d.config.AuthCodeURL(derive(keep, "state"), append(more,
		oidc.Nonce(derive(keep, "nonce")), oauth2.S256ChallengeOption(derive(keep, "verifier")))...)
}

// redeem turns the code into claims that the provider signed for this very
// sign-in, and asks for the address where they don't hold it.
func (d discovered) redeem(ctx context.Context, code, keep string) (vouched, error) {
	var claims vouched
	refused := func(err error) (vouched, error) {
		return claims, fault.Wrap(fmt.Errorf("%w: %w", NotByProvider, err), fault.Forbidden, "accounts.sign_in_unconfirmed", "provider",
			d.Name)
	}
	tokens, err := d.config.Exchange(ctx, code, oauth2.VerifierOption(derive(keep, "verifier")))
	if err != nil {
		return refused(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	signed, err := d.oidc.Verifier(&oidc.Config{ClientID: d.ClientID}).Verify(ctx, raw)
	if err != nil {
		return refused(err)
	}
	if !hmac.Equal([]byte(signed.Nonce), []byte(derive(keep, "nonce"))) {
		return refused(fmt.Errorf("the nonce is another one"))
	}
	if err := signed.Claims(&claims); err != nil {
		return refused(err)
	}
	if claims.Email != "" || d.oidc.UserInfoEndpoint() == "" {
		return claims, nil
	}
	info, err := d.oidc.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return refused(err)
	}
	if info.Subject != claims.Subject { // OpenID Connect Core 1.0 §5.3.2
		return refused(fmt.Errorf("the user info is someone else's"))
	}
	if err := info.Claims(&claims); err != nil {
		return refused(err)
	}
	return claims, nil
}

// find returns whom the claims are about: known by the provider's own name for
// them, else by their verified address, else a newcomer where those are let in.
func (s *Providers) find(ctx context.Context, p Provider, claims vouched) (User, error) {
	users := s.signIns.users
	u, err := users.one(ctx, s.db, `
		SELECT `+userColumns+` FROM identities i JOIN users u ON u.id = i.user_id
		 WHERE i.provider_id = $1 AND i.subject = $2`, p.ID, claims.Subject)
	if fault.Is(err, fault.NotFound) {
		u, err = users.ByEmail(ctx, claims.Email)
	}
	if fault.Is(err, fault.NotFound) {
		if len(p.Newcomers) == 0 {
			return User{}, refuse(Unknown, "accounts.nobody_has_address", "address", claims.Email)
		}
		return s.arrive(users.key.Acting(ctx, fmt.Sprintf("provider:%d", p.ID)), p.newcomer(claims))
	}
	return u, err
}

// link notes who the provider's person is here, and lets them in. An address
// that the provider gave to another person doesn't make them this user.
func (s *Providers) link(ctx context.Context, p Provider, claims vouched, u User, from Origin) (SignIn, error) {
	if u.DisabledAt != nil {
		return SignIn{}, refuse(LockedOut, "accounts.locked_out") // whom the base wouldn't let act either
	}
	var in SignIn
	err := postgres.InTx(s.signIns.users.key.Acting(ctx, u.ID.Actor()), s.db, func(tx *sqlx.Tx) error {
		// The lock keeps two of the provider's people from becoming one user at once.
		var lockedOut, other bool
		if err := tx.GetContext(ctx, &lockedOut, `SELECT disabled_at IS NOT NULL FROM users WHERE id = $1 FOR UPDATE`, u.ID); err != nil {
			return postgres.Fault(err, "thing.user", "id", u.ID)
		}
		if lockedOut {
			return refuse(LockedOut, "accounts.locked_out")
		}
		if err := tx.GetContext(ctx, &other, `
			SELECT EXISTS (SELECT FROM identities WHERE provider_id = $1 AND user_id = $2 AND subject <> $3)`, p.ID, u.ID, claims.Subject); err != nil {
			return postgres.Fault(err, "thing.provider", "id", p.ID)
		}
		if other {
			return refuse(SomeoneElse, "accounts.known_as_someone_else", "provider", p.Name)
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO identities (provider_id, subject, user_id, linked_at, mac) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (provider_id, subject) DO NOTHING`, p.ID, claims.Subject, u.ID, s.signIns.users.clock.Now(),
			s.signIns.users.key.Mint("identities", int64(p.ID), claims.Subject, int64(u.ID))); err != nil {
			return postgres.Fault(err, "thing.provider", "id", p.ID)
		}
		var err error
		in, err = s.signIns.StartSession(ctx, tx, u.ID, from)
		return err
	})
	return in, err
}

// derive returns what keep means for a purpose, as 43 characters that fit into
// a URL and a PKCE verifier (RFC 7636 §4.1).
func derive(keep, purpose string) string {
	mac := hmac.New(sha256.New, []byte(keep))
	mac.Write([]byte(purpose))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
