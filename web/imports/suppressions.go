package imports

import (
	"net/http"
	"path/filepath"

	"keur/members"
	"keur/members/imports/lists"
	"keur/web/desk"
)

// listView asks for a suppression list, and says what became of it.
type listView struct {
	Form desk.Form
	Done *lists.Result
}

// suppressions are the pages of suppression lists.
type suppressions struct{ *Screen }

func (s *suppressions) newList(x *desk.Exchange) error {
	return x.Show("imports/suppressions", listView{Form: desk.NewForm(x.Say)})
}

// takeList adds a file of addresses, or their hashes, to the label's list.
func (s *suppressions) takeList(x *desk.Exchange) error {
	view := listView{Form: desk.NewForm(x.Say)}
	name, file, err := uploaded(x)
	if err == nil {
		var done lists.Result
		done, err = lists.Import(x.Context(), s.Members, lists.Options{
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
