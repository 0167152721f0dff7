// Package desk is the kit that the screens of the desk share: a request with
// its user, label and language, forms, lists, pages and their parts, messages
// that follow a form, server-sent events, and who may take which route.
//
// A screen is a folder under web: a struct that holds the stores it uses, whose
// methods answer routes, with its pages and messages beside them. It imports
// this kit and rooms, and never another screen.
package desk

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/approval"
	"keur/internal/clock"
	"keur/internal/trace"
	"keur/internal/words"
	"keur/labels"
)

// Parts are what the kit itself stands on.
type Parts struct {
	Log      *slog.Logger
	Clock    clock.Clock
	Labels   *labels.Store
	Accounts *accounts.Store
	Sessions *accounts.Sessions
	Prover   *accounts.Prover
	Passkeys *passkeys.Store
	Approval *approval.Engine

	URL    string // where staff reach the desk, such as https://keur.shop.nl
	Secure bool   // the desk is reached over TLS, also when a proxy ends it
}

// Screens are the messages and pages of screens, as read. Desks may share them:
// nobody changes them, and each page is made ready once, by whoever first asks
// for it.
type Screens struct {
	book  *words.Book
	pages *pages
}

// Folder is a screen's pages (*.html), the parts that only they use
// (parts/*.html) and its messages (messages.toml). Its name is that of the
// screen: the page content.html of the folder mailing is mailing/content.
type Folder struct {
	Name  string
	Files fs.FS
}

// Desk answers requests to the routes of its screens.
type Desk struct {
	Parts
	book   *words.Book
	pages  *pages
	assets *assets
	open   context.Context // until the desk stops; live parts end with it
	stop   context.CancelFunc
}

//go:embed *.html parts messages
var files embed.FS

// Read reads screens, whose pages tell the time by the clock. Returns an error
// if a message can't be read.
func Read(now clock.Clock, folders ...Folder) (*Screens, error) {
	book, err := Messages(folders...)
	if err != nil {
		return nil, err
	}
	assets, err := openAssets()
	if err != nil {
		return nil, err
	}
	pages, err := newPages(book, assets, now, append([]Folder{{Name: "desk", Files: files}}, folders...))
	return &Screens{book, pages}, err
}

// New returns a desk of these screens.
func New(parts Parts, screens *Screens) (*Desk, error) {
	assets, err := openAssets()
	if err != nil {
		return nil, err
	}
	d := &Desk{Parts: parts, book: screens.book, pages: screens.pages, assets: assets}
	d.open, d.stop = context.WithCancel(context.Background())
	return d, nil
}

// Messages returns what the screens say, with what the kit says.
func Messages(screens ...Folder) (*words.Book, error) {
	folders := []fs.FS{files}
	for _, s := range screens {
		folders = append(folders, s.Files)
	}
	return words.Open(folders...)
}

// Stop ends the live parts of pages that are open, which would else keep a
// server from stopping.
func (d *Desk) Stop() { d.stop() }

// Handler answers on the routes, with the headers that hold for every answer.
func (d *Desk) Handler(routes []Route) http.Handler {
	gin.SetMode(gin.ReleaseMode) // our own log is the log
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil) // where a request comes from is known before it is here
	engine.HandleMethodNotAllowed = true
	engine.Use(traced, d.recovered, d.secured)
	engine.GET("/assets/:version/*file", d.assets.serve)
	for _, r := range routes {
		engine.Handle(r.Method, r.Path, d.enter(r))
	}
	engine.NoRoute(d.enter(Route{Handle: func(*Exchange) error { return NotHere() }}))
	engine.NoMethod(d.enter(Route{Handle: func(*Exchange) error { return NotHere() }}))
	return crossOrigin(engine)
}

// traced tells which route answered, where requests are traced.
func traced(c *gin.Context) {
	c.Next()
	trace.Answered(c.Request.Context(), c.FullPath(), c.Writer.Status())
}

// enter lets those in whom a route is for, and turns what goes wrong into a page.
func (d *Desk) enter(r Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		x := &Exchange{
			desk: d, Request: c.Request, Writer: c.Writer, context: c,
			Say: d.book.In(words.Preferred(c.GetHeader("Accept-Language"))),
		}
		err := x.admit(r.Access)
		if err == nil && !c.Writer.Written() {
			err = r.Handle(x)
		}
		if err != nil {
			x.fail(err)
		}
	}
}

// recovered answers with a page when a handler panics.
func (d *Desk) recovered(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			d.Log.Error("desk panicked", "route", c.FullPath(), "cause", cause)
			if !c.Writer.Written() {
				d.enter(Route{Access: Strangers(), Handle: func(*Exchange) error { return errors.New("panicked") }})(c)
			}
		}
	}()
	c.Next()
}
