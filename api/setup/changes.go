package setup

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/changes"
	"keur/internal/paging"
)

// ChangePath names a change request.
type ChangePath struct {
	Change changes.ID `path:"change"`
}

func (s *changeResource) changeOperations() {
	const tag = "Changes"
	rest.Register(s.Kit, tag, rest.Read("/changes", "List what admins proposed, and what became of it", rest.Admins()), s.listChanges)
	rest.Register(s.Kit, tag, rest.Read("/changes/{change}", "Read a change request", rest.Admins()), s.getChange)
	rest.Register(s.Kit, tag, rest.Act("/changes/{change}/confirm", "Confirm what another admin proposed, which applies it",
		rest.Admins()).Needs(accounts.ScopeApprove), s.confirmChange)
	rest.Register(s.Kit, tag, rest.Act("/changes/{change}/refuse", "Refuse what another admin proposed",
		rest.Admins()).Needs(accounts.ScopeApprove), s.refuseChange)
	rest.Register(s.Kit, tag, rest.Act("/changes/{change}/withdraw", "Withdraw what you proposed", rest.Admins()), s.withdrawChange)
}

func (s *changeResource) listChanges(ctx context.Context, in *struct {
	rest.Paging
	State   changes.State `query:"state" enum:"proposed,confirmed,refused,withdrawn,expired"`
	Subject string        `query:"subject" maxLength:"300" doc:"Those about one thing: users:12"`
	Alone   bool          `query:"alone" doc:"Only what an admin did alone, and no other looked at yet"`
},
) (*rest.Answer[paging.Page[changes.Request]], error) {
	f := changes.Filter{State: in.State, Subject: in.Subject, Alone: in.Alone}
	return rest.Answered(s.Changes.List(ctx, f, in.Sorted("")))
}

func (s *changeResource) getChange(ctx context.Context, in *ChangePath) (*rest.Answer[changes.Request], error) {
	return rest.Answered(s.Changes.Get(ctx, in.Change))
}

func (s *changeResource) confirmChange(ctx context.Context, in *ChangePath) (*rest.Answer[changes.Request], error) {
	return rest.Answered(s.Changes.Confirm(ctx, in.Change))
}

func (s *changeResource) refuseChange(ctx context.Context, in *ChangePath) (*rest.Answer[changes.Request], error) {
	return rest.Answered(s.Changes.Refuse(ctx, in.Change))
}

func (s *changeResource) withdrawChange(ctx context.Context, in *ChangePath) (*rest.Answer[changes.Request], error) {
	return rest.Answered(s.Changes.Withdraw(ctx, in.Change))
}
