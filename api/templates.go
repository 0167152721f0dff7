package api

import (
	"context"

	"keur/accounts"
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

func (d *door) templateOperations() {
	const tag = "Templates"
	register(d, tag, read("/template-starters", "List the templates that come with Keur", everyone()), d.listStarters)
	register(d, tag, read("/labels/{label}/templates", "List a label's templates", under(accounts.Viewer)), d.listTemplates)
	register(d, tag, create("/labels/{label}/templates", "Add a template", under(accounts.Planner)), d.createTemplate)
	register(d, tag, ask("/labels/{label}/templates/check", "Lint a source and see it as mail, without saving it", under(accounts.Viewer)), d.checkTemplate)
	register(d, tag, read("/templates/{template}", "Read a template", ofTemplate(accounts.Viewer)), d.getTemplate)
	register(d, tag, edit("/templates/{template}", "Change a template; a changed source makes a new version", ofTemplate(accounts.Planner)), d.updateTemplate)
	register(d, tag, read("/templates/{template}/versions", "List the versions of a template, the newest first", ofTemplate(accounts.Viewer)), d.listTemplateVersions)
	register(d, tag, read("/templates/{template}/versions/{version}", "Read a template as it was", ofTemplate(accounts.Viewer)), d.getTemplateVersion)
}

func (d *door) listStarters(context.Context, *struct{}) (*answer[paging.Page[templates.Starter]], error) {
	return whole(templates.Starters(), nil)
}

func (d *door) listTemplates(ctx context.Context, in *struct {
	LabelPath
	Paging
	Named
	Archived bool   `query:"archived" doc:"The archived ones as well"`
	Sort     string `query:"sort" enum:"name,newest,changed"`
},
) (*answer[paging.Page[templates.Template]], error) {
	f := templates.Filter{Labels: []labels.ID{in.Label}, Name: in.Name, Archived: in.Archived}
	return answered(d.Templates.List(ctx, f, in.sorted(in.Sort)))
}

func (d *door) createTemplate(ctx context.Context, in *struct {
	LabelPath
	Body templates.Template
},
) (*answer[templates.Template], error) {
	in.Body.LabelID = in.Label
	return answered(d.Templates.Create(ctx, in.Body))
}

// checked is what lint says of a source, and how it looks to someone of whom
// nothing is known.
type checked struct {
	Findings []lint.Finding `json:"findings" nullable:"false"`
	Preview  preview        `json:"preview"`
}

func (d *door) checkTemplate(ctx context.Context, in *struct {
	LabelPath
	Body struct {
		Format     templates.Format          `json:"format" enum:"html,mjml"`
		Source     string                    `json:"source"`
		Subjects   []mailings.Subject        `json:"subjects,omitempty"`
		Preheader  string                    `json:"preheader,omitempty"`
		Placements []mailings.BriefPlacement `json:"placements,omitempty" doc:"To see the source with; none: without"`
	}
},
) (*answer[checked], error) {
	b := in.Body
	if len(b.Subjects) == 0 {
		b.Subjects = []mailings.Subject{{Key: "check", Text: "…", Weight: 1}}
	}
	says, err := d.Composer.Compose(ctx, &mailings.Mailing{LabelID: in.Label}, mailings.Brief{
		Template: mailings.BriefTemplate{Format: b.Format, Source: b.Source},
		Subjects: b.Subjects, Preheader: b.Preheader, Placements: b.Placements,
		Audience: segments.Audience{Segments: []segments.SegmentRef{{Name: "everyone", Rule: segments.Everyone()}}},
	})
	if err != nil {
		return nil, err
	}
	return d.proof(ctx, says)
}

// proof compiles a content and looks at it.
func (d *door) proof(ctx context.Context, says mailings.Content) (*answer[checked], error) {
	program, findings, _, err := says.Compile(ctx, d.Compiler)
	if err != nil {
		return nil, err
	}
	p, err := program.Preview(0, program.Sample(nil), templates.DeadURLs{Base: says.Label.PublicURL})
	return answered(checked{findings, previewOf(p)}, err)
}

func (d *door) getTemplate(ctx context.Context, in *TemplatePath) (*answer[templates.Template], error) {
	return answered(d.Templates.Get(ctx, in.Template))
}

func (d *door) updateTemplate(ctx context.Context, in *struct {
	TemplatePath
	Match
	Body templates.Template
},
) (*answer[templates.Template], error) {
	return answered(d.Templates.Update(ctx, in.Template, func(t *templates.Template) error {
		err := in.guard(*t)
		t.Name, t.Format, t.Source, t.ArchivedAt = in.Body.Name, in.Body.Format, in.Body.Source, in.Body.ArchivedAt
		return err
	}))
}

func (d *door) listTemplateVersions(ctx context.Context, in *struct {
	TemplatePath
	Paging
},
) (*answer[paging.Page[templates.Template]], error) {
	return answered(d.Templates.Versions(ctx, in.Template, in.ask()))
}

func (d *door) getTemplateVersion(ctx context.Context, in *struct {
	TemplatePath
	Version int `path:"version"`
},
) (*answer[templates.Template], error) {
	return answered(d.Templates.Version(ctx, in.Template, in.Version))
}
