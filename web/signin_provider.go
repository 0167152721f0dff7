package web

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
)

// providerCookie holds what a sign-in at a provider began with, and where the
// user wanted to go.
const (
	providerCookie = "keur-provider"
	providerPath   = "/signin/oidc"
	providerLife   = 10 * time.Minute
)

// callback is the address that a provider sends browsers back to; an admin
// registers it there.
func (d *door) callback(id accounts.ProviderID) string {
	return d.URL + providerPath + "/" + itoa(id) + "/callback"
}

// toProvider sends the browser to sign in at its provider. It is a link and not
// a form, since a form may lead to this desk alone (form-action).
func (v *visit) toProvider() error {
	id, err := v.id("provider")
	if err != nil {
		return err
	}
	back := ownPath(v.Query("back"))
	to, token, err := v.Providers.Begin(v.ctx(), accounts.ProviderID(id), v.callback(accounts.ProviderID(id)))
	if err != nil {
		return v.notByProvider(err, back)
	}
	v.keep(providerCookie, token+"."+base64.RawURLEncoding.EncodeToString([]byte(back)), providerPath, providerLife)
	v.Redirect(http.StatusSeeOther, to)
	return nil
}

// fromProvider takes the provider's answer.
func (v *visit) fromProvider() error {
	id, err := v.id("provider")
	if err != nil {
		return err
	}
	kept, _ := v.Cookie(providerCookie) // without, Finish refuses
	token, wanted, _ := strings.Cut(kept, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(wanted)
	back := ownPath(string(raw))
	v.drop(providerCookie, providerPath)
	in, err := v.Providers.Finish(v.ctx(), accounts.ProviderID(id), v.callback(accounts.ProviderID(id)), token, v.Request.URL.Query(), v.origin())
	if err != nil {
		return v.notByProvider(err, back)
	}
	return v.begin(in, back)
}

// notByProvider shows the page to sign in again, with why the provider didn't.
func (v *visit) notByProvider(err error, back string) error {
	f := newForm(v.Say)
	if fault.Is(err, fault.Unavailable) {
		v.Log.Warn("a provider can't be reached", "route", v.FullPath(), "error", err)
		f.Fault = v.Say.T("signin.provider_away")
		return v.showSignIn(http.StatusServiceUnavailable, f, back)
	}
	if err := v.refused(&f, err); err != nil {
		return err
	}
	return v.showSignIn(http.StatusForbidden, f, back)
}
