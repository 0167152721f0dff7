package web

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
)

func (d *door) visualRoutes() []route {
	return []route{
		{http.MethodGet, "/templates/:template/visual", ofTemplate(accounts.Planner), (*visit).visualTemplate},
		{http.MethodGet, "/mailings/:mailing/visual", ofMailing(accounts.Planner), (*visit).visualMailing},
		{http.MethodPost, "/mailings/:mailing/visual", ofMailing(accounts.Planner), (*visit).saveVisualMailing},
	}
}

// visualPolicy lets in the style that the visual editor writes into its page,
// and the pictures of the mail that it shows. Script stays the desk's own: the
// frame with the mail inherits this, so nothing in a source runs.
const visualPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: http: data:; " +
	"font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// visualView is an MJML source in the visual editor, with what can be put in.
type visualView struct {
	Source   string
	Typed    int // the version that it was made on
	Material []campaigns.Material
	Members  []members.Attribute
}

// Blocks are the parts that can be added.
func (visualView) Blocks() []string {
	return []string{"text", "button", "picture", "divider", "spacer", "columns_1", "columns_2", "columns_3", "placements"}
}

// Tags are those that any mail may say beside a member's fields.
func (visualView) Tags() []string {
	return []string{"label.name", "label.imprint", "unsubscribe_url", "preferences_url", "view_url", "placements"}
}

// visualField is an attribute of MJML that the editor asks for, and of which
// elements.
type visualField struct{ Name, Of string }

// Fields are the attributes that can be changed without the source.
func (visualView) Fields() []visualField {
	return []visualField{
		{"src", "mj-image"}, {"alt", "mj-image"}, {"href", "mj-button mj-image mj-navbar-link mj-social-element link"},
		{"align", "mj-text mj-button mj-image"},
		{"color", "mj-text mj-button mj-navbar-link"},
		{"background-color", "mj-body mj-wrapper mj-section mj-column mj-hero mj-button"},
		{"border-color", "mj-divider"}, {"border-width", "mj-divider"}, {"border-radius", "mj-button mj-image mj-section mj-wrapper"},
		{"font-size", "mj-text mj-button"}, {"line-height", "mj-text"}, {"height", "mj-spacer"},
		{"width", "mj-body mj-column mj-image mj-button"},
		{"padding", "mj-wrapper mj-section mj-column mj-hero mj-text mj-button mj-image mj-divider mj-spacer"},
	}
}

// visualOf gathers what the visual editor of a source offers.
func (v *visit) visualOf(source string, version int) (visualView, error) {
	view := visualView{Source: source, Typed: version}
	material, err := v.Creatives.List(v.ctx(), campaigns.MaterialFilter{Labels: []labels.ID{v.Label.ID}}, paging.Ask{Limit: 60})
	if err != nil {
		return view, err
	}
	view.Material = material.Items
	view.Members, err = v.Members.Attributes(v.ctx(), v.Label.ID)
	return view, err
}

// visualTemplateView is a template in the visual editor.
type visualTemplateView struct {
	visualView
	Template templates.Template
	Newest   int
}

// visualTemplate edits a template by eye. It is saved as the source is.
func (v *visit) visualTemplate() error {
	t, err := v.shownTemplate()
	if err != nil {
		return err
	}
	if t.Format != templates.MJML {
		return v.to(templatePath(t.ID))
	}
	newest, err := v.Templates.Get(v.ctx(), t.ID)
	if err != nil {
		return err
	}
	visual, err := v.visualOf(t.Source, newest.Version)
	if err != nil {
		return err
	}
	v.Header("Content-Security-Policy", visualPolicy)
	return v.show("template_visual", visualTemplateView{visual, t, newest.Version})
}

// visualMailingView is a mailing's mail in the visual editor.
type visualMailingView struct {
	visualView
	mailingView
	Template string // whose source the mailing has so far; "": it has its own
	Saved    *mailings.Change
	Conflict *conflict
	Theirs   string // source
	Beside   bool
}

// visualMailing edits the mail of one mailing by eye.
func (v *visit) visualMailing() error {
	view, err := v.openVisual()
	if err != nil {
		return err
	}
	if !view.MayEdit || view.Content.Template.Format != templates.MJML {
		return v.to(mailingPath(view.Mailing.ID) + "/content")
	}
	v.Header("Content-Security-Policy", visualPolicy)
	return v.show("mailing_visual", view)
}

func (v *visit) openVisual() (visualMailingView, error) {
	m, err := v.openMailing("content")
	if err != nil {
		return visualMailingView{}, err
	}
	view := visualMailingView{mailingView: m}
	if change, ok := m.Work.Changes[mailings.ContentPart]; ok {
		view.Saved = &change
	}
	if id := m.Work.Brief.Template.ID; id != 0 {
		t, err := v.Templates.Get(v.ctx(), templates.ID(id))
		if err != nil {
			return view, err
		}
		view.Template = t.Name
	}
	view.visualView, err = v.visualOf(m.Content.Template.Source, m.Work.Changes[mailings.ContentPart].Version)
	return view, err
}

// saveVisualMailing takes the source into the working copy. It is the mailing's
// own from then on; the label's template stays as it is.
func (v *visit) saveVisualMailing() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	source := sourceIn(f)
	if err := v.takeSource(f, templates.MJML, source); err != nil {
		return v.visualRefused(f, source, err)
	}
	if !v.partial() {
		return v.to(v.Request.URL.Path)
	}
	view, err := v.openVisual()
	if err != nil {
		return err
	}
	view.Beside = true
	return v.part("mailing_visual", "visual-saved", view)
}

// sourceIn is what stands in the form's editor.
func sourceIn(f form) string { return strings.ReplaceAll(f.Get("source"), "\r\n", "\n") }

// takeSource makes a source the mailing's own, in the working copy.
func (v *visit) takeSource(f form, format templates.Format, source string) error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	version := f.number("version")
	if f.Get("do") == "keep" { // over what a colleague saved meanwhile
		version = f.number("over")
	}
	_, err = v.bench().Change(v.ctx(), mailings.ID(id), mailings.ContentPart, version, v.User.ID, func(d *mailings.Brief) error {
		d.Template = mailings.BriefTemplate{Format: format, Source: source}
		return nil
	})
	return err
}

// visualRefused keeps what was made beside what a colleague saved.
func (v *visit) visualRefused(f form, source string, cause error) error {
	if !fault.Is(cause, fault.Conflict) {
		return cause
	}
	view, err := v.openVisual()
	if err != nil {
		return err
	}
	view.Theirs, view.Source, view.Typed = view.Source, source, f.number("version")
	if !view.Work.Changed() {
		return cause
	}
	if view.Conflict, err = v.conflictOf(view.Work, &view.Content, &view.Content); err != nil {
		return err
	}
	if v.partial() {
		v.Header("HX-Retarget", "#conflict")
		v.Header("HX-Reswap", "outerHTML")
		return v.write(http.StatusUnprocessableEntity, "mailing_visual", "visual-conflict", view)
	}
	v.Header("Content-Security-Policy", visualPolicy)
	return v.answer(http.StatusUnprocessableEntity, "mailing_visual", view)
}
