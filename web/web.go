// Package web is the desk on which account managers plan,
// approve and follow mailings all day. Pages are rendered here; script only
// makes them handier.
package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/approval"
	"keur/approval/certificates"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/changes"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/hunspell"
	"keur/internal/spamd"
	"keur/internal/words"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/uploads"
	"keur/networks"
	"keur/networks/material"
	"keur/networks/products"
	"keur/reports"
	"keur/requests"
	"keur/scheduler"
	"keur/segments"
	"keur/templates"
	"keur/tracking"
	"keur/web/desk"
	"keur/webhooks"
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
	Changes      *changes.Store
	SignIns      *accounts.SignIns
	Factors      *accounts.Factors
	Passkeys     *passkeys.Store
	Providers    *accounts.Providers
	Sessions     *accounts.Sessions
	Tokens       *accounts.Tokens
	Advertisers  *campaigns.Advertisers
	Connections  *networks.Store
	Conversions  *conversions.Store
	Poller       *networks.Poller
	Products     *products.Feeds
	Campaigns    *campaigns.Store
	Targets      *targets.Watch
	Claims       *claims.Store
	Creatives    *campaigns.Creatives
	Vouchers     *campaigns.Vouchers
	Members      *members.Store
	Consents     *members.Consents
	Erasures     *members.Erasures
	Importer     *imports.Importer
	Uploads      *uploads.Store
	Requests     *requests.Store
	Segments     *segments.Store
	Audiences    *segments.Engine
	Templates    *templates.Store
	Compiler     *templates.Compiler
	Mailings     *mailings.Store
	Sends        *mailings.Sends
	Feeds        *mailings.Feeds
	Composer     *mailings.Composer
	Reach        *mailings.Reach
	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Proofs       *delivery.Proofs
	Ledger       *delivery.Ledger
	Scheduler    *scheduler.Scheduler
	Reports      *reports.Store

	// TryRoute tries an SMTP route for real, a direct one at the servers of the domain,
	// and sends the letter if there is one.
	TryRoute  func(ctx context.Context, r labels.Route, domain string, letter *delivery.Message) []smtp.Step
	Records   *domains.Watch
	TokenKeys *tracking.Keys
	Webhooks  *webhooks.Sender
	Ring      *tracking.Keyring // reads the sub-ids that networks hand back
	Fetch     material.Fetch    // gets a picture of a network's, as other pictures of elsewhere
	Spam      *spamd.Client     // judges mails; nil where no spam checker is configured
	Hunspell  *hunspell.Checker // looks words up

	URL    string // where staff reach the desk, such as https://keur.shop.nl
	Secure bool   // the desk is reached over TLS, also when a proxy ends it

	Screens *desk.Screens // of ReadScreens; nil: the desk reads its own
}

// Desk serves HTTP until Stop.
type Desk struct {
	http.Handler
	desk *desk.Desk
}

// Stop ends the live parts of pages that are open, which would else keep a
// server from stopping.
func (d *Desk) Stop() { d.desk.Stop() }

// New returns the desk. Returns an error if a page or message it came with
// can't be read.
func New(deps Deps) (*Desk, error) {
	kit, err := newKit(deps)
	if err != nil {
		return nil, err
	}
	return &Desk{Handler: kit.Handler(routes(deps)), desk: kit}, nil
}

func newKit(deps Deps) (*desk.Desk, error) {
	screens := deps.Screens
	if screens == nil {
		var err error
		if screens, err = ReadScreens(deps.Clock); err != nil {
			return nil, err
		}
	}
	return desk.New(desk.Parts{
		Log: deps.Log, Clock: deps.Clock, Labels: deps.Labels, Accounts: deps.Accounts, Sessions: deps.Sessions,
		Prover: accounts.NewProver(deps.SignIns), Passkeys: deps.Passkeys,
		Approval: deps.Approval, URL: deps.URL, Secure: deps.Secure,
	}, screens)
}

// ReadScreens reads what desks show, with the time by the clock, for several
// desks to share: to make all pages ready takes seconds.
func ReadScreens(now clock.Clock) (*desk.Screens, error) { return desk.Read(now, folders()...) }

// Messages are what the desk says, in every language.
func Messages() (*words.Book, error) { return desk.Messages(folders()...) }
