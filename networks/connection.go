package networks

import (
	"slices"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
)

// ConnectionID names a connection.
type ConnectionID int

// Connection is a label's account at a network. Transactions are known by it
// and by the network's own numbers, so an account has one connection, whatever
// labels share it: what a sub-id leads to is booked on the label that mailed.
type Connection struct {
	ID        ConnectionID `db:"id" json:"id" readOnly:"true"`
	LabelID   labels.ID    `db:"label_id" json:"label_id" readOnly:"true"`
	Network   string       `db:"network" json:"network" enum:"awin,tradetracker,daisycon,cj,impact,tradedoubler,partnerize,other"`
	Name      string       `db:"name" json:"name"`
	Publisher string       `db:"publisher_ref" json:"publisher_ref,omitempty"`
	Barred    bool         `db:"links_barred" json:"links_barred,omitempty" doc:"Its terms forbid that a program follows its links: they aren't checked"`
	Version   int          `db:"version" json:"version" readOnly:"true"`
	CreatedAt time.Time    `db:"created_at" json:"created_at" readOnly:"true"`
}

// Known returns the networks that a connection may be with; other is any that
// Keur has no adapter for.
func Known() []string {
	return []string{"awin", "tradetracker", "daisycon", "cj", "impact", "tradedoubler", "partnerize", "other"}
}

// Validate returns everything that is wrong with the connection.
func (c Connection) Validate() error {
	var wrong fault.List
	if !slices.Contains(Known(), c.Network) {
		wrong.Add("network", "campaigns.network")
	}
	if !form.Name(c.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if !form.Line(c.Publisher, form.MaxName) {
		wrong.Add("publisher_ref", "networks.text", "most", form.MaxName)
	}
	return wrong.Err()
}
