// Package approving is the part of the API about approval: rounds, reviews, links
// for clients, certificates and the audit trail.
package approving

import (
	"keur/api/rest"
	"keur/approval"
	"keur/approval/certificates"
	"keur/mailings"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Mailings     *mailings.Store
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	s.roundOperations()
	faces{s}.faceOperations()
	s.reviewOperations()
	s.auditOperations()
}
