package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/networks"
	"keur/networks/programmes"
)

// ListingPath names a listing.
type ListingPath struct {
	Listing programmes.ListingID `path:"listing"`
}

// listings is what networks say of programmes.
type listings struct{ *Resources }

func (s *listings) register() {
	const tag = "Programmes at networks"
	looks := s.of(accounts.Viewer)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/listings",
		"List the programmes with which a label's accounts at networks have to do", rest.Under(accounts.Viewer)), s.list)
	rest.Register(s.Kit, tag, rest.Read("/listings/{listing}", "Read what a network says of a programme", looks), s.get)
	rest.Register(s.Kit, tag, rest.Read("/listings/{listing}/terms", "List what each group of its transactions pays, and paid", looks),
		s.terms)
	rest.Register(s.Kit, tag, rest.Read("/listings/{listing}/answers", "List what people said of what the network leaves open", looks),
		s.answers)
	rest.Register(s.Kit, tag, rest.Act("/listings/{listing}/answers",
		"Say whether e-mail, cashback or codes may be used where the network leaves it open; it holds while the network says the same",
		s.of(accounts.Planner, accounts.Approver)), s.answer)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/programmes",
		"Let the network be asked for its programmes at once", s.ofConnection(accounts.Planner)), s.now)
}

// of demands one of the roles for the label of the listing in the path.
func (s *listings) of(roles ...accounts.Role) rest.Access {
	return rest.Of("listing", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		l, err := s.Programmes.Get(ctx, programmes.ListingID(id))
		return l.Label, err
	})
}

func (s *listings) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Connection networks.ConnectionID  `query:"connection"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Relation   networks.Relation      `query:"relation" enum:"joined,applied,suspended,rejected,not_joined"`
	Ours       bool                   `query:"ours" doc:"Only those of advertisers that Keur knows"`
	Text       string                 `query:"text" maxLength:"120" doc:"A part of a name, or the network's number"`
	Sort       string                 `query:"sort" enum:"name,oldest"`
},
) (*rest.Answer[paging.Page[programmes.Listing]], error) {
	return rest.Answered(s.Programmes.List(ctx, programmes.Filter{
		Label: in.Label, Connection: in.Connection, Advertiser: in.Advertiser, Relation: in.Relation, Ours: in.Ours, Text: in.Text,
	}, in.Sorted(in.Sort)))
}

func (s *listings) get(ctx context.Context, in *ListingPath) (*rest.Answer[programmes.Listing], error) {
	return rest.Answered(s.Programmes.Get(ctx, in.Listing))
}

// listingPage is a page of what belongs to a listing.
type listingPage struct {
	ListingPath
	rest.Paging
}

func (s *listings) terms(ctx context.Context, in *listingPage) (*rest.Answer[paging.Page[programmes.Term]], error) {
	found, err := s.Programmes.Terms(ctx, in.Listing)
	return rest.Cut(in.Paging, found, err, programmes.Term.Line)
}

func (s *listings) answers(ctx context.Context, in *listingPage) (*rest.Answer[paging.Page[programmes.Answer]], error) {
	found, err := s.Programmes.Answers(ctx, in.Listing)
	return rest.Cut(in.Paging, found, err, programmes.Answer.Line)
}

func (s *listings) answer(ctx context.Context, in *struct {
	ListingPath
	Body programmes.Answer
},
) (*rest.Answer[programmes.Listing], error) {
	if err := s.Programmes.Answer(ctx, in.Listing, in.Body); err != nil {
		return nil, err
	}
	return s.get(ctx, &in.ListingPath)
}

func (s *listings) now(ctx context.Context, in *ConnectionPath) (*rest.Answer[networks.State], error) {
	if err := s.Poller.ProgrammesNow(ctx, in.Connection); err != nil {
		return nil, err
	}
	return s.polling(ctx, in)
}
