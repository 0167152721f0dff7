package settings

import (
	"net/http"

	"keur/labels"
	"keur/labels/dictionary"
	"keur/web/desk"
)

// wordPages are the words that a label takes for right, whatever a dictionary says.
type wordPages struct{ *Screen }

func (s *wordPages) wordRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/labels/:label/words", desk.AdminsOfLabel(), s.show),
		desk.Post("/settings/labels/:label/words", desk.AdminsOfLabel(), s.add),
		desk.Post("/settings/labels/:label/words/remove", desk.AdminsOfLabel(), s.remove),
	}
}

// wordsView is the list as it is edited.
type wordsView struct {
	Of    labels.Label
	Form  desk.Form
	Words []ownWord
}

// ownWord is a word with the name of who added it.
type ownWord struct {
	dictionary.Word
	Adder string
}

func (s *wordPages) show(x *desk.Exchange) error {
	l, err := (&labelPages{s.Screen}).labelInPath(x)
	if err != nil {
		return err
	}
	return s.answer(x, http.StatusOK, l, desk.NewForm(x.Say))
}

func (s *wordPages) answer(x *desk.Exchange, status int, l labels.Label, f desk.Form) error {
	view := wordsView{Of: l, Form: f}
	found, err := s.Words.List(x.Context(), l.ID)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, w := range found {
		name, known := names[w.AddedBy]
		if !known {
			if name, err = desk.ActorName(x, w.AddedBy); err != nil {
				return err
			}
			names[w.AddedBy] = name
		}
		view.Words = append(view.Words, ownWord{w, name})
	}
	if err := x.About(l.ID); err != nil {
		return err
	}
	return x.Answer(status, "settings/words", view)
}

func (s *wordPages) add(x *desk.Exchange) error {
	l, err := (&labelPages{s.Screen}).labelInPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if err := s.Words.Add(x.Context(), l.ID, f.Field("word")); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.answer(x, http.StatusUnprocessableEntity, l, f)
	}
	return x.GoTo("/settings/labels/" + desk.Itoa(l.ID) + "/words")
}

func (s *wordPages) remove(x *desk.Exchange) error {
	l, err := (&labelPages{s.Screen}).labelInPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if err := s.Words.Remove(x.Context(), l.ID, f.Get("word")); err != nil {
		return err
	}
	x.Flash(x.Say.T("words.removed", "word", f.Get("word")))
	return x.GoTo("/settings/labels/" + desk.Itoa(l.ID) + "/words")
}
