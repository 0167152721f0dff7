package audience

import (
	"context"

	"keur/api/rest"
	"keur/internal/paging"
	"keur/members/signups"
)

func (s *signupResource) signupOperations() {
	const tag, path = "Members", "/labels/{label}/signup-form"
	admins := rest.AdminsOf(rest.Under())
	rest.Register(s.Kit, tag, rest.Read(path, "Read the form by which people become members of a label", admins), s.getForm)
	rest.Register(s.Kit, tag, rest.Edit(path, "Change it; other words are the next version of its text", admins), s.setForm)
	rest.Register(s.Kit, tag, rest.Read(path+"/texts", "List what people agreed to by it, the newest version first", admins), s.texts)
}

func (s *signupResource) getForm(ctx context.Context, in *rest.LabelPath) (*rest.Answer[signups.Form], error) {
	return rest.Answered(s.Signups.Form(ctx, in.Label))
}

func (s *signupResource) setForm(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Match
	Body signups.Form
},
) (*rest.Answer[signups.Form], error) {
	seen, err := s.Signups.Form(ctx, in.Label)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Signups.Update(ctx, in.Label, seen.Version, func(f *signups.Form) error {
		if err := in.Guard(*f); err != nil {
			return err
		}
		f.Open, f.Mail, f.Tracking = in.Body.Open, in.Body.Mail, in.Body.Tracking
		f.Topics, f.Attributes = in.Body.Topics, in.Body.Attributes
		return nil
	}))
}

func (s *signupResource) texts(ctx context.Context, in *rest.LabelPath) (*rest.Answer[paging.Page[signups.Text]], error) {
	return rest.Whole(s.Signups.Texts(ctx, in.Label))
}
