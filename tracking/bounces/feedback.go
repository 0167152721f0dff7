package bounces

import "strings"

// readFeedback reads a feedback report (RFC 5965). One report may tell of
// several recipients.
func (r *Report) readFeedback(m *mail) {
	r.Kind = Complaint
	for _, fields := range m.feedback {
		if kind := fields.Get("Feedback-Type"); kind != "" {
			r.Feedback = strings.ToLower(kind)
		}
		for _, name := range []string{"Original-Rcpt-To", "Removal-Recipient"} {
			for _, value := range fields[name] {
				for _, address := range addressesIn(value) {
					r.Results = append(r.Results, Result{Recipient: address})
				}
			}
		}
	}
	if len(r.Results) == 0 { // redacted: whom it was sent to must do
		for _, address := range addressesIn(m.returnedHeader().Get("To")) {
			r.Results = append(r.Results, Result{Recipient: address})
		}
	}
}
