package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
	"keur/templates"
)

func (d *door) templateRoutes() []route {
	look, plan := ofTemplate(accounts.Viewer), ofTemplate(accounts.Planner)
	return []route{
		{http.MethodGet, "/templates", under(accounts.Viewer), (*visit).templates},
		{http.MethodPost, "/templates", under(accounts.Planner), (*visit).addTemplate},
		{http.MethodGet, "/templates/:template", look, (*visit).template},
		{http.MethodPost, "/templates/:template", plan, (*visit).saveTemplate},
		{http.MethodGet, "/templates/:template/preview", look, (*visit).templatePreview},
		{http.MethodPost, "/templates/:template/preview", look, (*visit).sourcePreview},
		{http.MethodPost, "/templates/:template/check", look, (*visit).checkSource},
		{http.MethodPost, "/templates/:template/archive", plan, (*visit).archiveTemplate},
	}
}

// templatesView is the list of a label's templates, with the form for a new one.
type templatesView struct {
	List     listing
	Items    []templates.Template
	Shown    []choice
	Starters []templates.Starter
	Form     form
	Plans    bool
	Zone     *time.Location
}

func (v *visit) templates() error {
	if v.wantsCSV() {
		return export(v, "templates", []string{"id", "name", "format", "version", "changed_at"}, v.findTemplates, templateRow)
	}
	return v.showTemplates(http.StatusOK, form{})
}

func (v *visit) showTemplates(status int, f form) error {
	list := v.newListing()
	page, err := v.findTemplates(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	return v.answer(status, "templates", templatesView{
		List: list, Items: page.Items, Starters: templates.Starters(), Form: f, Plans: v.can(accounts.Planner), Zone: v.zone(),
		Shown: []choice{{"", v.Say.T("templates.offered")}, {"all", v.Say.T("templates.archived_too")}},
	})
}

func (v *visit) findTemplates(ask paging.Ask) (paging.Page[templates.Template], error) {
	return v.Templates.List(v.ctx(), templates.Filter{
		Labels: []labels.ID{v.Label.ID}, Name: v.Query("q"), Archived: v.Query("shown") == "all",
	}, ask)
}

func templateRow(t templates.Template) []string {
	return []string{itoa(t.ID), t.Name, string(t.Format), strconv.Itoa(t.Version), t.CreatedAt.UTC().Format(time.RFC3339)}
}

// addTemplate begins a template with the source of one that comes with Keur.
func (v *visit) addTemplate() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	start, err := v.chosenTemplate(f.Field("starter"))
	if err != nil {
		return err
	}
	t, err := v.Templates.Create(v.ctx(), templates.Template{
		LabelID: v.Label.ID, Name: f.Field("name"), Format: start.Format, Source: start.Source,
	})
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showTemplates(http.StatusUnprocessableEntity, f)
	}
	return v.to(templatePath(t.ID))
}

// archiveTemplate takes a template out of what is offered, or back in. Mailings
// that have it keep it.
func (v *visit) archiveTemplate() error {
	id, err := v.id("template")
	if err != nil {
		return err
	}
	now := v.now()
	if _, err := v.Templates.Update(v.ctx(), templates.ID(id), func(t *templates.Template) error {
		if t.ArchivedAt != nil {
			t.ArchivedAt = nil
		} else {
			t.ArchivedAt = &now
		}
		return nil
	}); err != nil {
		return err
	}
	return v.to(strings.TrimSuffix(v.Request.URL.Path, "/archive"))
}

func templatePath(id templates.ID) string { return "/templates/" + itoa(id) }
