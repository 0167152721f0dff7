// Package affiliate is the part of the API about affiliate networks: a label's
// connections to them, their programmes, feeds of products, the transactions that they report, and
// what comes of these per mailing, campaign and advertiser.
package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/labels"
	"keur/members"
	"keur/networks"
	"keur/networks/files"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/reports"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Connections *networks.Store
	Files       *files.Store
	Conversions *conversions.Store
	Claims      *claims.Store
	Sender      *claims.Sender
	Members     *members.Store
	Payments    *payments.Store
	Poller      *networks.Poller
	Programmes  *programmes.Store
	Material    *material.Store
	News        *news.Store
	Feeds       *products.Feeds
	Products    *products.Store
	Picker      *products.Picker
	Campaigns   *campaigns.Store
	Labels      *labels.Store
	Reports     *reports.Store
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	s.connectionOperations()
	s.pollingOperations()
	(&mappings{s}).register()
	(&listings{s}).register()
	(&items{s}).register()
	(&bulletins{s}).register()
	(&sold{s}).register()
	s.conversionOperations()
	(&cases{s}).register()
	(&billing{s}).register()
}

// ofConnection demands one of the roles for the label of the connection in the path.
func (s *Resources) ofConnection(roles ...accounts.Role) rest.Access {
	return rest.Of("connection", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		c, err := s.Connections.Get(ctx, networks.ConnectionID(id))
		return c.LabelID, err
	})
}

// ofConversion demands one of the roles for the label of the conversion in the path.
func (s *Resources) ofConversion(roles ...accounts.Role) rest.Access {
	return rest.Of("conversion", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		c, err := s.Conversions.Get(ctx, conversions.ID(id))
		return c.Label, err
	})
}
