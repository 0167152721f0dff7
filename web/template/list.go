package template

import (
	"net/http"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/tables"
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
	if desk.WantsFile(x) {
		return desk.Export(x, "templates", x.Say.T("section.templates"), templateColumns(), desk.Bind(x, s.findTemplates))
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

// templateColumns are those of the list as a file.
func templateColumns() []tables.Column[templates.Template] {
	type row = templates.Template
	return []tables.Column[row]{
		tables.IDOf("id", func(t row) templates.ID { return t.ID }),
		tables.TextOf("name", func(t row) string { return t.Name }),
		tables.TermOf("format", func(t row) (string, string) { return string(t.Format), strings.ToUpper(string(t.Format)) }),
		tables.CountOf("version", func(t row) int { return t.Version }),
		tables.MomentOf("changed_at", func(t row) *time.Time { return &t.CreatedAt }),
	}
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
