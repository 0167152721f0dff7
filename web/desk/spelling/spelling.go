// Package spelling shows which words of a mail no dictionary knows.
package spelling

import (
	"errors"
	"strings"

	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/spelling"
	"keur/mailings"
	"keur/web/desk"
)

// View is what is said of the spelling of a mail, in its label's language.
type View struct {
	Words    []spelling.Word
	Language string
	Absent   bool // no hunspell is installed
	Unread   bool // no dictionary of the language is
	Failed   bool // hunspell gave no answer
	Later    bool // the mail can't be rendered yet
}

// Reader asks hunspell.
type Reader struct {
	Checker *spelling.Checker // nil: none is installed
	Proofs  *delivery.Proofs
}

// Of reads a mail's subjects, preheader and text, for the open page. It keeps
// nothing from being sent: a dictionary doesn't know every word.
func (r Reader) Of(x *desk.Exchange, content *mailings.Content) (View, error) {
	view := View{Language: content.Label.Locale, Absent: r.Checker == nil}
	if view.Absent {
		return view, nil
	}
	text, err := r.read(x, content)
	if fault.Is(err, fault.Invalid) {
		view.Later = true
		return view, nil
	}
	if err != nil {
		return view, err
	}
	view.Words, err = r.Checker.Unknown(x.Context(), content.Label.Locale, text, namesOf(content)...)
	switch {
	case errors.Is(err, spelling.ErrNoDictionary):
		view.Unread = true
	case err != nil:
		desk.Log(x).Warn("the spelling wasn't checked", "error", err)
		view.Failed = true
	}
	return view, nil
}

// read returns all that a mail says.
func (r Reader) read(x *desk.Exchange, content *mailings.Content) (string, error) {
	mail, err := r.Proofs.PreviewContent(x.Context(), *content, 0, 0)
	return strings.Join(append(mail.Subjects, mail.Preheader, mail.Text), "\n"), err
}

// namesOf are names that a mail says and dictionaries don't know.
func namesOf(content *mailings.Content) []string {
	names := []string{content.Label.Name, content.Label.ImprintName, content.Label.ImprintAddress, content.Sender.Name}
	for _, p := range content.Placements {
		names = append(names, p.Advertiser, p.Campaign)
	}
	return names
}
