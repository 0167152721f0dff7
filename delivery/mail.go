package delivery

import (
	"time"

	"keur/mailings/attachments"
	"keur/templates"
	"keur/templates/lang"
	"keur/tracking"
)

// Sign appends a message to dst with its signature in front (DKIM).
type Sign func(dst, message []byte) ([]byte, error)

// Mail is the mail of one send, made ready so that a member costs little
// more than copying it.
type Mail struct {
	program   *templates.Program
	heading   heading
	ring      *tracking.Keyring
	base      string // the label's public address
	today     string // the day of the slot in the label's zone
	perMinute int    // pace; 0: none
	domain    string // of the sender's address, in lower case
	columns   []string
	vouchers  []voucher
	sign      Sign // nil: the relay signs, or nobody

	enclosure *attachments.Enclosure // around the text, of a mail with attachments; nil: it has none
}

// appendBody appends the mail of one member from its MIME-Version header to its last
// byte.
func (m *Mail) appendBody(dst []byte, r *lang.Recipient, urls lang.URLs) []byte {
	if m.enclosure == nil {
		return m.program.AppendBody(dst, r, urls)
	}
	dst = append(append(dst, templates.MIMEVersion...), m.enclosure.Before...)
	return append(m.program.AppendEntity(dst, r, urls), m.enclosure.After...)
}

// Rendered is one member's mail, in buffers that are used again for the next.
type Rendered struct {
	Message   Message
	MessageID string // the same at each attempt
	data      []byte
	path      []byte
}

// Renderer makes the mails of one connection.
type Renderer struct {
	links     tracking.Links
	recipient lang.Recipient
	subject   []byte
	unsigned  []byte
}

// Render writes the item's mail into the buffers of to.
func (r *Renderer) Render(to *Rendered, it *Item, now time.Time) (err error) {
	m := it.batch.Send.mail
	r.links = tracking.Links{Ring: m.ring, Base: m.base, Send: it.batch.Send.ID, Member: it.Member}
	r.recipient = lang.Recipient{Values: it.values, Vouchers: it.vouchers, Today: m.today}

	r.subject = m.program.AppendSubject(r.subject[:0], it.variant, &r.recipient)
	data, id := m.heading.append(to.data[:0], r.subject, it.address, &r.links, now)
	to.MessageID = string(id)
	data = m.appendBody(data, &r.recipient, &r.links)
	to.data = data
	if m.sign != nil {
		// The two buffers change places, so that neither is made anew.
		to.data, r.unsigned = r.unsigned, data
		if to.data, err = m.sign(to.data[:0], data); err != nil {
			return err
		}
	}
	to.path = m.ring.AppendReturnPath(to.path[:0], r.links.Send, r.links.Member, m.heading.bounces)
	to.Message = Message{ReturnPath: string(to.path), Recipient: it.address, Data: to.data}
	return nil
}
