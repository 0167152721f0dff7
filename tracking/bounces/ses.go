package bounces

import (
	"encoding/json"
	"strings"
)

// sesNotice is what Amazon SES writes, as JSON in the text of a letter.
type sesNotice struct {
	NotificationType, EventType string
	Complaint                   struct {
		ComplaintFeedbackType string
		ComplainedRecipients  []struct{ EmailAddress string }
	}
	Bounce struct {
		BouncedRecipients []struct {
			EmailAddress, Action, Status, DiagnosticCode string
		}
	}
	Mail struct {
		Source  string
		Headers []struct{ Name, Value string }
	}
}

// ReadSES understands a notice of Amazon SES, and reports whether the text is
// one.
func ReadSES(text string) (Report, bool) {
	r := Report{Kind: Other}
	is := r.readSES(&mail{text: text})
	return r, is
}

// readSES reads a notice of Amazon SES, and reports whether the letter is one.
func (r *Report) readSES(m *mail) bool {
	text := strings.TrimSpace(m.text)
	if !strings.HasPrefix(text, "{") {
		return false
	}
	text = strings.NewReplacer("!\r\n ", "", "!\n ", "").Replace(text) // how sendmail breaks long lines
	var notice sesNotice
	if json.NewDecoder(strings.NewReader(text)).Decode(&notice) != nil {
		return false
	}
	switch notice.NotificationType + notice.EventType {
	case "Complaint":
		r.Kind, r.Feedback = Complaint, notice.Complaint.ComplaintFeedbackType
		if r.Feedback == "" {
			r.Feedback = "abuse"
		}
		for _, recipient := range notice.Complaint.ComplainedRecipients {
			r.Results = append(r.Results, Result{Recipient: clean(recipient.EmailAddress)})
		}
	case "Bounce":
		r.Kind = Bounce
		for _, recipient := range notice.Bounce.BouncedRecipients {
			said := Notice{recipient.EmailAddress, recipient.Action, recipient.Status, recipient.DiagnosticCode}
			if result, ok := said.result(m); ok {
				r.Results = append(r.Results, result)
			}
		}
	default:
		return false
	}
	for _, header := range notice.Mail.Headers {
		switch strings.ToLower(header.Name) {
		case "message-id":
			r.MessageIDs = append(r.MessageIDs, header.Value)
		case "list-unsubscribe":
			r.unsubscribeLinks(header.Value)
		}
	}
	r.Addresses = append(r.Addresses, addressesIn(notice.Mail.Source)...)
	return true
}
