package template

import (
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
	"keur/templates"
	"keur/web/desk"
)

func (s *Screen) templateRoutes() []desk.Route {
	look, plan := desk.OfTemplate(s.Templates, accounts.Viewer), desk.OfTemplate(s.Templates, accounts.Planner)
	return []desk.Route{
		desk.Get("/templates", desk.Under(accounts.Viewer), s.templates),
		desk.Post("/templates", desk.Under(accounts.Planner), s.addTemplate),
		desk.Get("/templates/:template", look, s.template),
		desk.Post("/templates/:template", plan, s.saveTemplate),
		desk.Get("/templates/:template/preview", look, s.templatePreview),
		desk.Post("/templates/:template/preview", look, s.sourcePreview),
		desk.Post("/templates/:template/check", look, s.checkSource),
		desk.Post("/templates/:template/archive", plan, s.archiveTemplate),
	}
}

// templatesView is the list of a label's templates, with the form for a new one.
type templatesView struct {
	List     desk.Listing
	Items    []templates.Template
	Shown    []desk.Choice
	Starters []templates.Starter
	Form     desk.Form
	Plans    bool
	Zone     *time.Location
}

func (s *Screen) templates(x *desk.Exchange) error {
	if desk.WantsCSV(x) {
		return desk.Export(
			x, "templates", []string{"id", "name", "format", "version", "changed_at"}, desk.Bind(x, s.findTemplates), templateRow,
		)
	}
	return s.showTemplates(x, http.StatusOK, desk.Form{})
}

func (s *Screen) showTemplates(x *desk.Exchange, status int, f desk.Form) error {
	list := desk.NewListing(x)
	page, err := s.findTemplates(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	return x.Answer(status, "template/list", templatesView{
		List: list, Items: page.Items, Starters: templates.Starters(), Form: f, Plans: x.Can(accounts.Planner), Zone: x.Zone(),
		Shown: []desk.Choice{{Value: "", Word: x.Say.T("templates.offered")}, {Value: "all", Word: x.Say.T("templates.archived_too")}},
	})
}

func (s *Screen) findTemplates(x *desk.Exchange, ask paging.Ask) (paging.Page[templates.Template], error) {
	return s.Templates.List(x.Context(), templates.Filter{
		Labels: []labels.ID{x.Label.ID}, Name: x.Query("q"), Archived: x.Query("shown") == "all",
	}, ask)
}

func templateRow(t templates.Template) []string {
	return []string{desk.Itoa(t.ID), t.Name, string(t.Format), strconv.Itoa(t.Version), t.CreatedAt.UTC().Format(time.RFC3339)}
}

// addTemplate begins a template with the source of one that comes with Keur, or
// a partial.
func (s *Screen) addTemplate(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	made := templates.Template{
		LabelID: x.Label.ID, Kind: templates.Partial, Name: f.Field("name"), Format: templates.MJML, Source: templates.FirstPartial,
	}
	if f.Field("starter") != string(templates.Partial) {
		start, err := s.Editor.Template(x, f.Field("starter"))
		if err != nil {
			return err
		}
		made.Kind, made.Format, made.Source = templates.Mail, start.Format, start.Source
	}
	t, err := s.Templates.Create(x.Context(), made)
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showTemplates(x, http.StatusUnprocessableEntity, f)
	}
	return x.GoTo(templatePath(t.ID))
}

// archiveTemplate takes a template out of what is offered, or back in. Mailings
// that have it keep it.
func (s *Screen) archiveTemplate(x *desk.Exchange) error {
	id, now := desk.Found[templates.Template](x).ID, x.Now()
	if _, err := s.Templates.Update(x.Context(), id, func(t *templates.Template) error {
		if t.ArchivedAt != nil {
			t.ArchivedAt = nil
		} else {
			t.ArchivedAt = &now
		}
		return nil
	}); err != nil {
		return err
	}
	return x.GoTo(templatePath(id))
}

func templatePath(id templates.ID) string { return "/templates/" + desk.Itoa(id) }
