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
			group := fieldsOf([]byte("Final-Recipient: " + clean(recipient.EmailAddress) + "\nAction: failed\nStatus: " +
				clean(recipient.Status) + "\nDiagnostic-Code: " + clean(recipient.DiagnosticCode)))
			if result, ok := m.statusResult(group); ok {
				r.Results = append(r.Results, result)
			}
		}
	default:
		return false
	}
	for _, header := range notice.Mail.Headers {
		if strings.EqualFold(header.Name, "Message-ID") {
			r.MessageIDs = append(r.MessageIDs, header.Value)
		}
	}
	r.Addresses = append(r.Addresses, addressesIn(notice.Mail.Source)...)
	return true
}
