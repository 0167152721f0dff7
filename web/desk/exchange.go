package desk

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
)

// Exchange is one HTTP request to the desk with its response (RFC 9110, 3.3):
// who makes it, in which language, about which label.
type Exchange struct {
	Request *http.Request
	Writer  gin.ResponseWriter
	Say     words.Speaker
	User    accounts.User  // nobody for a stranger
	Label   *labels.Label  // which the page is about; nil: none in particular
	Sees    []labels.Label // all that the user may look at
	Theme   accounts.Theme // how the user likes the desk; "": as their machine
	Caution string         // what stands above every page of a screen, while it holds

	desk    *Desk
	context *gin.Context
	likes   accounts.Preferences // of the user
	flash   string               // what the page says was done before
	refused bool                 // the page answers a form that wasn't taken
	found   any                  // what the guard looked up; see Found
	guard   func(*Exchange) error
	chose   bool        // the address chose the label
	sharing []labels.ID // which labels have what the guard looked up, where it isn't one's own
}

// Context is the request's, with the user as the one who acts.
func (x *Exchange) Context() context.Context { return x.Request.Context() }

// Now is the time by the desk's clock.
func (x *Exchange) Now() time.Time { return x.desk.Clock.Now() }

// Log is where the desk writes what people can't help.
func Log(x *Exchange) *slog.Logger { return x.desk.Log }

// Book holds the messages in every language, for what is said to others than
// the user.
func Book(x *Exchange) *words.Book { return x.desk.book }

// Param returns a part of the path by its name in the route.
func (x *Exchange) Param(name string) string { return x.context.Param(name) }

// Query returns a value of the address, or "".
func (x *Exchange) Query(name string) string { return x.context.Query(name) }

// Cookie returns a cookie's value, or http.ErrNoCookie.
func (x *Exchange) Cookie(name string) (string, error) { return x.context.Cookie(name) }

// ID reads an id in the path. One that can't be is one that doesn't exist.
func (x *Exchange) ID(name string) (int64, error) {
	id, err := strconv.ParseInt(x.Param(name), 10, 64)
	if err != nil || id < 1 {
		return 0, NotHere()
	}
	return id, nil
}

// Header sets a header of the response.
func (x *Exchange) Header(name, value string) { x.Writer.Header().Set(name, value) }

// Send answers with bytes of a media type.
func (x *Exchange) Send(status int, kind string, body []byte) { x.context.Data(status, kind, body) }

// JSON answers with a value as JSON.
func (x *Exchange) JSON(status int, value any) { x.context.JSON(status, value) }

// Redirect sends the browser on.
func (x *Exchange) Redirect(status int, path string) { x.context.Redirect(status, path) }

// Partial reports whether script asks for a part of a page to put into it.
func (x *Exchange) Partial() bool { return x.Request.Header.Get("HX-Request") == "true" }

// GoTo sends the browser on after a form was taken: script is told to go there,
// too.
func (x *Exchange) GoTo(path string) error {
	if x.Partial() {
		x.Header("HX-Redirect", path)
		x.context.Status(http.StatusNoContent)
		return nil
	}
	x.Redirect(http.StatusSeeOther, path)
	return nil
}

// Can reports whether the user may act in the role for the page's label.
func (x *Exchange) Can(role accounts.Role) bool {
	return x.Label != nil && x.User.Can(x.Label.ID, role)
}

// Discreet makes a figure about the label's members such as the user may be
// told; see segments.Discreet.
func Discreet(x *Exchange, figure interface{ Discreet() error }) error {
	if x.Label != nil && x.User.CountsExactly(x.Label.ID) {
		return nil
	}
	return figure.Discreet()
}

// Kept makes the counts that are kept with a thing of the label such as the user
// may be told; see segments.Coarsen.
func Kept(x *Exchange, thing interface{ Coarsen() }) {
	if x.Label == nil || !x.User.CountsExactly(x.Label.ID) {
		thing.Coarsen()
	}
}

// Few returns in words that a figure is too small to be told, or "".
func Few(x *Exchange, err error) string {
	if problem, is := AsFault(err); is && problem.Kind == fault.Forbidden {
		return x.Say.Sentence(problem.Message)
	}
	return ""
}

// Zone is the label's, in which its moments are shown.
func (x *Exchange) Zone() *time.Location {
	if x.Label == nil {
		return time.UTC
	}
	return x.Label.Location()
}

// About makes the page one about a label, for routes whose path names something
// of it. Returns a not found fault if the user doesn't see that label.
func (x *Exchange) About(id labels.ID) error {
	at := slices.IndexFunc(x.Sees, func(l labels.Label) bool { return l.ID == id })
	if at < 0 {
		return NotHere()
	}
	x.Label = &x.Sees[at]
	return nil
}

// Known are the labels that are there for the user.
func Known(x *Exchange) []labels.ID {
	ids := []labels.ID{}
	for _, l := range x.Sees {
		ids = append(ids, l.ID)
	}
	return ids
}

// Seen are the labels that the user may look at: of others only members are theirs.
func (x *Exchange) Seen() []labels.ID {
	return slices.DeleteFunc(Known(x), func(id labels.ID) bool { return !x.User.Can(id, accounts.Viewer) })
}

// Serves reports whether the user answers members of the label.
func Serves(x *Exchange, label labels.ID) bool {
	return x.User.Can(label, accounts.Planner) || x.User.Can(label, accounts.Service)
}

// LabelOf returns one of the labels that are there for the user.
func (x *Exchange) LabelOf(id labels.ID) labels.Label {
	for _, l := range x.Sees {
		if l.ID == id {
			return l
		}
	}
	return labels.Label{TimeZone: time.UTC.String()}
}

// Approves are the labels whose mailings the user may approve.
func Approves(x *Exchange) []labels.ID {
	return slices.DeleteFunc(x.Seen(), func(id labels.ID) bool { return !x.User.Can(id, accounts.Approver) })
}

// LastZone is the zone of the label chosen last, for pages about no label. Where
// none is, it is the one that all labels share, or else UTC.
func LastZone(x *Exchange) *time.Location {
	if chosen := ChosenLabel(x); chosen != nil {
		return chosen.Location()
	}
	shared := ""
	for _, l := range x.Sees {
		if shared != "" && l.TimeZone != shared {
			return time.UTC
		}
		shared = l.TimeZone
	}
	return labels.Label{TimeZone: shared}.Location()
}

// RemoteIP is the address of the browser, as trusted proxies tell it.
func RemoteIP(x *Exchange) string { return x.context.RemoteIP() }

// AddParam says what a part of the path would have said, before a handler is
// called that reads it.
func AddParam(x *Exchange, name, value string) { x.context.AddParam(name, value) }

// Icons returns the names of all icons, in order.
func Icons(x *Exchange) []string { return x.desk.assets.iconNames() }

// Address is the whole address of a path, by the name under which the browser
// reached the desk.
func Address(x *Exchange, path string) string {
	scheme := "http"
	if x.desk.Secure {
		scheme = "https"
	}
	return scheme + "://" + x.Request.Host + path
}

// ProviderCallback is where an OpenID provider sends the browser back to.
func ProviderCallback(x *Exchange, id accounts.ProviderID) string {
	return x.desk.URL + "/signin/oidc/" + Itoa(id) + "/callback"
}

// Origin is where the browser is, for sessions and tries to sign in.
func Origin(x *Exchange) accounts.Origin {
	devices, _ := x.Cookie(deviceCookieName(x)) // none: no browser that we know
	return accounts.Origin{Address: RemoteIP(x), UserAgent: x.Request.UserAgent(), Devices: devices}
}

// NotHere is what a user gets for what doesn't exist, or not for them.
func NotHere() error { return fault.New(fault.NotFound, "accounts.not_for_you") }

// Hidden is the error, but for what doesn't exist NotHere: what isn't there and
// what isn't theirs are met alike.
func Hidden(err error) error {
	if fault.Is(err, fault.NotFound) {
		return NotHere()
	}
	return err
}

// Itoa writes an id.
func Itoa[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// Bind makes a handler's method that needs the exchange into a function that
// has it, for those who only know of lists and rows.
func Bind[A, B any](x *Exchange, of func(*Exchange, A) (B, error)) func(A) (B, error) {
	return func(a A) (B, error) { return of(x, a) }
}
