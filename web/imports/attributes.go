package imports

import (
	"net/http"

	"keur/members"
	"keur/web/desk"
)

// attributesView is what the label knows of its members.
type attributesView struct {
	Form  desk.Form
	Known []members.Attribute
}

// attributes are the pages about them.
type attributes struct{ *Screen }

func (s *attributes) list(x *desk.Exchange) error {
	return s.showAttributes(x, http.StatusOK, desk.NewForm(x.Say))
}

func (s *attributes) showAttributes(x *desk.Exchange, status int, f desk.Form) error {
	known, err := s.Members.Attributes(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	return x.Answer(status, "imports/attributes", attributesView{f, known})
}

// removeAttribute takes away one that no member has, such as an import left.
func (s *attributes) removeAttribute(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if err := members.NewAttributes(s.Members).Remove(x.Context(), x.Label.ID, f.Field("name")); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showAttributes(x, http.StatusUnprocessableEntity, f)
	}
	return x.GoTo("/imports/attributes?label=" + x.Label.Code)
}
