package mailing

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
	"keur/templates/lint"
)

// TemplatePath names a template.
type TemplatePath struct {
	Template templates.ID `path:"template"`
}

func (s *templateResource) templateOperations() {
	const tag = "Templates"
	rest.Register(s.Kit, tag, rest.Read("/template-starters", "List the templates that come with Keur", rest.Everyone()), s.listStarters)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/templates", "List a label's templates", rest.Under(accounts.Viewer)),
		s.listTemplates)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/templates", "Add a template", rest.Under(accounts.Planner)), s.createTemplate)
	rest.Register(s.Kit, tag, rest.Ask("/labels/{label}/templates/check", "Lint a source and see it as mail, without saving it",
		rest.Under(accounts.Viewer)), s.checkTemplate)
	rest.Register(s.Kit, tag, rest.Read("/templates/{template}", "Read a template", rest.OfTemplate(s.Templates, accounts.Viewer)),
		s.getTemplate)
	rest.Register(s.Kit, tag, rest.Edit("/templates/{template}", "Change a template; a changed source makes a new version",
		rest.OfTemplate(s.Templates, accounts.Planner)), s.updateTemplate)
	rest.Register(s.Kit, tag, rest.Read("/templates/{template}/versions", "List the versions of a template, the newest first",
		rest.OfTemplate(s.Templates, accounts.Viewer)), s.listTemplateVersions)
	rest.Register(s.Kit, tag, rest.Read("/templates/{template}/versions/{version}", "Read a template as it was",
		rest.OfTemplate(s.Templates, accounts.Viewer)), s.getTemplateVersion)
}

func (s *templateResource) listStarters(context.Context, *struct{}) (*rest.Answer[paging.Page[templates.Starter]], error) {
	return rest.Whole(templates.Starters(), nil)
}

func (s *templateResource) listTemplates(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	rest.Named
	Archived bool           `query:"archived" doc:"The archived ones as well"`
	Kind     templates.Kind `query:"kind" enum:"mail,partial" doc:"Of one kind alone"`
	Sort     string         `query:"sort" enum:"name,newest,changed"`
},
) (*rest.Answer[paging.Page[templates.Template]], error) {
	f := templates.Filter{Labels: []labels.ID{in.Label}, Kind: in.Kind, Name: in.Name, Archived: in.Archived}
	return rest.Answered(s.Templates.List(ctx, f, in.Sorted(in.Sort)))
}

func (s *templateResource) createTemplate(ctx context.Context, in *struct {
	rest.LabelPath
	Body templates.Template
},
) (*rest.Answer[templates.Template], error) {
	in.Body.LabelID = in.Label
	return rest.Answered(s.Templates.Create(ctx, in.Body))
}

// Checked is what lint says of a source, and how it looks to someone of whom
// nothing is known.
type Checked struct {
	Findings []lint.Finding `json:"findings" nullable:"false"`
	Preview  Preview        `json:"preview"`
}

func (s *templateResource) checkTemplate(ctx context.Context, in *struct {
	rest.LabelPath
	Body struct {
		Kind       templates.Kind            `json:"kind,omitempty" enum:"mail,partial" doc:"A partial is seen in a mail made around it"`
		Format     templates.Format          `json:"format" enum:"html,mjml"`
		Source     string                    `json:"source"`
		Subjects   []mailings.Subject        `json:"subjects,omitempty"`
		Preheader  string                    `json:"preheader,omitempty"`
		Placements []mailings.BriefPlacement `json:"placements,omitempty" doc:"To see the source with; none: without"`
	}
},
) (*rest.Answer[Checked], error) {
	b := in.Body
	if len(b.Subjects) == 0 {
		b.Subjects = []mailings.Subject{{Key: "check", Text: "…", Weight: 1}}
	}
	trial := templates.Trial{Source: b.Source}
	if b.Kind == templates.Partial {
		if b.Format != templates.MJML {
			return nil, fault.At("format", "templates.partial_in_mjml")
		}
		trial = templates.TrialOf(b.Source)
	}
	says, err := s.Composer.Compose(ctx, &mailings.Mailing{LabelID: in.Label}, mailings.Brief{
		Template: mailings.BriefTemplate{Format: b.Format, Source: trial.Source},
		Subjects: b.Subjects, Preheader: b.Preheader, Placements: b.Placements,
		Audience: segments.Audience{Segments: []segments.SegmentRef{{Name: "everyone", Rule: segments.Everyone()}}},
	})
	if err != nil {
		return nil, rest.OfSource(err)
	}
	checked, err := s.proof(ctx, says, trial)
	return checked, rest.OfSource(err)
}

// proof compiles a content and looks at it.
func (s *templateResource) proof(ctx context.Context, says mailings.Content, trial templates.Trial) (*rest.Answer[Checked], error) {
	program, findings, _, err := says.Compile(ctx, s.Compiler)
	if err != nil {
		return nil, err
	}
	p, err := program.Preview(0, program.Sample(nil), templates.DeadURLs{Base: says.Label.PublicURL})
	return rest.Answered(Checked{trial.Findings(findings), previewOf(p)}, err)
}

func (s *templateResource) getTemplate(ctx context.Context, in *TemplatePath) (*rest.Answer[templates.Template], error) {
	return rest.Answered(s.Templates.Get(ctx, in.Template))
}

func (s *templateResource) updateTemplate(ctx context.Context, in *struct {
	TemplatePath
	rest.Match
	Body templates.Template
},
) (*rest.Answer[templates.Template], error) {
	return rest.Answered(s.Templates.Update(ctx, in.Template, func(t *templates.Template) error {
		err := in.Guard(*t)
		t.Name, t.Format, t.Source, t.ArchivedAt = in.Body.Name, in.Body.Format, in.Body.Source, in.Body.ArchivedAt
		return err
	}))
}

func (s *templateResource) listTemplateVersions(ctx context.Context, in *struct {
	TemplatePath
	rest.Paging
},
) (*rest.Answer[paging.Page[templates.Template]], error) {
	return rest.Answered(s.Templates.Versions(ctx, in.Template, in.Ask()))
}

func (s *templateResource) getTemplateVersion(ctx context.Context, in *struct {
	TemplatePath
	Version int `path:"version"`
},
) (*rest.Answer[templates.Template], error) {
	return rest.Answered(s.Templates.Version(ctx, in.Template, in.Version))
}
