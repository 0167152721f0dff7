package account

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/web/desk"
)

// providerCookie holds what a sign-in at a provider began with, and where the
// user wanted to go.
const (
	providerCookie = "keur-provider"
	providerPath   = "/signin/oidc"
	providerLife   = 10 * time.Minute
)

// toProvider sends the browser to sign in at its provider. It is a link and not
// a form, since a form may lead to this desk alone (form-action).
func (s *signin) toProvider(x *desk.Exchange) error {
	id, err := x.ID("provider")
	if err != nil {
		return err
	}
	back := desk.OwnPath(x.Query("back"))
	to, token, err := s.Providers.Begin(x.Context(), accounts.ProviderID(id), desk.ProviderCallback(x, accounts.ProviderID(id)))
	if err != nil {
		return s.notByProvider(x, err, back)
	}
	desk.KeepCookie(x, providerCookie, token+"."+base64.RawURLEncoding.EncodeToString([]byte(back)), providerPath, providerLife)
	x.Redirect(http.StatusSeeOther, to)
	return nil
}

// fromProvider takes the provider's answer.
func (s *signin) fromProvider(x *desk.Exchange) error {
	id, err := x.ID("provider")
	if err != nil {
		return err
	}
	if errand, keep := keptProof(x); accounts.Answers(keep, x.Request.URL.Query()) {
		return (&proof{s.Screen}).fromProvider(x, accounts.ProviderID(id), errand, keep)
	}
	kept, _ := x.Cookie(providerCookie) // without, Finish refuses
	token, wanted, _ := strings.Cut(kept, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(wanted)
	back := desk.OwnPath(string(raw))
	desk.DropCookie(x, providerCookie, providerPath)
	in, err := s.Providers.Finish(
		x.Context(), accounts.ProviderID(id), desk.ProviderCallback(x, accounts.ProviderID(id)), token, x.Request.URL.Query(),
		desk.Origin(x),
	)
	if err != nil {
		return s.notByProvider(x, err, back)
	}
	return s.begin(x, in, back)
}

// notByProvider shows the page to sign in again, with why the provider didn't.
func (s *signin) notByProvider(x *desk.Exchange, err error, back string) error {
	f := desk.NewForm(x.Say)
	if fault.Is(err, fault.Unavailable) {
		desk.Log(x).Warn("a provider can't be reached", "route", "/signin/oidc/:provider/callback", "error", err)
		f.Fault = x.Say.T("signin.provider_away")
		return s.showSignIn(x, http.StatusServiceUnavailable, f, back)
	}
	if err := desk.Refused(x, &f, err); err != nil {
		return err
	}
	return s.showSignIn(x, http.StatusForbidden, f, back)
}
