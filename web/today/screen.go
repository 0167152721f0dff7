// Package today is the page that a working day opens on: what waits for the user,
// what goes out, and what is behind its promise.
package today

import (
	"embed"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/changes"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/delivery"
	"keur/mailings"
	"keur/members"
	"keur/networks/news"
	"keur/reports"
	"keur/requests"
	"keur/scheduler"
	"keur/tracking"
	"keur/web/desk"
	"keur/web/desk/alarmed"
	"keur/web/desk/earned"
	"keur/web/desk/entries"
	"keur/web/desk/reviews"
	"keur/web/desk/tickets"
	"keur/webhooks"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "today", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Approval  *approval.Engine
	Campaigns *campaigns.Store
	Proposals *changes.Store
	Ledger    *delivery.Ledger
	Mailings  *mailings.Store
	Sends     *mailings.Sends
	News      *news.Store
	Targets   *targets.Store
	Reports   *reports.Store
	Requests  *requests.Store
	Earned    earned.Reader

	Claims      *claims.Store
	Conversions *conversions.Store
	Payments    *payments.Store
	Control     *scheduler.Control

	Accounts *accounts.Store
	Erasures *members.Erasures
	Webhooks *webhooks.Sender

	Alarms   alarmed.Reader
	Reported *tracking.Reports
	Entries  entries.Reader
	Reviews  reviews.Reader
	Tickets  tickets.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.todayRoutes()
}
