package account

import (
	"net/http"
	"time"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
)

func (s *Screen) accountRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/account", desk.Everyone(), s.account),
		desk.Post("/account/profile", desk.Everyone(), s.changeProfile),
		desk.Post("/account/password", desk.Everyone(), s.changePassword),
		desk.Get("/account/authenticator", desk.Everyone(), s.authenticator),
		desk.Post("/account/authenticator", desk.Everyone(), s.enrol),
		desk.Post("/account/authenticator/confirm", desk.Everyone(), s.confirmAuthenticator),
		desk.Post("/account/authenticator/codes", desk.Everyone(), s.renewCodes),
		desk.Post("/account/authenticator/off", desk.Everyone(), s.switchOffAuthenticator),
		desk.Post("/account/passkeys", desk.Everyone(), s.askPasskey),
		desk.Post("/account/passkeys/new", desk.Everyone(), s.addPasskey),
		desk.Post("/account/passkeys/:passkey/remove", desk.Everyone(), s.removePasskey),
		desk.Post("/account/sessions/:session/end", desk.Everyone(), s.endSession),
		desk.Post("/account/sessions/others", desk.Everyone(), s.endOtherSessions),
		desk.Post("/account/tokens", desk.Everyone(), s.makeToken),
		desk.Post("/account/tokens/:apitoken/revoke", desk.Everyone(), s.revokeToken),
		desk.Post("/account/deputies", desk.Everyone(), s.nameDeputy),
		desk.Post("/account/deputies/:absence/end", desk.Everyone(), s.endDeputy),
		desk.Post("/account/feeds/:feed/revoke", desk.Everyone(), s.revokeFeed),
	}
}

// accountView is everything about the user's own account.
type accountView struct {
	Form       desk.Form
	Which      string // the form that Form was typed into: profile, password, codes, off, token
	Likes      accounts.Preferences
	Themes     []accounts.Theme
	Factor     accounts.Factor
	Passkeys   []passkeys.Passkey
	NoPasskeys string // why none can be made here; "": they can
	Sessions   []accounts.Session
	Tokens     []accounts.APIToken
	Feeds      []mailings.Feed
	Deputies   []accounts.Deputy
	Others     []accounts.User // who could stand in
	Made       string          // a new token's text, which is shown this once
	Lives      []int           // days that a token may live
	Scopes     []scopeTick
	Zone       *time.Location
}

// scopeTick is a scope of a new token, and whether it is ticked.
type scopeTick struct {
	Scope accounts.Scope
	On    bool
}

// scopeTicks are the scopes as they were typed; reading is ticked at first.
func (v *accountView) scopeTicks() []scopeTick {
	on := accounts.Scopes{accounts.ScopeRead}
	if v.Which == "token" {
		on = accounts.ScopesOf(v.Form.Values["scopes"])
	}
	var ticks []scopeTick
	for _, scope := range accounts.AllScopes() {
		ticks = append(ticks, scopeTick{scope, on.Has(scope)})
	}
	return ticks
}

func (s *Screen) account(x *desk.Exchange) error {
	return s.showAccount(x, http.StatusOK, accountView{})
}

// showAccount fills in what the page shows whatever was typed.
func (s *Screen) showAccount(x *desk.Exchange, status int, view accountView) error {
	ctx, id := x.Context(), x.User.ID
	var err error
	if view.Likes, err = s.Accounts.Preferences(ctx, id); err != nil {
		return err
	}
	if view.Factor, err = s.Factors.Of(ctx, id); err != nil {
		return err
	}
	if view.Passkeys, err = s.Passkeys.Of(ctx, id); err != nil {
		return err
	}
	if problem, is := desk.AsFault(s.Passkeys.Usable(x.Request.Host)); is {
		view.NoPasskeys = x.Say.Sentence(problem.Message)
	}
	if view.Sessions, err = s.Sessions.Of(ctx, id, desk.Session(x)); err != nil {
		return err
	}
	if view.Tokens, err = s.Tokens.Of(ctx, id); err != nil {
		return err
	}
	if view.Feeds, err = s.Feeds.All(ctx, id.Actor()); err != nil {
		return err
	}
	if view.Deputies, err = s.Deputies.Of(ctx, id); err != nil {
		return err
	}
	if view.Others, err = s.Deputies.Candidates(ctx, id); err != nil {
		return err
	}
	view.Themes = []accounts.Theme{accounts.System, accounts.Light, accounts.Dark}
	view.Lives = []int{7, 30, 90, 180, 365}
	view.Scopes = view.scopeTicks()
	view.Zone = desk.LastZone(x)
	return x.Answer(status, "account/account", view)
}

// accountDone finishes a form of the page: back to it with a word on what was
// done, or again with what is wrong.
func (s *Screen) accountDone(x *desk.Exchange, which string, f desk.Form, err error, done string) error {
	if err == nil {
		x.Flash(done)
		return x.GoTo("/account")
	}
	if err := desk.Refused(x, &f, err); err != nil {
		return err
	}
	return s.showAccount(x, http.StatusUnprocessableEntity, accountView{Which: which, Form: f})
}

func (s *Screen) changeProfile(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	likes, err := s.Accounts.Preferences(x.Context(), x.User.ID)
	if err != nil {
		return err
	}
	likes.Locale, likes.Theme = f.Get("locale"), accounts.Theme(f.Get("theme"))
	if err = likes.Validate(); err == nil {
		err = s.Accounts.SetPreferences(x.Context(), x.User.ID, likes)
	}
	return s.accountDone(x, "profile", f, err, desk.Book(x).In(likes.Locale).T("account.saved"))
}

func (s *Screen) changePassword(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	err = s.SignIns.ChangePassword(x.Context(), x.User.ID, f.Get("old"), f.Get("password"), desk.Session(x))
	return s.accountDone(x, "password", f, err, x.Say.T("account.password_changed"))
}

// revokeFeed ends a link to a calendar that the user made.
func (s *Screen) revokeFeed(x *desk.Exchange) error {
	id, err := x.ID("feed")
	if err != nil {
		return err
	}
	if err := s.Feeds.RevokeOf(x.Context(), x.User.ID.Actor(), id); err != nil {
		return err
	}
	x.Flash(x.Say.T("calendar.feed_ended"))
	return x.GoTo("/account")
}

func (s *Screen) endSession(x *desk.Exchange) error {
	id, err := x.ID("session")
	if err != nil {
		return err
	}
	if err := s.Sessions.End(x.Context(), x.User.ID, accounts.SessionID(id)); err != nil {
		return err
	}
	x.Flash(x.Say.T("account.session_ended"))
	return x.GoTo("/account")
}

func (s *Screen) endOtherSessions(x *desk.Exchange) error {
	n, err := s.Sessions.EndOthers(x.Context(), x.User.ID, desk.Session(x))
	if err != nil {
		return err
	}
	x.Flash(x.Say.T("account.sessions_ended", "n", n))
	return x.GoTo("/account")
}

// makeToken shows the token at once and not on the next page: it is kept
// nowhere, also not in a cookie.
func (s *Screen) makeToken(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	days := f.Number("days")
	if days < 1 {
		return s.accountDone(x, "token", f, fault.At("days", "input.no_count"), "")
	}
	plain, _, err := s.Tokens.Create(x.Context(), x.User.ID, accounts.Grant{
		Name: f.Field("name"), Scopes: accounts.ScopesOf(f.Values["scopes"]), ExpiresAt: x.Now().AddDate(0, 0, days),
	})
	if err != nil {
		return s.accountDone(x, "token", f, err, "")
	}
	return s.showAccount(x, http.StatusOK, accountView{Made: plain})
}

func (s *Screen) revokeToken(x *desk.Exchange) error {
	id, err := x.ID("apitoken")
	if err != nil {
		return err
	}
	if err := s.Tokens.Revoke(x.Context(), x.User.ID, accounts.TokenID(id)); err != nil {
		return err
	}
	x.Flash(x.Say.T("account.token_revoked"))
	return x.GoTo("/account")
}
