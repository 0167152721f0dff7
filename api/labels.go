package api

import (
	"context"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
)

// LabelPath names a label. What operations embed is exported, since huma reads
// no other fields.
type LabelPath struct {
	Label labels.ID `path:"label"`
}

func (d *door) labelOperations() {
	const tag = "Labels"
	register(d, tag, read("/labels", "List the labels that you may see", everyone()), d.listLabels)
	register(d, tag, create("/labels", "Add a label", admins()), d.createLabel)
	register(d, tag, read("/labels/{label}", "Read a label", under(accounts.Viewer)), d.getLabel)
	register(d, tag, edit("/labels/{label}", "Change a label", admins()), d.updateLabel)
	register(d, tag, read("/shared-caps", "Read the frequency caps across labels", everyone()), d.getSharedCaps)
	register(d, tag, edit("/shared-caps", "Change the frequency caps across labels", admins()), d.setSharedCaps)
}

func (d *door) listLabels(ctx context.Context, _ *struct{}) (*answer[paging.Page[labels.Label]], error) {
	all, err := d.Labels.List(ctx)
	seen := []labels.Label{}
	for _, l := range all {
		if caller(ctx).Can(l.ID, accounts.Viewer) {
			seen = append(seen, l)
		}
	}
	return whole(seen, err)
}

func (d *door) createLabel(ctx context.Context, in *struct{ Body labels.Label }) (*answer[labels.Label], error) {
	return answered(d.Labels.Create(ctx, in.Body))
}

func (d *door) getLabel(ctx context.Context, in *LabelPath) (*answer[labels.Label], error) {
	return answered(d.Labels.Get(ctx, in.Label))
}

func (d *door) updateLabel(ctx context.Context, in *struct {
	LabelPath
	Match
	Body labels.Label
},
) (*answer[labels.Label], error) {
	return answered(d.Labels.Update(ctx, in.Label, func(l *labels.Label) error {
		if err := in.guard(*l); err != nil {
			return err
		}
		*l = in.Body
		return nil
	}))
}

type caps struct {
	Caps []labels.Cap `json:"caps" nullable:"false"`
}

func (d *door) getSharedCaps(ctx context.Context, _ *struct{}) (*answer[caps], error) {
	found, err := d.Labels.SharedCaps(ctx)
	return answered(caps{found}, err)
}

func (d *door) setSharedCaps(ctx context.Context, in *struct {
	Match
	Body caps
},
) (*answer[caps], error) {
	found, err := d.Labels.UpdateSharedCaps(ctx, func(now []labels.Cap) ([]labels.Cap, error) {
		return in.Body.Caps, in.guard(caps{now})
	})
	return answered(caps{found}, err)
}
