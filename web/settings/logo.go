package settings

import (
	"errors"
	"io"
	"net/http"

	"keur/internal/fault"
	"keur/labels"
	"keur/web/desk"
)

// changeLogo takes a picture for the label's logo, or with none, as the button
// beside it says, lets it have none.
func (s *labelPages) changeLogo(x *desk.Exchange) error {
	l, err := s.labelInPath(x)
	if err != nil {
		return err
	}
	f := s.labelForm(x, l)
	if l, err = s.logoOf(x, l); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showLabel(x, http.StatusUnprocessableEntity, l, f)
	}
	said := "labels.logo_shown"
	if l.Logo == "" {
		said = "labels.logo_gone"
	}
	x.Flash(x.Say.T(said))
	return x.GoTo("/settings/labels/" + desk.Itoa(l.ID))
}

// logoOf keeps what was sent as the label's logo, and returns the label.
func (s *labelPages) logoOf(x *desk.Exchange, l labels.Label) (labels.Label, error) {
	desk.Stream(x, desk.MaxUpload)
	file, _, err := x.Request.FormFile("file")
	logo := ""
	switch {
	case errors.Is(err, http.ErrMissingFile) && x.Request.PostForm.Get("do") == "remove":
	case errors.Is(err, http.ErrMissingFile):
		return l, fault.At("file", "input.file_missing")
	case err != nil:
		return l, fault.At("file", "input.file_unreadable", "most", desk.MaxUpload>>20)
	default:
		defer func() { _ = file.Close() }()
		data, err := io.ReadAll(file)
		if err != nil {
			return l, fault.At("file", "input.file_unreadable", "most", desk.MaxUpload>>20)
		}
		picture, err := s.Creatives.Put(x.Context(), data)
		if err != nil {
			return l, err
		}
		logo = picture.Hash.String()
	}
	changed, err := s.Labels.Update(x.Context(), l.ID, func(l *labels.Label) error {
		l.Logo = logo
		return nil
	})
	if err != nil {
		return l, err
	}
	return changed, nil
}
