// Package web is the staff's door: the desk on which account managers plan,
// approve and follow mailings all day. Pages are rendered here; script only
// makes them handier.
package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/certificates"
	"keur/campaigns"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/spamd"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/reports"
	"keur/requests"
	"keur/scheduler"
	"keur/segments"
	"keur/templates"
	"keur/tracking"
)

// Deps are what the desk stands on.
type Deps struct {
	DB    *sqlx.DB
	Log   *slog.Logger
	Clock clock.Clock

	Labels       *labels.Store
	Routes       *labels.Routes
	DKIMKeys     *labels.DKIMKeys
	Accounts     *accounts.Store
	Gate         *accounts.Gate
	Factors      *accounts.Factors
	Providers    *accounts.Providers
	Advertisers  *campaigns.Advertisers
	Campaigns    *campaigns.Store
	Creatives    *campaigns.Creatives
	Vouchers     *campaigns.Vouchers
	Members      *members.Store
	Importer     *imports.Importer
	Uploads      *imports.Uploads
	Requests     *requests.Store
	Segments     *segments.Store
	Audiences    *segments.Engine
	Templates    *templates.Store
	Compiler     *templates.Compiler
	Mailings     *mailings.Store
	Composer     *mailings.Composer
	Reach        *mailings.Reach
	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Proofs       *delivery.Proofs
	Ledger       *delivery.Ledger
	Scheduler    *scheduler.Scheduler
	Reports      *reports.Store

	// TryRoute tries an SMTP route for real, and sends the letter if there is one.
	TryRoute  func(ctx context.Context, r labels.Route, letter *delivery.Message) []smtp.Step
	LookupTXT func(ctx context.Context, name string) ([]string, error) // asks DNS; a not found fault if there is nothing
	TokenKeys *tracking.Keys
	Spam      *spamd.Client // judges mails; nil where no spam checker is configured

	URL    string // where staff reach the desk, such as https://keur.shop.nl
	Secure bool   // the desk is reached over TLS, also when a proxy ends it
}

// Desk is the door. It serves HTTP until Stop.
type Desk struct {
	http.Handler
	stop context.CancelFunc
}

// Stop ends the live parts of pages that are open, which would else keep a
// server from stopping.
func (d *Desk) Stop() { d.stop() }

// door answers requests.
type door struct {
	Deps
	book   *words.Book
	pages  *pages
	assets *assets
	open   context.Context // until the desk stops; live parts end with it
}

// New returns the desk. Returns an error if a page or message it came with
// can't be read.
func New(deps Deps) (*Desk, error) {
	d, stop, err := newDoor(deps)
	if err != nil {
		return nil, err
	}
	return &Desk{Handler: d.handler(d.routes()), stop: stop}, nil
}

func newDoor(deps Deps) (*door, context.CancelFunc, error) {
	book, err := words.Open()
	if err != nil {
		return nil, nil, err
	}
	files, err := openAssets()
	if err != nil {
		return nil, nil, err
	}
	sheets, err := newPages(book, files, deps.Clock)
	if err != nil {
		return nil, nil, err
	}
	open, stop := context.WithCancel(context.Background())
	return &door{Deps: deps, book: book, assets: files, pages: sheets, open: open}, stop, nil
}

// handler answers on the routes.
func (d *door) handler(routes []route) http.Handler {
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil) // sign-ins are counted by the address that connects
	engine.HandleMethodNotAllowed = true
	engine.Use(d.recovered, d.secured)
	engine.GET("/assets/:version/*file", d.assets.serve)
	for _, r := range routes {
		engine.Handle(r.method, r.path, d.enter(r))
	}
	engine.NoRoute(d.enter(route{handle: func(*visit) error { return notHere() }}))
	engine.NoMethod(d.enter(route{handle: func(*visit) error { return notHere() }}))
	return crossOrigin(engine)
}
