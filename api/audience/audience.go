// Package audience is the part of the API about members: who they are, what they
// consented to, how they are imported, and segments of them.
package audience

import (
	"keur/api/rest"
	"keur/internal/clock"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/members/signups"
	"keur/reports"
	"keur/segments"
	"keur/tracking"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Audiences *segments.Engine
	Clock     clock.Clock
	Consents  *members.Consents
	Erasures  *members.Erasures
	Importer  *imports.Importer
	Members   *members.Store
	Reach     *mailings.Reach
	Reports   *reports.Store
	Segments  *segments.Store
	Signups   *signups.Forms
	Trays     *tracking.Trays
	Unfounded *tracking.Unfounded
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	(&erasureResource{s}).erasureOperations()
	(&importResource{s}).importOperations()
	(&consentResource{s}).consentOperations()
	(&trayResource{s}).trayOperations()
	(&segmentResource{s}).segmentOperations()
	(&memberResource{s}).memberOperations()
	(&signupResource{s}).signupOperations()
}

// Each kind of thing has its operations on a type of its own.
type (
	consentResource struct{ *Resources }
	erasureResource struct{ *Resources }
	importResource  struct{ *Resources }
	memberResource  struct{ *Resources }
	segmentResource struct{ *Resources }
	signupResource  struct{ *Resources }
	trayResource    struct{ *Resources }
)
