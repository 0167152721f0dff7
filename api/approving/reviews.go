package approving

import (
	"context"
	"net/http"

	"keur/accounts"
	"keur/api/rest"
	"keur/approval"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/mailings"
)

// ReviewPath names a review.
type ReviewPath struct {
	Review approval.ReviewID `path:"review"`
}

func (s *Resources) reviewOperations() {
	const tag = "Approval"
	looks, approves := rest.OfReview(s.Approval, s.Mailings, accounts.Viewer), rest.OfReview(s.Approval, s.Mailings, accounts.Approver)
	rest.Register(s.Kit, tag, rest.Read("/reviews", "List the reviews whose turn it is, the most urgent first",
		rest.Anywhere(accounts.Viewer)), s.listReviews)
	rest.Register(s.Kit, tag, rest.Read("/reviews/{review}", "Read a review with its round", looks), s.getReview)
	rest.Register(s.Kit, tag, rest.Act("/reviews/{review}/approve", "Approve what you have seen", approves), s.approve)
	rest.Register(s.Kit, tag, rest.Act("/reviews/{review}/request-changes", "Send a mailing back to its makers", approves),
		s.requestChanges)
	rest.Register(s.Kit, tag, rest.Act("/reviews/{review}/waive", "Go on without the client, where the policy lets you",
		rest.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver)).Needs(accounts.ScopeApprove), s.waive)
	remind := rest.Act("/reviews/{review}/remind", "Remind those whose turn it is ahead of the policy; each step once",
		rest.OfReview(s.Approval, s.Mailings, accounts.Planner, accounts.Approver))
	remind.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, remind, s.remind)
	rest.Register(s.Kit, tag, rest.Read("/reviews/{review}/links", "List the links that were given to a client", looks), s.listReviewLinks)
	rest.Register(s.Kit, tag, rest.Create("/reviews/{review}/links",
		"Mail a contact a new link to approve by, in the place of those that they have; nobody else sees it",
		rest.OfReview(s.Approval, s.Mailings, accounts.Planner)), s.issueLink)
	rest.Register(s.Kit, tag, rest.Remove("/reviews/{review}/links/{link}", "Take a link back",
		rest.OfReview(s.Approval, s.Mailings, accounts.Planner)), s.revokeLink)
}

func (s *Resources) listReviews(ctx context.Context, in *struct {
	rest.Paging
	Step       approval.Step          `query:"step" enum:"maker,client,colleague,lead"`
	Advertiser campaigns.AdvertiserID `query:"advertiser"`
},
) (*rest.Answer[paging.Page[approval.Review]], error) {
	f := approval.Filter{Labels: rest.Seen(ctx), Step: in.Step, Advertiser: in.Advertiser}
	return rest.Answered(s.Approval.Open(ctx, f, in.Ask()))
}

// reviewed is a review with the round that it is a step of.
type reviewed struct {
	Review approval.Review `json:"review"`
	Round  approval.Round  `json:"round"`
}

func (s *Resources) getReview(ctx context.Context, in *ReviewPath) (*rest.Answer[reviewed], error) {
	review, round, err := s.Approval.Review(ctx, in.Review)
	if err == nil {
		err = coarsen(ctx, s.Mailings, round.MailingID, &round)
	}
	return rest.Answered(reviewed{review, round}, err)
}

func (s *Resources) approve(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		Digest mailings.Digest `json:"digest" doc:"Of the revision that you have seen"`
		For    accounts.UserID `json:"deputy_for_id,omitempty" doc:"The user who is away and has you as deputy"`
	}
},
) (*rest.Answer[approval.Round], error) {
	given := approval.Given{Digest: in.Body.Digest, For: in.Body.For}
	return rest.Answered(s.Approval.Approve(ctx, in.Review, given, rest.Caller(ctx).ID))
}

func (s *Resources) requestChanges(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		Digest mailings.Digest `json:"digest" doc:"Of the revision that you have seen"`
		Reason string          `json:"reason"`
		For    accounts.UserID `json:"deputy_for_id,omitempty" doc:"The user who is away and has you as deputy"`
	}
},
) (*rest.Answer[approval.Round], error) {
	given := approval.Given{Digest: in.Body.Digest, Reason: in.Body.Reason, For: in.Body.For}
	return rest.Answered(s.Approval.RequestChanges(ctx, in.Review, given, rest.Caller(ctx).ID))
}

func (s *Resources) waive(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		Reason string `json:"reason"`
	}
},
) (*rest.Answer[approval.Round], error) {
	return rest.Answered(s.Approval.Waive(ctx, in.Review, approval.Given{Reason: in.Body.Reason}, rest.Caller(ctx).ID))
}

func (s *Resources) remind(ctx context.Context, in *ReviewPath) (*rest.Nothing, error) {
	return rest.Done(s.Approval.Reminders.Send(ctx, in.Review))
}

func (s *Resources) listReviewLinks(ctx context.Context, in *ReviewPath) (*rest.Answer[paging.Page[approval.Link]], error) {
	return rest.Whole(s.Approval.Links.List(ctx, in.Review))
}

// issueLink doesn't answer with the link itself, which only its contact is to know.
func (s *Resources) issueLink(ctx context.Context, in *struct {
	ReviewPath
	Body struct {
		ContactID campaigns.ContactID `json:"contact_id"`
		Note      string              `json:"note,omitempty" maxLength:"1000" doc:"Your own words to the contact, in the letter with the link"`
	}
},
) (*rest.Answer[approval.Link], error) {
	return rest.Answered(s.Approval.Links.Issue(ctx, in.Review, in.Body.ContactID, in.Body.Note))
}

func (s *Resources) revokeLink(ctx context.Context, in *struct {
	ReviewPath
	Link int64 `path:"link"`
},
) (*rest.Nothing, error) {
	return rest.Done(s.Approval.Links.Revoke(ctx, in.Review, in.Link))
}
