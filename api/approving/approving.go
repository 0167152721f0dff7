// Package approving is the part of the API about approval: rounds, reviews, links
// for clients, certificates and the audit trail.
package approving

import (
	"keur/api/rest"
	"keur/approval"
	"keur/approval/certificates"
	"keur/authors"
	"keur/campaigns"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Mailings     *mailings.Store

	Parts     *authors.Store
	Templates *templates.Store
	Segments  *segments.Store
	Campaigns *campaigns.Store
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	s.roundOperations()
	faces{s}.faceOperations()
	s.reviewOperations()
	parts{s}.partOperations()
	s.auditOperations()
}
