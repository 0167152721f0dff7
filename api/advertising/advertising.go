// Package advertising is the part of the API about advertisers: their campaigns,
// creatives, tracking links, where these lead, and voucher codes.
package advertising

import (
	"keur/api/rest"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/reports"
)

// Resources hold what the operations read and change.
type Resources struct {
	Kit *rest.Kit

	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
	Creatives   *campaigns.Creatives
	Links       *campaigns.Links
	Reports     *reports.Store
	Targets     *targets.Watch
	Vouchers    *campaigns.Vouchers
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	(&creativeResource{s}).creativeOperations()
	(&linkResource{s}).linkOperations()
	(&targetResource{s}).targetOperations()
	(&voucherResource{s}).voucherOperations()
	(&campaignResource{s}).campaignOperations()
	(&advertiserResource{s}).advertiserOperations()
}

// Each kind of thing has its operations on a type of its own.
type (
	advertiserResource struct{ *Resources }
	campaignResource   struct{ *Resources }
	creativeResource   struct{ *Resources }
	linkResource       struct{ *Resources }
	targetResource     struct{ *Resources }
	voucherResource    struct{ *Resources }
)
