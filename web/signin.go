package web

import (
	"net/http"
	"net/url"
	"time"

	"keur/accounts"
	"keur/internal/fault"
)

func (d *door) signInRoutes() []route {
	return []route{
		{http.MethodGet, "/signin", strangers(), (*visit).askSignIn},
		{http.MethodPost, "/signin", strangers(), (*visit).signIn},
		{http.MethodGet, "/signin/code", strangers(), (*visit).askCode},
		{http.MethodPost, "/signin/code", strangers(), (*visit).signInWithCode},
		{http.MethodGet, "/signin/forgotten", strangers(), (*visit).askForgotten},
		{http.MethodPost, "/signin/forgotten", strangers(), (*visit).forgotPassword},
		{http.MethodGet, "/signin/reset/:token", strangers(), (*visit).askReset},
		{http.MethodPost, "/signin/reset/:token", strangers(), (*visit).resetPassword},
		{http.MethodGet, "/signin/oidc/:provider", strangers(), (*visit).toProvider},
		{http.MethodGet, "/signin/oidc/:provider/callback", strangers(), (*visit).fromProvider},
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

// codeCookie holds the sign-in that waits for its code.
const codeCookie = "keur-code"

// signInView is what the pages of signing in ask.
type signInView struct {
	Form      form
	Back      string
	Providers []accounts.Provider
}

// BackQuery carries where the user wanted to go from one page to the next.
func (s signInView) BackQuery() string {
	if s.Back == "/" || s.Back == "" {
		return ""
	}
	return "?" + url.Values{"back": {s.Back}}.Encode()
}

// origin is where the browser is.
func (v *visit) origin() accounts.Origin {
	return accounts.Origin{Address: v.RemoteIP(), UserAgent: v.Request.UserAgent()}
}

// keep leaves a cookie with the browser that no script reads. How long, and not
// until when: its clock needn't be ours.
func (v *visit) keep(name, value, path string, life time.Duration) {
	http.SetCookie(v.Writer, &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: int(life.Seconds()), HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// drop takes a cookie back.
func (v *visit) drop(name, path string) {
	http.SetCookie(v.Writer, &http.Cookie{Name: name, Path: path, MaxAge: -1, HttpOnly: true, Secure: v.Secure})
}

func (v *visit) askSignIn() error {
	back := ownPath(v.Query("back"))
	if v.User.ID != 0 {
		return v.to(back)
	}
	return v.showSignIn(http.StatusOK, form{}, back)
}

func (v *visit) showSignIn(status int, f form, back string) error {
	providers, err := v.Providers.Active(v.ctx())
	if err != nil {
		return err
	}
	return v.answer(status, "signin", signInView{Form: f, Back: back, Providers: providers})
}

// signIn begins a session with a new token, so that one planted before is worth
// nothing; or goes on to ask for a code.
func (v *visit) signIn() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	back := ownPath(f.Get("back"))
	in, err := v.Gate.SignIn(v.ctx(), f.Field("email"), f.Get("password"), v.origin())
	if err != nil {
		if err := v.refused(&f, err); err != nil {
			return err
		}
		return v.showSignIn(http.StatusUnprocessableEntity, f, back)
	}
	if in.Pending != "" {
		v.keep(codeCookie, in.Pending, "/signin", in.ExpiresAt.Sub(v.now()))
		return v.to("/signin/code" + signInView{Back: back}.BackQuery())
	}
	return v.begin(in, back)
}

// begin gives the browser its session.
func (v *visit) begin(in accounts.Admission, back string) error {
	v.keep(v.cookieName(), in.Token, "/", in.ExpiresAt.Sub(v.now()))
	return v.to(back)
}

// refused notes on the form why somebody isn't let in, in their language.
// Returns the error if it isn't about that.
func (v *visit) refused(f *form, err error) error {
	switch why := accounts.Why(err); {
	case why != "":
		f.Fault = v.Say.Of("refusal", why)
	case fault.Is(err, fault.Limited):
		f.Fault = v.Say.T("signin.limited")
	default:
		return f.take(err)
	}
	return nil
}

func (v *visit) askCode() error {
	if _, err := v.Cookie(codeCookie); err != nil { // it took too long
		return v.to("/signin" + signInView{Back: ownPath(v.Query("back"))}.BackQuery())
	}
	return v.show("signin_code", signInView{Back: ownPath(v.Query("back"))})
}

// signInWithCode ends a sign-in whose password was right.
func (v *visit) signInWithCode() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	back := ownPath(f.Get("back"))
	pending, err := v.Cookie(codeCookie)
	if err != nil {
		return v.to("/signin" + signInView{Back: back}.BackQuery())
	}
	in, err := v.Gate.SignInWithCode(v.ctx(), pending, f.Field("code"), v.origin())
	if err != nil {
		if err := v.refused(&f, err); err != nil {
			return err
		}
		if accounts.Why(err) == accounts.Stale {
			v.drop(codeCookie, "/signin")
			return v.showSignIn(http.StatusUnprocessableEntity, f, back)
		}
		return v.answer(http.StatusUnprocessableEntity, "signin_code", signInView{Form: f, Back: back})
	}
	v.drop(codeCookie, "/signin")
	return v.begin(in, back)
}

func (v *visit) signOut() error {
	if token, err := v.Cookie(v.cookieName()); err == nil {
		if err := v.Accounts.SignOut(v.ctx(), token); err != nil {
			return err
		}
	}
	v.drop(v.cookieName(), "/")
	v.Header("Clear-Site-Data", `"cache"`)
	return v.to("/signin")
}
