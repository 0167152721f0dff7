package web

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
)

// changeUpload saves what becomes of the columns, and begins the dry run or the
// import itself when that is asked for.
func (v *visit) changeUpload() error {
	id, f, err := v.formFor("upload")
	if err != nil {
		return err
	}
	chosen := readColumns(f)
	_, err = v.Uploads.Update(v.ctx(), id, func(up *imports.Upload) error {
		if err := up.Options.Choose(chosen); err != nil {
			return err
		}
		return v.readOptions(f, up)
	})
	if err == nil && f.Field("do") != "save" {
		err = v.Uploads.Start(v.ctx(), id, f.Field("do") != "import")
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showUpload(http.StatusUnprocessableEntity, f, chosen)
	}
	return v.to("/imports/files/" + itoa(id))
}

// readColumns reads what each column is to become.
func readColumns(f form) []imports.Column {
	columns := make([]imports.Column, len(f.Values["header"]))
	for i, header := range f.Values["header"] {
		c := imports.Column{Header: header}
		choice := nth(f, "choice", i)
		name, attribute := strings.CutPrefix(choice, "attribute:")
		switch {
		case choice == "new":
			c.Target, c.Type, c.New = strings.TrimSpace(nth(f, "name", i)), members.Type(nth(f, "type", i)), true
		case attribute:
			c.Target, c.Type = name, members.Type(nth(f, "type", i))
		default:
			c.Target = choice
		}
		columns[i] = c
	}
	return columns
}

// readOptions reads the consent that the whole file has, if it is filled in.
func (v *visit) readOptions(f form, up *imports.Upload) error {
	up.Options.Source, up.Options.Consent = f.Field("source"), nil
	c := imports.FileConsent{Text: f.Field("consent_text"), Version: f.Field("consent_version"), Source: f.Field("consent_source"), FormURL: f.Field("consent_url")}
	if c.Text == "" && c.Source == "" && f.Field("consent_at") == "" {
		return nil
	}
	if at, ok := imports.ParseMoment(f.Field("consent_at"), v.zone()); ok {
		c.At = at
	}
	up.Options.Consent = &c
	err := up.Options.Check(v.now())
	if told, is := asFault(err); is { // its paths are the options'; the form's fields have underscores
		for i := range told.Details {
			told.Details[i].Path = strings.ReplaceAll(told.Details[i].Path, "consent.", "consent_")
		}
	}
	return err
}

// startUpload lets an import that was stopped go on.
func (v *visit) startUpload() error {
	return v.withUpload(func(id int64) error { return v.Uploads.Start(v.ctx(), id, false) })
}

func (v *visit) cancelUpload() error {
	return v.withUpload(func(id int64) error { v.Uploads.Cancel(id); return nil })
}

// withUpload does one thing with the upload and shows it again.
func (v *visit) withUpload(do func(id int64) error) error {
	id, f, err := v.formFor("upload")
	if err != nil {
		return err
	}
	if err := do(id); err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showUpload(http.StatusUnprocessableEntity, f, nil)
	}
	return v.to("/imports/files/" + itoa(id))
}

func (v *visit) removeUpload() error {
	id, err := v.id("upload")
	if err != nil {
		return err
	}
	if err := v.Uploads.Remove(v.ctx(), id); err != nil {
		return err
	}
	return v.to("/imports?label=" + v.Label.Code)
}

// ofUpload demands one of the roles for the label that the file is for.
func ofUpload(roles ...accounts.Role) who {
	return ofThing("upload", roles, func(v *visit, id int64) (labels.ID, error) {
		up, err := v.Uploads.Get(v.ctx(), id)
		return up.Label, err
	})
}

// ofImport demands one of the roles for the label of the import.
func ofImport(roles ...accounts.Role) who {
	return ofThing("import", roles, func(v *visit, id int64) (labels.ID, error) {
		i, err := v.Importer.Import(v.ctx(), id)
		return i.Label, err
	})
}
