package api

import (
	"context"
	"net/http"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
)

// ReviewPath names a review.
type ReviewPath struct {
	Review approval.ReviewID `path:"review"`
}

func (d *door) reviewOperations() {
	const tag = "Approval"
	looks, approves := ofReview(accounts.Viewer), ofReview(accounts.Approver)
	register(d, tag, read("/reviews", "List the reviews whose turn it is, the most urgent first", anywhere(accounts.Viewer)), d.listReviews)
	register(d, tag, read("/reviews/{review}", "Read a review with its round", looks), d.getReview)
	register(d, tag, act("/reviews/{review}/approve", "Approve what you have seen", approves), d.approve)
	register(d, tag, act("/reviews/{review}/request-changes", "Send a mailing back to its makers", approves), d.requestChanges)
	register(d, tag, act("/reviews/{review}/waive", "Go on without the client, where the policy allows it", approves), d.waive)
	remind := act("/reviews/{review}/remind", "Remind those whose turn it is ahead of the policy; each step once", ofReview(accounts.Planner, accounts.Approver))
	remind.status = http.StatusNoContent
	register(d, tag, remind, d.remind)
	register(d, tag, read("/reviews/{review}/links", "List the links that were given to a client", looks), d.listReviewLinks)
	register(d, tag, create("/reviews/{review}/links", "Mail a contact a new link to approve by; nobody else sees it", ofReview(accounts.Planner)), d.issueLink)
	register(d, tag, remove("/reviews/{review}/links/{link}", "Take a link back", ofReview(accounts.Planner)), d.revokeLink)
}

func (d *door) listReviews(ctx context.Context, in *struct {
	Paging
	Step       approval.Step          `query:"step" enum:"maker,client,colleague,lead"`
	Advertiser campaigns.AdvertiserID `query:"advertiser"`
},
) (*answer[paging.Page[approval.Review]], error) {
	f := approval.Filter{Labels: seen(ctx), Step: in.Step, Advertiser: in.Advertiser}
	return answered(d.Approval.Open(ctx, f, in.ask()))
}

// reviewed is a review with the round that it is a step of.
type reviewed struct {
	Review approval.Review `json:"review"`
	Round  approval.Round  `json:"round"`
}

func (d *door) getReview(ctx context.Context, in *ReviewPath) (*answer[reviewed], error) {
	review, round, err := d.Approval.Review(ctx, in.Review)
	return answered(reviewed{review, round}, err)
}

func (d *door) approve(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		Digest mailings.Digest `json:"digest" doc:"Of the revision that you have seen"`
	}
},
) (*answer[approval.Round], error) {
	return answered(d.Approval.Approve(ctx, in.Review, in.Body.Digest, caller(ctx).ID))
}

func (d *door) requestChanges(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		Digest mailings.Digest `json:"digest" doc:"Of the revision that you have seen"`
		Reason string          `json:"reason"`
	}
},
) (*answer[approval.Round], error) {
	return answered(d.Approval.RequestChanges(ctx, in.Review, in.Body.Digest, in.Body.Reason, caller(ctx).ID))
}

func (d *door) waive(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		Reason string `json:"reason"`
	}
},
) (*answer[approval.Round], error) {
	return answered(d.Approval.Waive(ctx, in.Review, in.Body.Reason, caller(ctx).ID))
}

func (d *door) remind(ctx context.Context, in *ReviewPath) (*nothing, error) {
	return done(d.Approval.Remind(ctx, in.Review))
}

func (d *door) listReviewLinks(ctx context.Context, in *ReviewPath) (*answer[paging.Page[approval.Link]], error) {
	return whole(d.Approval.Links(ctx, in.Review))
}

// issueLink doesn't answer with the link itself, which only its contact is to know.
func (d *door) issueLink(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		ContactID campaigns.ContactID `json:"contact_id"`
	}
},
) (*answer[approval.Link], error) {
	return answered(d.Approval.IssueLink(ctx, in.Review, in.Body.ContactID))
}

func (d *door) revokeLink(ctx context.Context, in *struct {
	ReviewPath
	Link int64 `path:"link"`
},
) (*nothing, error) {
	return done(d.Approval.RevokeLink(ctx, in.Review, in.Link))
}
