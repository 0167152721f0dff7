package approval

import (
	"time"

	"keur/internal/notices"
)

// letterFacts are what a letter fills in.
type letterFacts struct {
	Name, Mailing, Label, URL, Reason string
	Until                             time.Time // when it is due, or the slot of a send
	Asker, Moment                     string    // who asks, and when the mailing goes out, in words
}

// letterTo writes the letter for an occasion in the reader's language.
func letterTo(locale, occasion string, f letterFacts) notices.Letter {
	return notices.Write(locale, "approval_letter."+occasion, "name", f.Name, "mailing", f.Mailing, "label", f.Label, "url", f.URL,
		"reason", f.Reason, "asker", f.Asker, "moment", f.Moment, "until", f.Until.Format("02-01-2006 15:04 (MST)"))
}
