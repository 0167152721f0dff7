package advertising

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/internal/paging"
	"keur/labels"
)

// TargetPath names an address to which live links lead.
type TargetPath struct {
	Target targets.ID `path:"target"`
}

func (s *targetResource) targetOperations() {
	const tag = "Targets"
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/targets",
		"List where links of a label's live mailings and campaigns lead, the broken first", rest.Under(accounts.Viewer)), s.list)
	rest.Register(s.Kit, tag, rest.Read("/targets/{target}", "Read how a target stands, and what has it",
		rest.OfTarget(s.Targets.Store, accounts.Viewer)), s.get)
	rest.Register(s.Kit, tag, rest.Read("/targets/{target}/days", "List how a target stood, day by day",
		rest.OfTarget(s.Targets.Store, accounts.Viewer)), s.days)
	rest.Register(s.Kit, tag, rest.Act("/targets/{target}/check", "Check a target now",
		rest.OfTarget(s.Targets.Store, accounts.Planner)), s.check)
}

func (s *targetResource) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Campaign campaigns.ID  `query:"campaign" doc:"Only this campaign's"`
	State    targets.State `query:"state" enum:"unchecked,works,broken,unclear"`
	Text     string        `query:"text" maxLength:"120" doc:"A part of the address, or of a campaign's or mailing's name"`
	Sort     string        `query:"sort" enum:"gravest,oldest"`
},
) (*rest.Answer[paging.Page[targets.Target]], error) {
	return rest.Answered(s.Targets.List(ctx, targets.Filter{
		Label: in.Label, Campaign: in.Campaign, State: in.State, Text: in.Text,
	}, in.Sorted(in.Sort)))
}

// usedTarget is a target with what has it under labels that the caller sees.
type usedTarget struct {
	targets.Target
	Uses []targets.Use `json:"uses" nullable:"false"`
}

func (s *targetResource) get(ctx context.Context, in *TargetPath) (*rest.Answer[usedTarget], error) {
	t, err := s.Targets.Get(ctx, in.Target)
	if err != nil {
		return nil, err
	}
	under, err := s.Targets.Labels(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	caller, sees := rest.Caller(ctx), []labels.ID{}
	for _, id := range under {
		if caller.Can(id, accounts.Viewer) {
			sees = append(sees, id)
		}
	}
	uses, err := s.Targets.Uses(ctx, []targets.ID{t.ID}, sees)
	return rest.Answered(usedTarget{t, append([]targets.Use{}, uses[t.ID]...)}, err)
}

func (s *targetResource) days(ctx context.Context, in *struct {
	TargetPath
	rest.Paging
	Sort string `query:"sort" enum:"newest"`
},
) (*rest.Answer[paging.Page[targets.Day]], error) {
	return rest.Answered(s.Targets.History(ctx, in.Target, in.Sorted(in.Sort)))
}

func (s *targetResource) check(ctx context.Context, in *TargetPath) (*rest.Answer[usedTarget], error) {
	if err := s.Targets.CheckNow(ctx, in.Target); err != nil {
		return nil, err
	}
	return s.get(ctx, in)
}
