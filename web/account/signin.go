package account

import (
	"net/http"
	"net/url"

	"keur/accounts"
	"keur/web/desk"
)

func (s *signin) signInRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/signin", desk.Strangers(), s.askSignIn),
		desk.Post("/signin", desk.Strangers(), s.signIn),
		desk.Get("/signin/passkey", desk.Strangers(), s.askPasskey),
		desk.Post("/signin/passkey", desk.Strangers(), s.signInByPasskey),
		desk.Get("/signin/code", desk.Strangers(), s.askCode),
		desk.Post("/signin/code", desk.Strangers(), s.signInWithCode),
		desk.Get("/signin/forgotten", desk.Strangers(), s.askForgotten),
		desk.Post("/signin/forgotten", desk.Strangers(), s.forgotPassword),
		desk.Get("/signin/reset/:token", desk.Strangers(), s.askReset),
		desk.Post("/signin/reset/:token", desk.Strangers(), s.resetPassword),
		desk.Get("/signin/oidc/:provider", desk.Strangers(), s.toProvider),
		desk.Get("/signin/oidc/:provider/callback", desk.Strangers(), s.fromProvider),
		desk.Post("/signout", desk.Everyone(), s.signOut),
	}
}

// codeCookie holds the sign-in that waits for its code.
const codeCookie = "keur-code"

// signInView is what the pages of signing in ask.
type signInView struct {
	Form      desk.Form
	Back      string
	Providers []accounts.Provider
	Passkeys  bool // they work at the address under which the page was asked for
}

// BackQuery carries where the user wanted to go from one page to the next.
func (signInView signInView) BackQuery() string {
	if signInView.Back == "/" || signInView.Back == "" {
		return ""
	}
	return "?" + url.Values{"back": {signInView.Back}}.Encode()
}

func (s *signin) askSignIn(x *desk.Exchange) error {
	back := desk.OwnPath(x.Query("back"))
	if x.User.ID != 0 {
		return x.GoTo(back)
	}
	return s.showSignIn(x, http.StatusOK, desk.Form{}, back)
}

func (s *signin) showSignIn(x *desk.Exchange, status int, f desk.Form, back string) error {
	providers, err := s.Providers.Active(x.Context())
	if err != nil {
		return err
	}
	return x.Answer(status, "account/signin", signInView{
		Form: f, Back: back, Providers: providers, Passkeys: s.Passkeys.Usable(x.Request.Host) == nil,
	})
}

// signIn begins a session with a new token, so that one planted before is worth
// nothing; or goes on to ask for a code.
func (s *signin) signIn(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	back := desk.OwnPath(f.Get("back"))
	in, err := s.SignIns.SignIn(x.Context(), f.Field("email"), f.Get("password"), desk.Origin(x))
	if err != nil {
		if err := desk.Refused(x, &f, err); err != nil {
			return err
		}
		return s.showSignIn(x, http.StatusUnprocessableEntity, f, back)
	}
	if in.Pending != "" {
		desk.KeepCookie(x, codeCookie, in.Pending, "/signin", in.ExpiresAt.Sub(x.Now()))
		return x.GoTo("/signin/code" + signInView{Back: back}.BackQuery())
	}
	return s.begin(x, in, back)
}

// begin gives the browser its session.
func (s *signin) begin(x *desk.Exchange, in accounts.SignIn, back string) error {
	desk.KeepSession(x, in)
	return x.GoTo(back)
}

func (s *signin) askCode(x *desk.Exchange) error {
	if _, err := x.Cookie(codeCookie); err != nil { // it took too long
		return x.GoTo("/signin" + signInView{Back: desk.OwnPath(x.Query("back"))}.BackQuery())
	}
	return x.Show("account/signin_code", signInView{Back: desk.OwnPath(x.Query("back"))})
}

// signInWithCode ends a sign-in whose password was right.
func (s *signin) signInWithCode(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	back := desk.OwnPath(f.Get("back"))
	pending, err := x.Cookie(codeCookie)
	if err != nil {
		return x.GoTo("/signin" + signInView{Back: back}.BackQuery())
	}
	in, err := s.SignIns.SignInWithCode(x.Context(), pending, f.Field("code"), desk.Origin(x))
	if err != nil {
		if err := desk.Refused(x, &f, err); err != nil {
			return err
		}
		if accounts.Why(err) == accounts.Stale {
			desk.DropCookie(x, codeCookie, "/signin")
			return s.showSignIn(x, http.StatusUnprocessableEntity, f, back)
		}
		return x.Answer(http.StatusUnprocessableEntity, "account/signin_code", signInView{Form: f, Back: back})
	}
	desk.DropCookie(x, codeCookie, "/signin")
	return s.begin(x, in, back)
}

func (s *signin) signOut(x *desk.Exchange) error {
	if token, err := x.Cookie(desk.CookieName(x)); err == nil {
		if err := s.Sessions.SignOut(x.Context(), token); err != nil {
			return err
		}
	}
	desk.DropCookie(x, desk.CookieName(x), "/")
	x.Header("Clear-Site-Data", `"cache"`)
	return x.GoTo("/signin")
}
