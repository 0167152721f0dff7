// Package sending is the part of the API about what goes out: sends, deliveries
// and outcomes.
package sending

import (
	"keur/api/rest"
	"keur/delivery"
	"keur/mailings"
	"keur/reports"
	"keur/scheduler"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Ledger   *delivery.Ledger
	Mailings *mailings.Store
	Sends    *mailings.Sends
	Reports  *reports.Store
	Control  *scheduler.Control
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	s.sendOperations()
	s.outcomeOperations()
}
