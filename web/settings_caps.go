package web

import (
	"net/http"

	"keur/labels"
)

func (d *door) capRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/caps", admins(), (*visit).caps},
		{http.MethodPost, "/settings/caps", admins(), (*visit).changeCaps},
	}
}

// capsView is what holds across labels, with what each sets for itself.
type capsView struct {
	Form   form
	Lines  []int
	Labels []labels.Label
}

func (v *visit) caps() error {
	shared, err := v.Labels.SharedCaps(v.ctx())
	if err != nil {
		return err
	}
	f := newForm(v.Say)
	f.setCaps(shared)
	return v.showCaps(http.StatusOK, f)
}

func (v *visit) showCaps(status int, f form) error {
	return v.answer(status, "settings_caps", capsView{Form: f, Lines: numbersTo(len(f.Values["cap_days"]) + 1), Labels: v.Sees})
}

// InWords writes a cap of a label.
func (v capsView) InWords(c labels.Cap) string { return capInWords(v.Form.say, c) }

func (v *visit) changeCaps() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	for range f.Values["cap_days"] {
		f.Add("cap_scope", string(labels.AcrossLabels))
	}
	caps := f.readCaps()
	var before []labels.Cap
	after := caps
	if f.Wrong() {
		err = errStays
	} else {
		after, err = v.Labels.UpdateSharedCaps(v.ctx(), func(now []labels.Cap) ([]labels.Cap, error) {
			before = now
			return caps, nil
		})
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showCaps(http.StatusUnprocessableEntity, f)
	}
	v.announce(append(capEffects(v.Say, before, after), v.Say.T("labels.saved"))...)
	return v.to("/settings/caps")
}
