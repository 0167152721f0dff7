package desk

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// admit identifies the user and decides whether they may take the route. It
// writes the answer itself where the user must go elsewhere first.
func (x *Exchange) admit(a Access) error {
	if err := identify(x); err != nil {
		return err
	}
	if a.stranger {
		return nil
	}
	if x.User.ID == 0 {
		return toSignIn(x)
	}
	if x.guard = a.guard; x.guard != nil {
		if err := x.guard(x); err != nil || x.Writer.Written() {
			return Hidden(err)
		}
	}
	if x.sharing != nil {
		return a.CheckAny(x.User, x.sharing)
	}
	var about *labels.ID
	if x.Label != nil {
		about = &x.Label.ID
	}
	return a.Check(x.User, about)
}

// identify finds out whose session the cookie names; no session is no error.
func identify(x *Exchange) error {
	token := Session(x)
	if token == "" {
		return nil // a stranger
	}
	u, err := x.desk.Sessions.User(x.Context(), token)
	if fault.Is(err, fault.Forbidden) {
		return nil
	}
	if err != nil {
		return err
	}
	x.User, x.Say = u, x.desk.book.In(u.Locale)
	x.Request = x.Request.WithContext(postgres.WithCredential(x.Context(), u.ID.Actor(), postgres.BySession, token))
	x.context.Request = x.Request
	likes, err := x.desk.Accounts.Preferences(x.Context(), u.ID)
	if err != nil {
		return err
	}
	x.likes = likes
	if likes.Theme != accounts.System {
		x.Theme = likes.Theme
	}
	return loadLabels(x)
}

// loadLabels finds the labels that are there for the user.
func loadLabels(x *Exchange) error {
	all, err := x.desk.Labels.List(x.Context())
	if err != nil {
		return err
	}
	for _, l := range all {
		if x.User.Knows(l.ID) {
			x.Sees = append(x.Sees, l)
		}
	}
	return nil
}

// chooseLabel takes the label from the address. One that doesn't name it is
// sent on to one that does, so that every link means the same to a colleague:
// under the label chosen last, or the only one for which the user may take it.
func chooseLabel(x *Exchange, may accounts.Access) error {
	if len(x.Sees) == 0 && x.User.Admin {
		x.Redirect(http.StatusSeeOther, "/settings/labels") // where the first one is made
		return nil
	}
	if len(x.Sees) == 0 {
		return fault.New(fault.Forbidden, "frame.no_labels")
	}
	if code := x.Query("label"); code != "" {
		at := slices.IndexFunc(x.Sees, func(l labels.Label) bool { return l.Code == code })
		if at < 0 {
			return NotHere()
		}
		x.Label, x.chose = &x.Sees[at], true
		return rememberLabel(x)
	}
	ids := slices.DeleteFunc(Known(x), func(id labels.ID) bool { return may.Check(x.User, &id) != nil })
	if len(ids) == 0 {
		x.Label = &x.Sees[0] // whichever it is, the user may not
		return nil
	}
	if last := ChosenLabel(x); last != nil && !slices.Contains(ids, last.ID) {
		return askLabel(x, ids) // another than theirs is theirs to choose
	}
	id, err := OneLabel(x, ids...)
	if err != nil || id == 0 {
		return err
	}
	if err := x.About(id); err != nil || x.Request.Method != http.MethodGet {
		return err
	}
	x.Redirect(http.StatusSeeOther, withLabel(x, x.Label.Code))
	return nil
}

// OneLabel is the one of the labels that the address names, or else the one
// chosen last, or the only one. Where none is, it asks, and returns 0.
func OneLabel(x *Exchange, ids ...labels.ID) (labels.ID, error) {
	for _, id := range ids {
		if code := x.Query("label"); code != "" && x.LabelOf(id).Code == code {
			return id, nil
		}
	}
	if last := ChosenLabel(x); last != nil && slices.Contains(ids, last.ID) {
		return last.ID, nil
	}
	if len(ids) == 1 {
		return ids[0], nil
	}
	return 0, askLabel(x, ids)
}

// chooser is what the page that asks for a label offers.
type chooser struct{ Choices []Choice }

// askLabel shows the labels under which the page can be opened. A form that
// doesn't say its label is not taken for any.
func askLabel(x *Exchange, ids []labels.ID) error {
	if x.Request.Method != http.MethodGet {
		return fault.New(fault.Invalid, "frame.choose_label")
	}
	var view chooser
	for _, id := range ids {
		l := x.LabelOf(id)
		view.Choices = append(view.Choices, Choice{Value: withLabel(x, l.Code), Word: l.Name})
	}
	return x.Show("desk/choose_label", view)
}

// withLabel is the address of the request under a label.
func withLabel(x *Exchange, code string) string {
	query := x.Request.URL.Query()
	query.Set("label", code)
	return x.Request.URL.Path + "?" + query.Encode()
}

// ChosenLabel is the one that the user chose last, on whichever machine, or the
// only one that they see; nil while they chose none of several.
func ChosenLabel(x *Exchange) *labels.Label {
	at := slices.IndexFunc(x.Sees, func(l labels.Label) bool { return x.likes.LastLabel != nil && l.ID == *x.likes.LastLabel })
	if at < 0 && len(x.Sees) == 1 {
		at = 0
	}
	if at < 0 {
		return nil
	}
	return &x.Sees[at]
}

// rememberLabel keeps the label of a page that the user went to. What such a page
// asks for in parts chooses nothing, as it may stand open in another tab, nor does
// what a browser fetches ahead because somebody may go there.
func rememberLabel(x *Exchange) error {
	head := x.Request.Header
	went := x.Request.Method == http.MethodGet && !x.Partial() && cmp.Or(head.Get("Sec-Fetch-Dest"), "document") == "document" &&
		head.Get("Sec-Purpose") == ""
	if !went || x.likes.LastLabel != nil && *x.likes.LastLabel == x.Label.ID {
		return nil
	}
	x.likes.LastLabel = &x.Label.ID
	return x.desk.Accounts.SetPreferences(x.Context(), x.User.ID, x.likes)
}

// toSignIn sends a stranger to sign in, and from there back to where they
// wanted to go. A page that is open tells its script, so that nothing typed is
// lost; a form that was sent comes back to be sent again.
func toSignIn(x *Exchange) error {
	if x.Partial() {
		return fault.New(fault.Forbidden, "signin.ended")
	}
	if x.Request.Method != http.MethodGet {
		return showAgain(x)
	}
	back := ""
	if at := x.Request.URL.RequestURI(); at != "/" {
		back = "?back=" + url.QueryEscape(at)
	}
	x.Redirect(http.StatusSeeOther, "/signin"+back)
	return nil
}

// againView is a form that came after its session had ended.
type againView struct {
	At     string
	Fields url.Values
}

// showAgain keeps what was typed while its person signs in elsewhere. Secrets
// aren't shown, and have to be typed again.
func showAgain(x *Exchange) error {
	f, err := ReadForm(x)
	if err != nil {
		return err
	}
	view := againView{At: x.Request.URL.RequestURI(), Fields: url.Values{}}
	for name, values := range f.Values {
		if !strings.Contains(name, "password") && !strings.Contains(name, "secret") {
			view.Fields[name] = values
		}
	}
	return x.Answer(http.StatusForbidden, "desk/signin_again", view)
}

// OwnPath returns the path if it is one of this desk's, else "/": a sign-in
// must not lead to another site.
func OwnPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.Contains(path, "\\") {
		return "/"
	}
	return path
}
