package settings

import (
	"net/http"

	"keur/labels"
	"keur/web/desk"
)

func (s *caps) capRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/caps", desk.Admins(), s.caps),
		desk.Post("/settings/caps", desk.Admins(), s.changeCaps),
	}
}

// capsView is what holds across labels, with what each sets for itself.
type capsView struct {
	Form   desk.Form
	Lines  []int
	Labels []labels.Label
}

func (s *caps) caps(x *desk.Exchange) error {
	shared, err := s.Labels.SharedCaps(x.Context())
	if err != nil {
		return err
	}
	f := desk.NewForm(x.Say)
	setCaps(&f, shared)
	return s.showCaps(x, http.StatusOK, f)
}

func (s *caps) showCaps(x *desk.Exchange, status int, f desk.Form) error {
	return x.Answer(status, "settings/caps", capsView{Form: f, Lines: numbersTo(len(f.Values["cap_days"]) + 1), Labels: x.Sees})
}

// InWords writes a cap of a label.
func (v capsView) InWords(c labels.Cap) string { return capInWords(v.Form.Say, c) }

func (s *caps) changeCaps(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	for range f.Values["cap_days"] {
		f.Add("cap_scope", string(labels.AcrossLabels))
	}
	caps := readCaps(&f)
	var before []labels.Cap
	after := caps
	if f.Wrong() {
		err = desk.ErrInvalid
	} else {
		after, err = s.Labels.UpdateSharedCaps(x.Context(), func(now []labels.Cap) ([]labels.Cap, error) {
			before = now
			return caps, nil
		})
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showCaps(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(append(capEffects(x.Say, before, after), x.Say.T("labels.saved"))...)
	return x.GoTo("/settings/caps")
}
