package web

import (
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
)

func (d *door) signInRoutes() []route {
	return []route{
		{http.MethodGet, "/signin", strangers(), (*visit).askSignIn},
		{http.MethodPost, "/signin", strangers(), (*visit).signIn},
		{http.MethodPost, "/signout", everyone(), (*visit).signOut},
	}
}

// cookieName is the session cookie's. Over TLS its name binds it to this host
// (RFC 6265bis, 4.1.3.2).
func (d *door) cookieName() string {
	if d.Secure {
		return "__Host-keur"
	}
	return "keur"
}

// signInView is what the page asks.
type signInView struct {
	Form form
	Back string
}

func (v *visit) askSignIn() error {
	if v.User.ID != 0 {
		return v.to(ownPath(v.Query("back")))
	}
	return v.show("signin", signInView{Form: form{}, Back: ownPath(v.Query("back"))})
}

// signIn begins a session with a new token, so that one planted before is worth
// nothing.
func (v *visit) signIn() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	in, err := v.Gate.SignIn(v.ctx(), f.Field("email"), f.Get("password"), accounts.Origin{Address: v.RemoteIP(), UserAgent: v.Request.UserAgent()})
	if err == nil && in.Pending != "" {
		return fault.New(fault.Forbidden, "this account asks for a code, and this page can't take one")
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		f.Fault = v.Say.T("signin.wrong")
		if fault.Is(err, fault.Limited) {
			f.Fault = v.Say.T("signin.limited")
		}
		return v.answer(http.StatusUnprocessableEntity, "signin", signInView{Form: f, Back: ownPath(f.Get("back"))})
	}
	http.SetCookie(v.Writer, &http.Cookie{
		Name: v.cookieName(), Value: in.Token, Path: "/", Expires: in.ExpiresAt,
		HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
	})
	return v.to(ownPath(f.Get("back")))
}

func (v *visit) signOut() error {
	if token, err := v.Cookie(v.cookieName()); err == nil {
		if err := v.Accounts.SignOut(v.ctx(), token); err != nil {
			return err
		}
	}
	http.SetCookie(v.Writer, &http.Cookie{Name: v.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: v.Secure})
	v.Header("Clear-Site-Data", `"cache"`)
	return v.to("/signin")
}
