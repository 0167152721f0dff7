// Package spelled shows which words of a mailing no dictionary knows.
package spelled

import (
	"errors"
	"strings"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/hunspell"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/spelling"
	"keur/web/desk"
)

// View is what a dictionary doesn't know of the mail.
type View struct {
	Mailing  mailings.ID
	Language string // of the label
	Found    []misspelled
	More     int    // words beyond those that are shown
	Lacks    string // what keeps words from being looked up: absent, no_dictionary or silent
	Packages string // that bring it
	MayAdd   bool   // words to the label's own
	Added    string // just now
	Refused  string // why it wasn't
}

// misspelled is a word that no dictionary knows, with where it stands.
type misspelled struct {
	Word        string
	Suggestions string
	Places      []placeView
	More        int // places beyond those
}

// placeView is one place, for people.
type placeView struct {
	spelling.Place
	What, Of string // which part of the mailing, of difference, and which of several
	Step     string // of the mailing, on which it is mended
}

const (
	shownWords  = 25
	shownPlaces = 3
)

// Reader looks them up.
type Reader struct{ *spelling.Checker }

// Of looks up the words of a mailing as it stands, for the open page. What keeps
// that from being done is said there, and keeps nothing from being sent.
func (s Reader) Of(x *desk.Exchange, m *mailings.Mailing, content *mailings.Content) (View, error) {
	view := View{
		Mailing: m.ID, Language: content.Label.Locale, Packages: hunspell.Packages, MayAdd: x.Can(accounts.Planner),
	}
	found, err := s.Check(x.Context(), m.LabelID, content)
	switch _, ours := desk.AsFault(err); {
	case errors.Is(err, hunspell.ErrAbsent):
		view.Lacks = "absent"
	case errors.Is(err, hunspell.ErrNoDictionary):
		view.Lacks = "no_dictionary"
	case err != nil && (ours || x.Context().Err() != nil):
		return view, err
	case err != nil:
		desk.Log(x).Warn("hunspell gave no answer", "error", err)
		view.Lacks = "silent"
	}
	view.More = max(len(found)-shownWords, 0)
	for _, f := range found[:len(found)-view.More] {
		view.Found = append(view.Found, misspelledOf(f, content))
	}
	return view, nil
}

// Add takes a word for right under a label from now on, and returns what keeps it
// from being one.
func (s Reader) Add(x *desk.Exchange, label labels.ID, word string) (refused string, err error) {
	err = s.Words.Add(x.Context(), label, word)
	problem, is := desk.AsFault(err)
	if !is || problem.Kind != fault.Invalid && problem.Kind != fault.Conflict {
		return "", err
	}
	refused = x.Say.Sentence(problem.Message)
	for _, d := range problem.Details {
		refused = x.Say.Sentence(d.Message)
	}
	return refused, nil
}

func misspelledOf(f spelling.Finding, content *mailings.Content) misspelled {
	w := misspelled{Word: f.Word, Suggestions: strings.Join(f.Suggestions, ", "), More: max(len(f.Places)-shownPlaces, 0)}
	for _, p := range f.Places[:len(f.Places)-w.More] {
		w.Places = append(w.Places, placeOf(p, content))
	}
	return w
}

// placeOf says where a place is. Of the only subject it isn't said which.
func placeOf(p spelling.Place, content *mailings.Content) placeView {
	what, of, _ := strings.Cut(strings.TrimSuffix(p.Part, "]"), "[")
	view := placeView{Place: p, What: what, Of: of, Step: "content"}
	switch what {
	case "":
		view.What, view.Step = "source", "source"
	case "subject":
		if view.Of = strings.ToUpper(of); len(content.Subjects) == 1 {
			view.Of = ""
		}
	case "placement":
		placed, _ := content.Placement(of)
		view.Of = placed.Campaign
	}
	return view
}
