// Package letters writes the mails about approvals and sends: to those who decide,
// to makers, and to clients in their label's look.
package letters

import (
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/notices"
)

// Facts are what a letter fills in.
type Facts struct {
	Name, Mailing, Label, URL, Reason string
	Until                             time.Time // when it is due, or the slot of a send
	Asker, Moment                     string    // who asks, and when the mailing goes out, in words
}

// To writes the letter for an occasion in the reader's language.
func To(locale, occasion string, f Facts) notices.Letter {
	return notices.Write(locale, "approval_letter."+occasion, "name", f.Name, "mailing", f.Mailing, "label", f.Label, "url", f.URL,
		"reason", f.Reason, "asker", f.Asker, "moment", f.Moment, "until", f.Until.Format("02-01-2006 15:04 (MST)"))
}

// MaxNote is how many characters a note to clients has at most.
const MaxNote = 1000

// Note returns a note without the space around it, or a fault of its field.
func Note(typed string) (string, error) {
	note := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if !form.Lines(note, MaxNote) {
		return "", fault.At("note", "approval.note_form", "most", MaxNote)
	}
	return note, nil
}
