package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
)

// visit is one request to the desk, with who makes it and what about.
type visit struct {
	*door
	*gin.Context
	Say   words.Speaker
	User  accounts.User  // nobody for a stranger
	Label *labels.Label  // which the page is about; nil: none in particular
	Sees  []labels.Label // all that the user may look at
	Theme accounts.Theme // how the user likes the desk; "": as their machine
	Told  string         // what the page says was done before
}

// ctx is the request's, with the user as the one who acts.
func (v *visit) ctx() context.Context { return v.Request.Context() }

// now is the time by the desk's clock.
func (v *visit) now() time.Time { return v.Clock.Now() }

// enter lets those in whom a route is for, and turns what goes wrong into a page.
func (d *door) enter(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		v := &visit{door: d, Context: c, Say: d.book.In(words.Preferred(c.GetHeader("Accept-Language")))}
		err := v.admit(r.who)
		if err == nil && !c.Writer.Written() {
			err = r.handle(v)
		}
		if err != nil {
			v.fail(err)
		}
	}
}

// admit identifies the user and decides whether they may take the route. It
// writes the answer itself where the user must go elsewhere first.
func (v *visit) admit(w who) error {
	if err := v.identify(); err != nil {
		return err
	}
	if w.stranger {
		return nil
	}
	if v.User.ID == 0 {
		return v.toSignIn()
	}
	if w.of != nil {
		if err := w.of(v); err != nil || v.Writer.Written() {
			return err
		}
	}
	var about *labels.ID
	if v.Label != nil {
		about = &v.Label.ID
	}
	return w.Check(v.User, about)
}

// identify finds out whose session the cookie names; no session is no error.
func (v *visit) identify() error {
	token, missing := v.Cookie(v.cookieName())
	if missing != nil || token == "" {
		return nil //nolint:nilerr // a stranger
	}
	u, err := v.Accounts.BySession(v.ctx(), token)
	if fault.Is(err, fault.Forbidden) {
		return nil
	}
	if err != nil {
		return err
	}
	v.User, v.Say = u, v.book.In(u.Locale)
	v.Request = v.Request.WithContext(postgres.WithActor(v.ctx(), u.ID.Actor()))
	likes, err := v.Accounts.Preferences(v.ctx(), u.ID)
	if err != nil {
		return err
	}
	if likes.Theme != accounts.System {
		v.Theme = likes.Theme
	}
	return v.loadLabels()
}

// loadLabels finds the labels that the user may look at.
func (v *visit) loadLabels() error {
	all, err := v.Labels.List(v.ctx())
	if err != nil {
		return err
	}
	ids, every := v.User.Sees()
	for _, l := range all {
		if every || slices.Contains(ids, l.ID) {
			v.Sees = append(v.Sees, l)
		}
	}
	return nil
}

// about makes the page one about a label, for routes whose path names something
// of it.
func (v *visit) about(id labels.ID) error {
	at := slices.IndexFunc(v.Sees, func(l labels.Label) bool { return l.ID == id })
	if at < 0 {
		return notHere()
	}
	v.Label = &v.Sees[at]
	return nil
}

// chooseLabel takes the label from the address. One that doesn't name it is
// sent on to one that does, so that every link means the same to a colleague.
func (v *visit) chooseLabel() error {
	if len(v.Sees) == 0 && v.User.Admin {
		v.Redirect(http.StatusSeeOther, "/settings/labels") // where the first one is made
		return nil
	}
	if len(v.Sees) == 0 {
		return fault.New(fault.Forbidden, "%s", v.Say.T("frame.no_labels"))
	}
	if code := v.Query("label"); code != "" {
		at := slices.IndexFunc(v.Sees, func(l labels.Label) bool { return l.Code == code })
		if at < 0 {
			return notHere()
		}
		v.Label = &v.Sees[at]
		v.rememberLabel(code)
		return nil
	}
	v.Label = v.lastLabel()
	if v.Request.Method == http.MethodGet {
		query := v.Request.URL.Query()
		query.Set("label", v.Label.Code)
		v.Redirect(http.StatusSeeOther, v.Request.URL.Path+"?"+query.Encode())
	}
	return nil
}

// lastLabel is the one that the user looked at last, or the first.
func (v *visit) lastLabel() *labels.Label {
	if code, err := v.Cookie("keur-label"); err == nil {
		if at := slices.IndexFunc(v.Sees, func(l labels.Label) bool { return l.Code == code }); at >= 0 {
			return &v.Sees[at]
		}
	}
	return &v.Sees[0]
}

func (v *visit) rememberLabel(code string) {
	http.SetCookie(v.Writer, &http.Cookie{
		Name: "keur-label", Value: code, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// can reports whether the user may act in the role for the page's label.
func (v *visit) can(role accounts.Role) bool {
	return v.Label != nil && v.User.Can(v.Label.ID, role)
}

// id reads an id in the path. One that can't be is one that doesn't exist.
func (v *visit) id(name string) (int64, error) {
	id, err := strconv.ParseInt(v.Param(name), 10, 64)
	if err != nil || id < 1 {
		return 0, notHere()
	}
	return id, nil
}

// zone is the label's, in which its moments are shown.
func (v *visit) zone() *time.Location {
	if v.Label == nil {
		return time.UTC
	}
	return v.Label.Location()
}

// partial reports whether script asks for a part of a page to put into it.
func (v *visit) partial() bool { return v.GetHeader("HX-Request") == "true" }

// to sends the browser on after a form was taken: script is told to go there,
// too.
func (v *visit) to(path string) error {
	if v.partial() {
		v.Header("HX-Redirect", path)
		v.Status(http.StatusNoContent)
		return nil
	}
	v.Redirect(http.StatusSeeOther, path)
	return nil
}

// toSignIn sends a stranger to sign in, and from there back to where they
// wanted to go. A page that is open tells its script, so that nothing typed is
// lost; a form that was sent comes back to be sent again.
func (v *visit) toSignIn() error {
	if v.partial() {
		return fault.New(fault.Forbidden, "%s", v.Say.T("signin.ended"))
	}
	if v.Request.Method != http.MethodGet {
		return v.showAgain()
	}
	back := ""
	if at := v.Request.URL.RequestURI(); at != "/" {
		back = "?back=" + url.QueryEscape(at)
	}
	v.Redirect(http.StatusSeeOther, "/signin"+back)
	return nil
}

// againView is a form that came after its session had ended.
type againView struct {
	At     string
	Fields url.Values
}

// showAgain keeps what was typed while its person signs in elsewhere. Secrets
// aren't shown, and have to be typed again.
func (v *visit) showAgain() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	view := againView{At: v.Request.URL.RequestURI(), Fields: url.Values{}}
	for name, values := range f.Values {
		if !strings.Contains(name, "password") && !strings.Contains(name, "secret") {
			view.Fields[name] = values
		}
	}
	return v.answer(http.StatusForbidden, "signin_again", view)
}

// ownPath returns the path if it is one of this desk's, else "/": a sign-in
// must not lead to another site.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.Contains(path, "\\") {
		return "/"
	}
	return path
}

// notHere is what a user gets for what doesn't exist, or not for them.
func notHere() error { return fault.New(fault.NotFound, "this doesn't exist, or not for you") }
