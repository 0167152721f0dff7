package web

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
)

// sourceView is the editor of a template's source.
type sourceView struct {
	Template templates.Template // in the version that is shown
	Newest   int
	Versions []templates.Template
	Source   string // as it stands in the editor
	Format   templates.Format
	Told     []told
	Form     form
	Conflict *templates.Template // what a colleague saved meanwhile
	Plans    bool
	Zone     *time.Location
}

// Looks are the ways to see the mail.
func (sourceView) Looks() []string { return looks() }

func (v *visit) template() error {
	t, err := v.shownTemplate()
	if err != nil {
		return err
	}
	return v.showTemplate(http.StatusOK, sourceView{Template: t, Source: t.Source, Format: t.Format, Form: newForm(v.Say)})
}

// shownTemplate reads the template of the path, in the version that the address
// names.
func (v *visit) shownTemplate() (templates.Template, error) {
	id, err := v.id("template")
	if err != nil {
		return templates.Template{}, err
	}
	if version, err := strconv.Atoi(v.Query("version")); err == nil {
		return v.Templates.Version(v.ctx(), templates.ID(id), version)
	}
	return v.Templates.Get(v.ctx(), templates.ID(id))
}

func (v *visit) showTemplate(status int, view sourceView) error {
	versions, err := v.Templates.Versions(v.ctx(), view.Template.ID, paging.Ask{Limit: 30})
	if err != nil {
		return err
	}
	newest, err := v.Templates.Get(v.ctx(), view.Template.ID)
	if err != nil {
		return err
	}
	view.Versions, view.Newest, view.Plans, view.Zone = versions.Items, newest.Version, v.can(accounts.Planner), v.zone()
	_, findings, err := v.sample(view.Format, view.Source)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	view.Told = v.tell(findings, "")
	return v.answer(status, "template", view)
}

// saveTemplate keeps what stands in the editor as the newest version. It was
// made on a version; a newer one is a colleague's, and both are shown.
func (v *visit) saveTemplate() error {
	id, f, err := v.formFor("template")
	if err != nil {
		return err
	}
	made, source := f.number("version"), strings.ReplaceAll(f.Get("source"), "\r\n", "\n")
	format := templates.Format(f.Get("format"))
	var theirs *templates.Template
	saved, err := v.Templates.Update(v.ctx(), templates.ID(id), func(t *templates.Template) error {
		if t.Version != made && t.Source != source {
			there := *t
			theirs = &there
			return fault.New(fault.Conflict, "%s", v.Say.T("templates.conflict", "n", t.Version))
		}
		t.Name, t.Format, t.Source = f.Field("name"), format, source
		return nil
	})
	if err == nil && f.Has("visual") { // where it was made by eye
		return v.to(templatePath(saved.ID) + "/visual")
	}
	if err == nil {
		return v.to(templatePath(saved.ID))
	}
	if err := f.take(err); err != nil {
		return err
	}
	t, err := v.Templates.Get(v.ctx(), templates.ID(id))
	if err != nil {
		return err
	}
	return v.showTemplate(http.StatusUnprocessableEntity, sourceView{Template: t, Source: source, Format: format, Form: f, Conflict: theirs})
}

// sample compiles a source with made-up content, so that a template can be seen
// and judged before any mailing has it.
func (v *visit) sample(format templates.Format, source string) (*templates.Program, []lint.Finding, error) {
	say := v.book.In(v.Label.Locale)
	content, err := v.Composer.Appearance(v.ctx(), &mailings.Mailing{LabelID: v.Label.ID, Kind: mailings.House}, mailings.Brief{
		Subjects: []mailings.Subject{{Key: "a", Text: say.T("templates.sample_heading"), Weight: 1}},
		Template: mailings.BriefTemplate{Format: format, Source: source},
	})
	if err != nil && !fault.Is(err, fault.Invalid) {
		return nil, nil, err
	}
	in := content.TemplateInput()
	if strings.Contains(source, "{{placement") {
		for _, key := range []string{"a", "b"} {
			in.Placements = append(in.Placements, templates.Placement{
				Key: key, Advertiser: say.T("templates.sample_advertiser"), Heading: say.T("templates.sample_heading"),
				Text: say.T("templates.sample_text"), Button: say.T("templates.sample_button"), URL: v.Label.PublicURL + "/",
			})
		}
	}
	return v.Compiler.Compile(v.ctx(), in)
}

// templatePreview shows a version as a mail.
func (v *visit) templatePreview() error {
	t, err := v.shownTemplate()
	if err != nil {
		return err
	}
	return v.showSource(t.Format, t.Source)
}

// sourcePreview shows what stands in the editor as a mail; nothing is saved.
func (v *visit) sourcePreview() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	return v.showSource(templates.Format(f.Get("format")), f.Get("source"))
}

func (v *visit) showSource(format templates.Format, source string) error {
	program, findings, err := v.sample(format, source)
	return v.showProgram(&mailingView{Findings: findings}, program, err)
}

// showProgram shows a compiled source as a mail, or why it didn't compile.
func (v *visit) showProgram(m *mailingView, program *templates.Program, err error) error {
	if fault.Is(err, fault.Invalid) {
		return v.showMail([]byte(v.unshown(m, err)))
	}
	if err != nil {
		return err
	}
	mail, err := program.Preview(0, program.Sample(nil), templates.DeadURLs{Base: v.Label.PublicURL})
	if err != nil {
		return err
	}
	look := v.look()
	if as := v.PostForm("as"); as != "" {
		look.As = as
	}
	return v.showLook(mail, look)
}

// spot is a finding as the editor marks it.
type spot struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Block  bool   `json:"block"`
	Text   string `json:"text"`
}

// checkSource tells the editor what is wrong with what stands in it.
func (v *visit) checkSource() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	_, findings, err := v.sample(templates.Format(f.Get("format")), f.Get("source"))
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	return v.answerSpots(findings)
}

func (v *visit) answerSpots(findings []lint.Finding) error {
	spots := []spot{}
	for _, found := range findings {
		if found.Part == "" {
			spots = append(spots, spot{found.Line, found.Column, found.Level == lint.Block, v.Say.Fault(found.Form)})
		}
	}
	v.JSON(http.StatusOK, spots)
	return nil
}
