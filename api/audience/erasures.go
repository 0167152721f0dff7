package audience

import (
	"context"

	"keur/api/rest"

	"keur/accounts"
	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
)

// ErasurePath names an erasure that was asked for.
type ErasurePath struct {
	Erasure int64 `path:"erasure"`
}

func (s *erasureResource) erasureOperations() {
	const tag = "Erasures"
	plans := rest.OfErasure(s.Erasures, accounts.Planner, accounts.Service)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/members/{member}/erasure",
		"Ask for a member to be erased under every label; nothing is erased before another user approves it",
		rest.OfMember(s.Members, accounts.Planner, accounts.Service)), s.askErasure)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/erasures", "List the erasures that were asked for under a label",
		rest.Under(accounts.Planner, accounts.Service)), s.listErasures)
	rest.Register(s.Kit, tag, rest.Read("/erasures/{erasure}", "Read an erasure that was asked for", plans), s.getErasure)
	rest.Register(s.Kit, tag, rest.Act("/erasures/{erasure}/approve",
		"Erase the member for good, under every label; only a keyed hash stays. Takes another user than who asked, who plans "+
			"for all of the member's labels or answers its members", plans).Needs(accounts.ScopeApprove), s.approveErasure)
	rest.Register(s.Kit, tag, rest.Act("/erasures/{erasure}/refuse", "Leave the member as they are; takes another user than who asked",
		plans).Needs(accounts.ScopeApprove), s.refuseErasure)
	rest.Register(s.Kit, tag, rest.Act("/erasures/{erasure}/withdraw", "Take back what one asked for oneself", plans), s.withdrawErasure)
}

func (s *erasureResource) askErasure(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		Reason string `json:"reason" maxLength:"500" doc:"For whoever decides: how the member asked for it"`
	}
},
) (*rest.Answer[members.Erasure], error) {
	return rest.Answered(s.Erasures.Ask(ctx, members.Erasure{
		Member: in.Member, Label: in.Label, Reason: in.Body.Reason, RequestedBy: actors.User(rest.Caller(ctx).ID),
	}))
}

func (s *erasureResource) listErasures(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Waiting bool `query:"waiting" doc:"Only those that nobody decided yet"`
},
) (*rest.Answer[paging.Page[members.Erasure]], error) {
	return rest.Answered(s.Erasures.List(ctx, []labels.ID{in.Label}, in.Waiting, in.Ask()))
}

func (s *erasureResource) getErasure(ctx context.Context, in *ErasurePath) (*rest.Answer[members.Erasure], error) {
	return rest.Answered(s.Erasures.Get(ctx, in.Erasure))
}

func (s *erasureResource) approveErasure(ctx context.Context, in *ErasurePath) (*rest.Answer[members.Erasure], error) {
	if err := s.plansWholly(ctx, in.Erasure); err != nil {
		return nil, err
	}
	return rest.Answered(s.Erasures.Update(ctx, in.Erasure,
		func(e *members.Erasure) error { return e.Approve(actors.User(rest.Caller(ctx).ID), s.Clock.Now()) }))
}

// plansWholly returns a fault unless the caller plans for every label of the
// member, all of which the erasure ends.
func (s *erasureResource) plansWholly(ctx context.Context, erasure int64) error {
	e, err := s.Erasures.Get(ctx, erasure)
	if err != nil || e.State != members.ErasureWaiting {
		return err // of a member who is gone nobody has to plan for
	}
	m, err := s.Members.Get(ctx, e.Member)
	if err != nil {
		return err
	}
	for _, under := range m.Memberships {
		if u := rest.Caller(ctx); !u.Can(under.Label, accounts.Planner) && !u.Can(under.Label, accounts.Service) {
			return fault.New(fault.Forbidden, "api.erasure_of_other_labels")
		}
	}
	return nil
}

func (s *erasureResource) refuseErasure(ctx context.Context, in *ErasurePath) (*rest.Answer[members.Erasure], error) {
	return rest.Answered(s.Erasures.Update(ctx, in.Erasure,
		func(e *members.Erasure) error { return e.Refuse(actors.User(rest.Caller(ctx).ID), s.Clock.Now()) }))
}

func (s *erasureResource) withdrawErasure(ctx context.Context, in *ErasurePath) (*rest.Answer[members.Erasure], error) {
	return rest.Answered(s.Erasures.Update(ctx, in.Erasure,
		func(e *members.Erasure) error { return e.Withdraw(actors.User(rest.Caller(ctx).ID), s.Clock.Now()) }))
}
