package imports

import (
	"net/http"
	"path/filepath"

	"keur/members"
	"keur/members/imports"
	"keur/web/desk"
)

// listView asks for a suppression list, and says what became of it.
type listView struct {
	Form desk.Form
	Done *imports.ListResult
}

// lists are the pages of suppression lists.
type lists struct{ *Screen }

func (s *lists) newList(x *desk.Exchange) error {
	return x.Show("imports/suppressions", listView{Form: desk.NewForm(x.Say)})
}

// takeList adds a file of addresses, or their hashes, to the label's list.
func (s *lists) takeList(x *desk.Exchange) error {
	view := listView{Form: desk.NewForm(x.Say)}
	name, file, err := uploaded(x)
	if err == nil {
		var done imports.ListResult
		done, err = s.Importer.List(x.Context(), imports.ListOptions{
			Label: x.Label.ID, FileName: filepath.Base(name), Reason: members.Manual,
		}, file)
		view.Done = &done
	}
	if err == nil {
		return x.Show("imports/suppressions", view)
	}
	view.Done = nil
	if err := view.Form.Take(err); err != nil {
		return err
	}
	return x.Answer(http.StatusUnprocessableEntity, "imports/suppressions", view)
}
