package template

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/mailings"
	"keur/templates"
	"keur/templates/lint"
	"keur/web/desk"
	"keur/web/desk/editor"
)

// sourceView is the editor of a template's source.
type sourceView struct {
	Template templates.Template // in the version that is shown
	Newest   int
	Versions []templates.Template
	Source   string // as it stands in the editor
	Format   templates.Format
	Findings []desk.Finding
	Partials []templates.Template // that the source may include
	Form     desk.Form
	Conflict *templates.Template // what a colleague saved meanwhile
	Plans    bool
	Approves bool
	Zone     *time.Location
}

// Looks are the ways to see the mail.
func (sourceView) Looks() []string { return editor.Looks() }

func (s *Screen) template(x *desk.Exchange) error {
	t, err := s.shownTemplate(x)
	if err != nil {
		return err
	}
	return s.showTemplate(x, http.StatusOK, sourceView{Template: t, Source: t.Source, Format: t.Format, Form: desk.NewForm(x.Say)})
}

// shownTemplate reads the template of the path, in the version that the address
// names.
func (s *Screen) shownTemplate(x *desk.Exchange) (templates.Template, error) {
	newest := desk.Found[templates.Template](x)
	if version, err := strconv.Atoi(x.Query("version")); err == nil && version != newest.Version {
		return s.Templates.Version(x.Context(), newest.ID, version)
	}
	return newest, nil
}

func (s *Screen) showTemplate(x *desk.Exchange, status int, view sourceView) error {
	versions, err := s.Templates.Versions(x.Context(), view.Template.ID, paging.Ask{Limit: 30})
	if err != nil {
		return err
	}
	view.Approves = x.Can(accounts.Approver)
	view.Versions, view.Newest, view.Plans, view.Zone = versions.Items, desk.Found[templates.Template](x).Version, x.Can(
		accounts.Planner,
	), x.Zone()
	if view.Partials, err = s.Editor.OfKind(x, templates.Partial); err != nil {
		return err
	}
	_, findings, err := s.sample(x, view.Template.Kind, view.Format, view.Source)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	view.Findings = desk.Findings(x, findings, "")
	return x.Answer(status, "template/template", view)
}

// saveTemplate keeps what stands in the editor as the newest version. It was
// made on a version; a newer one is a colleague's, and both are shown.
func (s *Screen) saveTemplate(x *desk.Exchange) error {
	t, f, err := desk.FoundWithForm[templates.Template](x)
	if err != nil {
		return err
	}
	made, source := f.Number("version"), strings.ReplaceAll(f.Get("source"), "\r\n", "\n")
	format := templates.Format(f.Get("format"))
	var theirs *templates.Template
	saved, err := s.Templates.Update(x.Context(), t.ID, func(t *templates.Template) error {
		if t.Version != made && t.Source != source {
			there := *t
			theirs = &there
			return fault.New(fault.Conflict, "templates.conflict", "n", t.Version)
		}
		t.Name, t.Format, t.Source = f.Field("name"), format, source
		return nil
	})
	if err == nil && f.Has("visual") { // where it was made by eye
		return x.GoTo(templatePath(saved.ID) + "/visual")
	}
	if err == nil {
		return x.GoTo(templatePath(saved.ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	if err := desk.FindAgain(x); err != nil {
		return err
	}
	return s.showTemplate(x, http.StatusUnprocessableEntity, sourceView{
		Template: desk.Found[templates.Template](x), Source: source, Format: format, Form: f, Conflict: theirs,
	})
}

// sample compiles a source with made-up content, so that a template can be seen
// and judged before any mailing has it. A partial has a mail made around it.
func (s *Screen) sample(
	x *desk.Exchange, kind templates.Kind, format templates.Format, source string,
) (*templates.Program, []lint.Finding, error) {
	trial := templates.Trial{Source: source}
	if kind == templates.Partial {
		trial = templates.TrialOf(source)
	}
	say := desk.Book(x).In(x.Label.Locale)
	content, err := s.Composer.Appearance(x.Context(), &mailings.Mailing{LabelID: x.Label.ID, Kind: mailings.House}, mailings.Brief{
		Subjects: []mailings.Subject{{Key: "a", Text: say.T("templates.sample_heading"), Weight: 1}},
		Template: mailings.BriefTemplate{Format: format, Source: trial.Source},
	})
	if err != nil && !fault.Is(err, fault.Invalid) {
		return nil, nil, err
	}
	in := content.TemplateInput()
	if strings.Contains(source, "{{placement") {
		for _, key := range []string{"a", "b"} {
			in.Placements = append(in.Placements, templates.Placement{
				Key: key, Advertiser: say.T("templates.sample_advertiser"), Heading: say.T("templates.sample_heading"),
				Text: say.T("templates.sample_text"), Button: say.T("templates.sample_button"), URL: x.Label.PublicURL + "/",
			})
		}
	}
	program, findings, err := s.Compiler.Compile(x.Context(), in)
	return program, trial.Findings(findings), err
}

// templatePreview shows a version as a mail.
func (s *Screen) templatePreview(x *desk.Exchange) error {
	t, err := s.shownTemplate(x)
	if err != nil {
		return err
	}
	return s.showSource(x, t.Format, t.Source)
}

// sourcePreview shows what stands in the editor as a mail; nothing is saved.
func (s *Screen) sourcePreview(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	return s.showSource(x, templates.Format(f.Get("format")), f.Get("source"))
}

func (s *Screen) showSource(x *desk.Exchange, format templates.Format, source string) error {
	program, findings, err := s.sample(x, desk.Found[templates.Template](x).Kind, format, source)
	return editor.ShowProgram(x, findings, program, err)
}

// checkSource tells the editor what is wrong with what stands in it.
func (s *Screen) checkSource(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	kind := desk.Found[templates.Template](x).Kind
	_, findings, err := s.sample(x, kind, templates.Format(f.Get("format")), f.Get("source"))
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	return editor.AnswerSpots(x, findings)
}
