package api

import (
	"context"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
)

// ErasurePath names an erasure that was asked for.
type ErasurePath struct {
	Erasure int64 `path:"erasure"`
}

func (d *door) erasureOperations() {
	const tag = "Erasures"
	plans := ofErasure(accounts.Planner)
	register(d, tag, create("/labels/{label}/members/{member}/erasure", "Ask for a member to be erased under every label; nothing is erased before another user approves it", ofMember(accounts.Planner)), d.askErasure)
	register(d, tag, read("/labels/{label}/erasures", "List the erasures that were asked for under a label", under(accounts.Planner)), d.listErasures)
	register(d, tag, read("/erasures/{erasure}", "Read an erasure that was asked for", plans), d.getErasure)
	register(d, tag, act("/erasures/{erasure}/approve", "Erase the member for good, under every label; only a keyed hash stays. Takes another user than who asked, who plans for all of the member's labels", plans), d.approveErasure)
	register(d, tag, act("/erasures/{erasure}/refuse", "Leave the member as they are; takes another user than who asked", plans), d.refuseErasure)
	register(d, tag, act("/erasures/{erasure}/withdraw", "Take back what one asked for oneself", plans), d.withdrawErasure)
}

// ofErasure demands one of the roles for the label under which it was asked for.
func ofErasure(roles ...accounts.Role) access {
	return ofThing("erasure", roles, func(ctx context.Context, d *door, id int64) (labels.ID, error) {
		e, err := d.Members.Erasure(ctx, id)
		return e.Label, err
	})
}

func (d *door) askErasure(ctx context.Context, in *struct {
	MemberPath
	Body struct {
		Reason string `json:"reason" maxLength:"500" doc:"For whoever decides: how the member asked for it"`
	}
},
) (*answer[members.Erasure], error) {
	return answered(d.Members.AskErasure(ctx, members.Erasure{
		Member: in.Member, Label: in.Label, Reason: in.Body.Reason, RequestedBy: int64(caller(ctx).ID),
	}))
}

func (d *door) listErasures(ctx context.Context, in *struct {
	LabelPath
	Paging
	Waiting bool `query:"waiting" doc:"Only those that nobody decided yet"`
},
) (*answer[paging.Page[members.Erasure]], error) {
	return answered(d.Members.Erasures(ctx, []labels.ID{in.Label}, in.Waiting, in.ask()))
}

func (d *door) getErasure(ctx context.Context, in *ErasurePath) (*answer[members.Erasure], error) {
	return answered(d.Members.Erasure(ctx, in.Erasure))
}

func (d *door) approveErasure(ctx context.Context, in *ErasurePath) (*answer[members.Erasure], error) {
	if err := d.plansWholly(ctx, in.Erasure); err != nil {
		return nil, err
	}
	return answered(d.Members.UpdateErasure(ctx, in.Erasure, func(e *members.Erasure) error { return e.Approve(int64(caller(ctx).ID), d.Clock.Now()) }))
}

// plansWholly returns a fault unless the caller plans for every label of the
// member, all of which the erasure ends.
func (d *door) plansWholly(ctx context.Context, erasure int64) error {
	e, err := d.Members.Erasure(ctx, erasure)
	if err != nil || e.State != members.ErasureWaiting {
		return err // of a member who is gone nobody has to plan for
	}
	m, err := d.Members.Get(ctx, e.Member)
	if err != nil {
		return err
	}
	for _, under := range m.Memberships {
		if !caller(ctx).Can(under.Label, accounts.Planner) {
			return fault.New(fault.Forbidden, "this member is under a label for which you don't plan, so somebody who plans for all of them must decide")
		}
	}
	return nil
}

func (d *door) refuseErasure(ctx context.Context, in *ErasurePath) (*answer[members.Erasure], error) {
	return answered(d.Members.UpdateErasure(ctx, in.Erasure, func(e *members.Erasure) error { return e.Refuse(int64(caller(ctx).ID), d.Clock.Now()) }))
}

func (d *door) withdrawErasure(ctx context.Context, in *ErasurePath) (*answer[members.Erasure], error) {
	return answered(d.Members.UpdateErasure(ctx, in.Erasure, func(e *members.Erasure) error { return e.Withdraw(int64(caller(ctx).ID), d.Clock.Now()) }))
}
