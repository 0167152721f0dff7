package template

import (
	"keur/accounts"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/editor"
)

func (s *Screen) visualRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/templates/:template/visual", desk.OfTemplate(s.Templates, accounts.Planner), s.visualTemplate),
	}
}

// visualTemplateView is a template in the visual editor.
type visualTemplateView struct {
	editor.Visual
	Template templates.Template
	Newest   int
}

// visualTemplate edits a template by eye. It is saved as the source is.
func (s *Screen) visualTemplate(x *desk.Exchange) error {
	t, err := s.shownTemplate(x)
	if err != nil {
		return err
	}
	if t.Format != templates.MJML || t.Kind != templates.Mail {
		return x.GoTo(templatePath(t.ID))
	}
	newest := desk.Found[templates.Template](x)
	visual, err := s.Editor.Visual(x, t.Source, newest.Version)
	if err != nil {
		return err
	}
	x.Header("Content-Security-Policy", editor.VisualPolicy)
	return x.Show("template/visual", visualTemplateView{visual, t, newest.Version})
}
