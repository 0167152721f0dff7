package imports

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/members"
	"keur/segments"
	"keur/web/desk"
)

// wordsView is what people call the values of one of the label's attributes.
type wordsView struct {
	Form  desk.Form
	Name  string
	Lines []wordLine
}

// wordLine is a value with its words, and how many members have it.
type wordLine struct {
	members.ValueWord
	Members int64 // about; 0: few, or none
	Fault   string
}

// blankLines are there for values that no member has yet.
const blankLines = 2

func (s *attributes) words(x *desk.Exchange) error {
	return s.showWords(x, http.StatusOK, desk.NewForm(x.Say), nil)
}

// showWords shows the values that have words, those that members have, and room for
// more; what was typed and refused in their place.
func (s *attributes) showWords(x *desk.Exchange, status int, f desk.Form, typed []members.ValueWord) error {
	view := wordsView{Form: f, Name: x.Param("attribute")}
	kept, err := members.NewAttributes(s.Members).Words(x.Context(), x.Label.ID, view.Name)
	if err != nil {
		return err
	}
	if typed != nil {
		kept = typed
	}
	fields, err := s.Audiences.Fields(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	found, err := s.Audiences.CommonValues(x.Context(), x.Label.ID, fields[view.Name], "")
	if err != nil {
		return err
	}
	for i, w := range kept {
		line := wordLine{ValueWord: w, Fault: faultOf(f, i)}
		if at := slices.IndexFunc(found, func(c segments.ValueCount) bool { return c.Value == w.Value }); at >= 0 {
			line.Members = found[at].Members
		}
		view.Lines = append(view.Lines, line)
	}
	for _, c := range found {
		if !slices.ContainsFunc(kept, func(w members.ValueWord) bool { return w.Value == c.Value }) {
			view.Lines = append(view.Lines, wordLine{ValueWord: members.ValueWord{Value: c.Value}, Members: c.Members})
		}
	}
	for range blankLines {
		view.Lines = append(view.Lines, wordLine{})
	}
	return x.Answer(status, "imports/words", view)
}

// faultOf is what is wrong with one of the words that were typed.
func faultOf(f desk.Form, i int) string {
	at := "words[" + strconv.Itoa(i) + "]."
	for _, field := range []string{"value", "nl", "de", "en"} {
		if wrong := f.Faults[at+field]; wrong != "" {
			return wrong
		}
	}
	return ""
}

// saveWords takes what was typed. A line without a value is none.
func (s *attributes) saveWords(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	typed := []members.ValueWord{}
	for i, value := range f.Values["value"] {
		w := members.ValueWord{
			Value: strings.TrimSpace(value), NL: strings.TrimSpace(desk.Nth(f, "nl", i)),
			DE: strings.TrimSpace(desk.Nth(f, "de", i)), EN: strings.TrimSpace(desk.Nth(f, "en", i)),
		}
		if w.Value != "" && w.NL+w.DE+w.EN != "" {
			typed = append(typed, w)
		}
	}
	name := x.Param("attribute")
	err = members.NewAttributes(s.Members).SetWords(x.Context(), x.Label.ID, name, typed)
	if fault.Is(err, fault.NotFound) {
		return desk.NotHere()
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showWords(x, http.StatusUnprocessableEntity, f, typed)
	}
	x.Flash(x.Say.T("imports.words_saved"))
	return x.GoTo("/imports/attributes/" + name + "?label=" + x.Label.Code)
}
