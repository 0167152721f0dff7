// Package payment holds the pages of what is paid: what is owed beside what was
// approved, and payments of networks and invoices to advertisers.
package payment

import (
	"embed"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions/payments"
	"keur/labels"
	"keur/networks"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var pages embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "payment", Files: pages} }

// Screen holds what its pages read and change.
type Screen struct {
	Advertisers *campaigns.Advertisers
	Connections *networks.Store
	Payments    *payments.Store
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	bills, of := desk.WithMoney(desk.Under(accounts.Finance)), desk.WithMoney(s.of())
	return []desk.Route{
		desk.Get("/payments", bills, s.list),
		desk.Get("/payments/owed", bills, s.owed),
		desk.Get("/payments/new", bills, s.asked),
		desk.Post("/payments/new", bills, s.create),
		desk.Get("/payments/:payment", of, s.one),
		desk.Post("/payments/:payment", of, s.change),
		desk.Post("/payments/:payment/remove", of, s.remove),
	}
}

// of demands who bills for the label of the payment in the path.
func (s *Screen) of() desk.Access {
	return desk.Of("payment", []accounts.Role{accounts.Finance}, func(x *desk.Exchange, id int64) (payments.Payment, labels.ID, error) {
		p, err := s.Payments.Get(x.Context(), payments.ID(id))
		return p, p.Label, err
	})
}
