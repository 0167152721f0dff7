package bounces

// Notice is what a service that handed a mail on says of one recipient, in
// fields of its own instead of a letter.
type Notice struct {
	Recipient  string
	Action     string // as in a delivery report (RFC 3464 §2.3.3); empty: failed
	Status     string // RFC 3463; empty: unknown
	Diagnostic string // the receiver's words, with its code where the service keeps it
}

// Result judges the notice as a letter's report of that recipient is judged.
func (n Notice) Result() Result {
	result, _ := n.result(&mail{}) // it names its recipient, if only as unknown
	return result
}

// result judges the notice, which stood in m.
func (n Notice) result(m *mail) (Result, bool) {
	group := "Final-Recipient: rfc822; " + clean(n.Recipient) + "\nStatus: " + clean(n.Status) + "\nDiagnostic-Code: " + clean(n.Diagnostic)
	if n.Action != "" {
		group += "\nAction: " + clean(n.Action)
	}
	return m.statusResult(fieldsOf([]byte(group)))
}
