package past

import (
	"bytes"
	"context"
	"hash/fnv"

	"keur/delivery"
	"keur/demo"
	"keur/internal/inbox"
)

// Transport hands all mail to a post within this process. Each connection is
// the transport itself.
type Transport struct{ Mail *demo.MailReader }

// Dial returns a connection.
func (t Transport) Dial(context.Context) (delivery.Conn, error) { return t, nil }

// Healthy reports that the post is always open.
func (t Transport) Healthy() bool { return true }

// Close does nothing: the post stays open.
func (t Transport) Close() error { return nil }

// headerPart is enough for the header of any mail.
const headerPart = 4 << 10

// Send takes a mail. Now and then a member's mailbox is gone.
func (t Transport) Send(_ context.Context, m delivery.Message) delivery.Reply {
	header := m.Data[:min(len(m.Data), headerPart)]
	if bytes.Contains(header, []byte("List-Unsubscribe:")) && gone(m.Recipient, header) {
		return delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Code: 550, Enhanced: "5.1.1",
			Text: "no such user here"}
	}
	t.Mail.Take(inbox.Mail{From: m.ReturnPath, To: []string{m.Recipient}, Data: m.Data})
	return delivery.Reply{Outcome: delivery.OutcomeAccepted, Step: delivery.AtEnd, Code: 250}
}

// gone draws whether an address doesn't exist any more, by the subject of what
// is sent to it: the same each time.
func gone(address string, header []byte) bool {
	_, subject, _ := bytes.Cut(header, []byte("Subject:"))
	subject, _, _ = bytes.Cut(subject, []byte("\n"))
	h := fnv.New32a()
	_, _ = h.Write([]byte(address))
	_, _ = h.Write(subject)
	return h.Sum32()%1000 < 4
}
