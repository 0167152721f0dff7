package bounces

import (
	"net/textproto"
	"strings"
)

// readFeedback reads a feedback report (RFC 5965), and reports whether the
// letter is one. It may tell of several recipients, and of none where those are
// taken out; then whom the mail was sent to must do.
func (r *Report) readFeedback(m *mail) bool {
	if len(m.feedback) == 0 {
		return false
	}
	r.Kind = Complaint
	var recipients []string
	for _, fields := range m.feedback {
		if kind := feedbackType(fields); kind != "" {
			r.Feedback = kind
		}
		for _, name := range []string{"Original-Rcpt-To", "Removal-Recipient"} {
			for _, value := range fields[name] {
				recipients = append(recipients, addressesIn(value)...)
			}
		}
	}
	r.complain(m, recipients)
	return true
}

// feedbackType returns what a report complains of: a word, without the comment
// that some write behind it (RFC 5322 §3.2.2).
func feedbackType(fields textproto.MIMEHeader) string {
	kind, _, _ := strings.Cut(strings.ToLower(fields.Get("Feedback-Type")), "(")
	kind, _, _ = strings.Cut(kind, ";")
	return strings.TrimSpace(kind)
}

// readJunk reads a report of Microsoft's programme for junk (JMRP), which is the
// mail itself with a field that names the recipient, and no report for machines.
func (r *Report) readJunk(m *mail) bool {
	if len(m.status) > 0 {
		return false
	}
	for _, header := range []textproto.MIMEHeader{m.returnedHeader(), m.topFields()} {
		if names := header[junkRecipient]; len(names) > 0 {
			r.Kind, r.Feedback = Complaint, "abuse"
			r.complain(m, addressesIn(names[0]))
			return true
		}
	}
	return false
}

const junkRecipient = "X-Hmxmroriginalrecipient"

// topFields are the letter's own fields that reports of junk have.
func (m *mail) topFields() textproto.MIMEHeader {
	if value := m.header.Get(junkRecipient); value != "" {
		return textproto.MIMEHeader{junkRecipient: {value}}
	}
	return nil
}

// complain names the recipients of a complaint, each once.
func (r *Report) complain(m *mail, recipients []string) {
	if len(recipients) == 0 {
		recipients = addressesIn(m.returnedHeader().Get("To"))
	}
	for _, recipient := range distinct(recipients) {
		r.Results = append(r.Results, Result{Recipient: recipient})
	}
}

// sentTo returns the addresses that the letter itself was sent to.
func (m *mail) sentTo() []string {
	var to []string
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To"} {
		to = append(to, addressesIn(m.header.Get(name))...)
	}
	return to
}
