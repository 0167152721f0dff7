// Package advertising is the part of the API about advertisers: their campaigns,
// creatives, tracking links and voucher codes.
package advertising

import (
	"keur/api/rest"
	"keur/campaigns"
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
	Vouchers    *campaigns.Vouchers
}

// Register adds the operations to the API.
func (s *Resources) Register() {
	(&creativeResource{s}).creativeOperations()
	(&linkResource{s}).linkOperations()
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
	voucherResource    struct{ *Resources }
)
