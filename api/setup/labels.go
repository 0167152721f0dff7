package setup

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/paging"
	"keur/labels"
	"keur/labels/domains"
)

// rest.LabelPath names a label. What operations embed is exported, since huma reads
func (s *labelResource) labelOperations() {
	const tag = "Labels"
	rest.Register(s.Kit, tag, rest.Read("/labels", "List the labels that you may see", rest.Everyone()), s.listLabels)
	rest.Register(s.Kit, tag, rest.Create("/labels", "Add a label", rest.Admins()), s.createLabel)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}", "Read a label", rest.Under(accounts.Viewer)), s.getLabel)
	rest.Register(s.Kit, tag, rest.Edit("/labels/{label}", "Change a label", rest.AdminsOf(rest.Under())), s.updateLabel)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/records",
		"Read how DNS and the mail server stand for a label, as asked last", rest.Under(accounts.Viewer)), s.records)
	rest.Register(s.Kit, tag, rest.Act("/labels/{label}/records/check", "Ask for them now", rest.AdminsOf(rest.Under())), s.checkRecords)
	rest.Register(s.Kit, tag, rest.Read("/shared-caps", "Read the frequency caps across labels", rest.Everyone()), s.getSharedCaps)
	rest.Register(s.Kit, tag, rest.Edit("/shared-caps", "Change the frequency caps across labels", rest.Admins()), s.setSharedCaps)
}

func (s *labelResource) listLabels(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[labels.Label]], error) {
	all, err := s.Labels.List(ctx)
	seen := []labels.Label{}
	for _, l := range all {
		if rest.Caller(ctx).Knows(l.ID) {
			seen = append(seen, l)
		}
	}
	return rest.Whole(seen, err)
}

func (s *labelResource) createLabel(ctx context.Context, in *struct{ Body labels.Label }) (*rest.Answer[labels.Label], error) {
	return rest.Answered(s.Labels.Create(ctx, in.Body))
}

func (s *labelResource) getLabel(ctx context.Context, in *rest.LabelPath) (*rest.Answer[labels.Label], error) {
	return rest.Answered(s.Labels.Get(ctx, in.Label))
}

func (s *labelResource) updateLabel(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Match
	Body labels.Label
},
) (*rest.Answer[labels.Label], error) {
	return rest.Answered(s.Labels.Update(ctx, in.Label, func(l *labels.Label) error {
		if err := in.Guard(*l); err != nil {
			return err
		}
		*l = in.Body
		return nil
	}))
}

func (s *labelResource) records(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[domains.Kept]], error) {
	return rest.Whole(s.Records.Kept(ctx, in.Label))
}

func (s *labelResource) checkRecords(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[domains.Kept]], error) {
	l, err := s.Labels.Get(ctx, in.Label)
	if err != nil {
		return nil, err
	}
	found, err := s.Records.Look(ctx, l)
	return rest.Whole(append([]domains.Kept{}, found...), err)
}

type caps struct {
	Caps []labels.Cap `json:"caps" nullable:"false"`
}

func (s *labelResource) getSharedCaps(ctx context.Context, _ *struct{}) (*rest.Answer[caps], error) {
	found, err := s.Labels.SharedCaps(ctx)
	return rest.Answered(caps{found}, err)
}

func (s *labelResource) setSharedCaps(ctx context.Context, in *struct {
	rest.Match
	Body caps
},
) (*rest.Answer[caps], error) {
	found, err := s.Labels.UpdateSharedCaps(ctx, func(now []labels.Cap) ([]labels.Cap, error) {
		return in.Body.Caps, in.Guard(caps{now})
	})
	return rest.Answered(caps{found}, err)
}
