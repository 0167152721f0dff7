package web

import (
	"net/http"
	"time"

	"keur/accounts"
)

func (d *door) accountRoutes() []route {
	return []route{
		{http.MethodGet, "/account", everyone(), (*visit).account},
		{http.MethodPost, "/account/profile", everyone(), (*visit).changeProfile},
		{http.MethodPost, "/account/password", everyone(), (*visit).changePassword},
		{http.MethodGet, "/account/authenticator", everyone(), (*visit).authenticator},
		{http.MethodPost, "/account/authenticator", everyone(), (*visit).enrol},
		{http.MethodPost, "/account/authenticator/confirm", everyone(), (*visit).confirmAuthenticator},
		{http.MethodPost, "/account/authenticator/codes", everyone(), (*visit).renewCodes},
		{http.MethodPost, "/account/authenticator/off", everyone(), (*visit).switchOffAuthenticator},
		{http.MethodPost, "/account/sessions/:session/end", everyone(), (*visit).endSession},
		{http.MethodPost, "/account/sessions/others", everyone(), (*visit).endOtherSessions},
		{http.MethodPost, "/account/tokens", everyone(), (*visit).makeToken},
		{http.MethodPost, "/account/tokens/:apitoken/revoke", everyone(), (*visit).revokeToken},
	}
}

// accountView is everything about the user's own account.
type accountView struct {
	Form     form
	Which    string // the form that Form was typed into: profile, password, codes, off, token
	Likes    accounts.Preferences
	Themes   []accounts.Theme
	Factor   accounts.Factor
	Sessions []accounts.Session
	Tokens   []accounts.APIToken
	Made     string // a new token's text, which is shown this once
	Lives    []int  // days that a token may live; 0: until it is revoked
	Zone     *time.Location
}

func (v *visit) account() error { return v.showAccount(http.StatusOK, accountView{}) }

// showAccount fills in what the page shows whatever was typed.
func (v *visit) showAccount(status int, view accountView) error {
	ctx, id := v.ctx(), v.User.ID
	var err error
	if view.Likes, err = v.Accounts.Preferences(ctx, id); err != nil {
		return err
	}
	if view.Factor, err = v.Factors.Of(ctx, id); err != nil {
		return err
	}
	if view.Sessions, err = v.Accounts.Sessions(ctx, id, v.session()); err != nil {
		return err
	}
	if view.Tokens, err = v.Accounts.Tokens(ctx, id); err != nil {
		return err
	}
	view.Themes = []accounts.Theme{accounts.System, accounts.Light, accounts.Dark}
	view.Lives = []int{30, 90, 365, 0}
	view.Zone = v.lastLabelZone()
	return v.answer(status, "account", view)
}

// session is the token of the session that asks.
func (v *visit) session() string {
	token, err := v.Cookie(v.cookieName())
	if err != nil {
		return ""
	}
	return token
}

// accountDone finishes a form of the page: back to it with a word on what was
// done, or again with what is wrong.
func (v *visit) accountDone(which string, f form, err error, done string) error {
	if err == nil {
		v.announce(done)
		return v.to("/account")
	}
	if err := v.refused(&f, err); err != nil {
		return err
	}
	return v.showAccount(http.StatusUnprocessableEntity, accountView{Which: which, Form: f})
}

func (v *visit) changeProfile() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	likes, err := v.Accounts.Preferences(v.ctx(), v.User.ID)
	if err != nil {
		return err
	}
	likes.Locale, likes.Theme = f.Get("locale"), accounts.Theme(f.Get("theme"))
	if err = likes.Validate(); err == nil {
		_, err = v.Accounts.Update(v.ctx(), v.User.ID, func(u *accounts.User) error {
			u.Name = f.Field("name")
			return nil
		})
	}
	if err == nil {
		err = v.Accounts.SetPreferences(v.ctx(), v.User.ID, likes)
	}
	return v.accountDone("profile", f, err, v.book.In(likes.Locale).T("account.saved"))
}

func (v *visit) changePassword() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	err = v.Gate.ChangePassword(v.ctx(), v.User.ID, f.Get("old"), f.Get("password"), v.session())
	return v.accountDone("password", f, err, v.Say.T("account.password_changed"))
}

func (v *visit) endSession() error {
	id, err := v.id("session")
	if err != nil {
		return err
	}
	if err := v.Accounts.EndSession(v.ctx(), v.User.ID, accounts.SessionID(id)); err != nil {
		return err
	}
	v.announce(v.Say.T("account.session_ended"))
	return v.to("/account")
}

func (v *visit) endOtherSessions() error {
	n, err := v.Accounts.EndOtherSessions(v.ctx(), v.User.ID, v.session())
	if err != nil {
		return err
	}
	v.announce(v.Say.T("account.sessions_ended", "n", n))
	return v.to("/account")
}

// makeToken shows the token at once and not on the next page: it is kept
// nowhere, also not in a cookie.
func (v *visit) makeToken() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	var expires *time.Time
	if days := f.number("days"); days > 0 {
		end := v.now().AddDate(0, 0, days)
		expires = &end
	}
	plain, _, err := v.Accounts.CreateToken(v.ctx(), v.User.ID, f.Field("name"), expires)
	if err != nil {
		return v.accountDone("token", f, err, "")
	}
	return v.showAccount(http.StatusOK, accountView{Made: plain})
}

func (v *visit) revokeToken() error {
	id, err := v.id("apitoken")
	if err != nil {
		return err
	}
	if err := v.Accounts.RevokeToken(v.ctx(), v.User.ID, accounts.TokenID(id)); err != nil {
		return err
	}
	v.announce(v.Say.T("account.token_revoked"))
	return v.to("/account")
}
