package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/conversions/claims"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
	"keur/networks"
)

// CasePath names a case.
type CasePath struct {
	Case claims.ID `path:"case"`
}

// cases is what members miss of what they bought, and what was asked about it.
type cases struct{ *Resources }

func (s *cases) register() {
	const tag = "Cases"
	serves := []accounts.Role{accounts.Planner, accounts.Service}
	of := s.of(serves...)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/cases", "List what members miss of what they bought",
		rest.Under(serves...)), s.list)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/members/{member}/cases",
		"Open a case of a member's, with what is likely filled in", rest.OfMember(s.Members, serves...)), s.open)
	rest.Register(s.Kit, tag, rest.Read("/cases/{case}", "Read a case", of), s.get)
	rest.Register(s.Kit, tag, rest.Read("/cases/{case}/known",
		"Read what is known of it: clicks, transactions, what is usual", of), s.known)
	rest.Register(s.Kit, tag, rest.Read("/cases/{case}/steps", "List what was done with it", of), s.steps)
	rest.Register(s.Kit, tag, rest.Read("/cases/{case}/files", "List its files", of), s.files)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/facts", "Fill in anew what it is about, while nobody was asked", of), s.change)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/claim", "Mail the claim to the network or shop, with its files", of), s.claim)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/send", "Send the claim through the network's interface, where it takes claims", of),
		s.send)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/clear", "Say whether the network has the claim that is in doubt", of), s.clear)
	rest.Register(s.Kit, tag, rest.Read("/cases/{case}/claims", "List its claims at networks, and what these say of them", of), s.claims)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/decide", "Note what the network or shop answered", of), s.decide)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/close", "Close a case of which there is nothing to ask", of), s.close)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/reopen", "Take up a case again that was closed", of), s.reopen)
	rest.Register(s.Kit, tag, rest.Act("/cases/{case}/tell", "Note that the member was told how it ended", of), s.tell)
	upload := rest.Act("/cases/{case}/files", "Add a file, such as the order's confirmation", of)
	upload.BodyLimit = claims.MaxFile
	rest.Register(s.Kit, tag, upload, s.addFile)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/claim-rules", "List where and until when claims are made by each connection",
		rest.Under(accounts.Planner)), s.rules)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/claim-rule", "Say where and until when claims are made by a connection",
		s.ofConnection(accounts.Planner)), s.setRule)
}

// of demands one of the roles for the label of the case in the path.
func (s *cases) of(roles ...accounts.Role) rest.Access {
	return rest.Of("case", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		c, err := s.Claims.Get(ctx, claims.ID(id))
		return c.Label, err
	})
}

func (s *cases) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Member     members.ID             `query:"member"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	State      claims.State           `query:"state" enum:"open,claimed,granted,refused,closed"`
	Waiting    bool                   `query:"waiting" doc:"Only those of which somebody has to do something"`
	Order      string                 `query:"order_ref" maxLength:"200"`
	Sort       string                 `query:"sort" enum:"newest,due"`
},
) (*rest.Answer[paging.Page[claims.Row]], error) {
	return rest.Answered(s.Claims.List(ctx, claims.Filter{
		Label: in.Label, Member: in.Member, Advertiser: in.Advertiser, State: in.State, Waiting: in.Waiting, Order: in.Order,
	}, in.Sorted(in.Sort)))
}

func (s *cases) open(ctx context.Context, in *struct {
	rest.LabelPath
	Member members.ID `path:"member"`
	Body   claims.Facts
},
) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Claims.Open(ctx, in.Label, in.Member, in.Body))
}

func (s *cases) get(ctx context.Context, in *CasePath) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Claims.Get(ctx, in.Case))
}

func (s *cases) known(ctx context.Context, in *CasePath) (*rest.Answer[claims.Known], error) {
	c, err := s.Claims.Get(ctx, in.Case)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Claims.Known(ctx, c))
}

// casePage is a page of what belongs to a case.
type casePage struct {
	CasePath
	rest.Paging
}

func (s *cases) steps(ctx context.Context, in *casePage) (*rest.Answer[paging.Page[claims.Step]], error) {
	found, err := s.Claims.Steps(ctx, in.Case)
	return rest.Cut(in.Paging, found, err, claims.Step.Line)
}

func (s *cases) files(ctx context.Context, in *CasePath) (*rest.Answer[paging.Page[claims.File]], error) {
	return rest.Whole(claims.NewFiles(s.Claims).Of(ctx, in.Case))
}

func (s *cases) change(ctx context.Context, in *struct {
	CasePath
	Body claims.Facts
},
) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Claims.Change(ctx, in.Case, in.Body))
}

// Asked is to whom a claim is mailed.
type Asked struct {
	To     string `json:"address"`
	Remark string `json:"remark,omitempty"`
}

func (s *cases) claim(ctx context.Context, in *struct {
	CasePath
	Body Asked
},
) (*rest.Answer[claims.Case], error) {
	c, err := s.Claims.Claim(ctx, in.Case, in.Body.To, in.Body.Remark)
	return rest.Answered(c, rest.OfPath("case", err, "kind", "conversion_id"))
}

// Remark is what else there is to say to a network.
type Remark struct {
	Remark string `json:"remark,omitempty"`
}

func (s *cases) send(ctx context.Context, in *struct {
	CasePath
	Body Remark
},
) (*rest.Answer[claims.Case], error) {
	c, err := s.Sender.Send(ctx, in.Case, in.Body.Remark)
	return rest.Answered(c, rest.OfPath("case", err, "kind", "conversion_id", "connection_id"))
}

// Clearing says whether a network has a claim.
type Clearing struct {
	Taken bool `json:"taken"`
}

func (s *cases) clear(ctx context.Context, in *struct {
	CasePath
	Body Clearing
},
) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Sender.Clear(ctx, in.Case, in.Body.Taken))
}

func (s *cases) claims(ctx context.Context, in *casePage) (*rest.Answer[paging.Page[claims.AtNetwork]], error) {
	found, err := s.Sender.AtNetworks(ctx, in.Case)
	return rest.Cut(in.Paging, found, err, claims.AtNetwork.Line)
}

// Decision is what a network or shop answered.
type Decision struct {
	Granted bool   `json:"granted"`
	Answer  string `json:"answer,omitempty"`
}

func (s *cases) decide(ctx context.Context, in *struct {
	CasePath
	Body Decision
},
) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Claims.Decide(ctx, in.Case, in.Body.Granted, in.Body.Answer))
}

// Ending is why there is nothing to ask.
type Ending struct {
	Answer string `json:"answer"`
}

func (s *cases) close(ctx context.Context, in *struct {
	CasePath
	Body Ending
},
) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Claims.Close(ctx, in.Case, in.Body.Answer))
}

func (s *cases) reopen(ctx context.Context, in *CasePath) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Claims.Reopen(ctx, in.Case))
}

func (s *cases) tell(ctx context.Context, in *CasePath) (*rest.Answer[claims.Case], error) {
	return rest.Answered(s.Claims.Tell(ctx, in.Case))
}

func (s *cases) addFile(ctx context.Context, in *struct {
	CasePath
	Name    string `query:"name" maxLength:"200" required:"true" doc:"The file's name"`
	RawBody []byte `contentType:"application/octet-stream"`
},
) (*rest.Answer[paging.Page[claims.File]], error) {
	if err := claims.NewFiles(s.Claims).Add(ctx, in.Case, in.Name, in.RawBody); err != nil {
		return nil, err
	}
	return s.files(ctx, &in.CasePath)
}

func (s *cases) rules(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[claims.Rule]], error) {
	return rest.Whole(s.Claims.Rules(ctx, in.Label))
}

func (s *cases) setRule(ctx context.Context, in *struct {
	ConnectionPath
	Body claims.Rule
},
) (*rest.Answer[paging.Page[claims.Rule]], error) {
	if err := s.Claims.SetRule(ctx, in.Connection, in.Body); err != nil {
		return nil, err
	}
	c, err := s.Connections.Get(ctx, networks.ConnectionID(in.Connection))
	if err != nil {
		return nil, err
	}
	return rest.Whole(s.Claims.Rules(ctx, c.LabelID))
}
