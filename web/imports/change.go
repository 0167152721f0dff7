package imports

import (
	"fmt"
	"net/http"
	"strings"

	"keur/accounts"
	"keur/internal/typed"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/standing"
	"keur/members/imports/uploads"
	"keur/web/desk"
)

// changeUpload saves what becomes of the columns, and begins the dry run or the
// import itself when that is asked for.
func (s *Screen) changeUpload(x *desk.Exchange) error {
	up, f, err := desk.FoundWithForm[uploads.Upload](x)
	if err != nil {
		return err
	}
	chosen := readColumns(f)
	_, err = s.Uploads.Update(x.Context(), up.ID, func(up *uploads.Upload) error {
		if err := up.Options.Choose(chosen); err != nil {
			return err
		}
		return s.readOptions(x, f, up)
	})
	if err == nil && f.Field("do") != "save" {
		err = s.Uploads.Start(x.Context(), up.ID, f.Field("do") != "import")
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		if err := desk.FindAgain(x); err != nil {
			return err
		}
		return s.showUpload(x, http.StatusUnprocessableEntity, f, chosen)
	}
	return x.GoTo("/imports/files/" + desk.Itoa(up.ID))
}

// readColumns reads what each column is to become.
func readColumns(f desk.Form) []imports.Column {
	columns := make([]imports.Column, len(f.Values["header"]))
	for i, header := range f.Values["header"] {
		c := imports.Column{Header: header}
		choice := desk.Nth(f, "choice", i)
		name, attribute := strings.CutPrefix(choice, "attribute:")
		switch {
		case choice == "new":
			c.Target, c.Type, c.New = strings.TrimSpace(desk.Nth(f, "name", i)), members.Type(desk.Nth(f, "type", i)), true
		case attribute:
			c.Target, c.Type = name, members.Type(desk.Nth(f, "type", i))
		default:
			c.Target = choice
		}
		for j, word := range f.Values[fmt.Sprintf("word-%d", i)] {
			c.Words = append(c.Words, imports.Word{Word: word, Standing: standing.Standing(desk.Nth(f, fmt.Sprintf("standing-%d", i), j))})
		}
		columns[i] = c
	}
	return columns
}

// readOptions reads the consent that the whole file has, if it is filled in.
func (s *Screen) readOptions(x *desk.Exchange, f desk.Form, up *uploads.Upload) error {
	up.Options.Source, up.Options.Consent = f.Field("source"), nil
	up.Options.Standing, up.Options.DateOrder = standing.Standing(f.Field("standing")), typed.Order(f.Field("date_order"))
	c := imports.FileConsent{
		Text: f.Field("consent_text"), Version: f.Field("consent_version"), Source: f.Field("consent_source"),
		FormURL: f.Field("consent_url"),
	}
	if c.Text == "" && c.Source == "" && f.Field("consent_at") == "" {
		return nil
	}
	if at, ok := typed.Moment(f.Field("consent_at"), "", x.Zone()); ok {
		c.At = at
	}
	up.Options.Consent = &c
	err := up.Options.Check(x.Now())
	if problem, is := desk.AsFault(err); is { // its paths are the options'; the form's fields have underscores
		for i := range problem.Details {
			problem.Details[i].Path = strings.ReplaceAll(problem.Details[i].Path, "consent.", "consent_")
		}
	}
	return err
}

// startUpload lets an import that was stopped go on.
func (s *Screen) startUpload(x *desk.Exchange) error {
	return s.withUpload(x, func(id int64) error { return s.Uploads.Start(x.Context(), id, false) })
}

func (s *Screen) cancelUpload(x *desk.Exchange) error {
	return s.withUpload(x, func(id int64) error { s.Uploads.Cancel(id); return nil })
}

// withUpload does one thing with the upload and shows it again.
func (s *Screen) withUpload(x *desk.Exchange, do func(id int64) error) error {
	up, f, err := desk.FoundWithForm[uploads.Upload](x)
	if err != nil {
		return err
	}
	if err := do(up.ID); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		if err := desk.FindAgain(x); err != nil {
			return err
		}
		return s.showUpload(x, http.StatusUnprocessableEntity, f, nil)
	}
	return x.GoTo("/imports/files/" + desk.Itoa(up.ID))
}

func (s *Screen) removeUpload(x *desk.Exchange) error {
	if err := s.Uploads.Remove(x.Context(), desk.Found[uploads.Upload](x).ID); err != nil {
		return err
	}
	return x.GoTo("/imports?label=" + x.Label.Code)
}

// ofUpload demands one of the roles for the label that the file is for.
func (s *Screen) ofUpload(roles ...accounts.Role) desk.Access {
	return desk.Of("upload", roles, func(x *desk.Exchange, id int64) (uploads.Upload, labels.ID, error) {
		up, err := s.Uploads.Get(x.Context(), id)
		return up, up.Label, err
	})
}

// ofImport demands one of the roles for the label of the import.
func (s *Screen) ofImport(roles ...accounts.Role) desk.Access {
	return desk.Of("import", roles, func(x *desk.Exchange, id int64) (imports.Import, labels.ID, error) {
		i, err := s.Importer.Import(x.Context(), id)
		return i, i.Label, err
	})
}
