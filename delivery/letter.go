package delivery

import (
	"time"

	"keur/templates"
	"keur/templates/lang"
	"keur/tracking"
)

// Sign appends a message to dst with its signature in front (DKIM).
type Sign func(dst, message []byte) ([]byte, error)

// Letter is the mail of one send, made ready so that a member costs little
// more than copying it.
type Letter struct {
	program   *templates.Program
	heading   heading
	ring      *tracking.Keyring
	base      string // the label's public address
	perMinute int    // pace; 0: none
	columns   []string
	vouchers  []voucher
	sign      Sign // nil: the relay signs, or nobody
}

// renderer makes the mails of one connection.
type renderer struct {
	links    tracking.Links
	who      lang.Recipient
	subject  []byte
	unsigned []byte
}

// render writes the item's mail into the buffer of a, and returns its
// Message-ID, which is the same at every attempt.
func (r *renderer) render(a *armed, it *item, now time.Time) (messageID string, err error) {
	letter := it.batch.run.letter
	r.links = tracking.Links{Ring: letter.ring, Base: letter.base, Send: it.batch.run.ID, Member: it.member}
	r.who = lang.Recipient{Values: it.values, Vouchers: it.vouchers}

	r.subject = letter.program.AppendSubject(r.subject[:0], it.variant, &r.who)
	mail, id := letter.heading.append(a.buffer[:0], r.subject, it.address, &r.links, now)
	messageID = string(id)
	mail = letter.program.AppendBody(mail, &r.who, &r.links)
	a.buffer = mail
	if letter.sign != nil {
		// The two buffers change places, so that neither is made anew.
		a.buffer, r.unsigned = r.unsigned, mail
		if a.buffer, err = letter.sign(a.buffer[:0], mail); err != nil {
			return messageID, err
		}
	}
	a.path = letter.ring.AppendReturnPath(a.path[:0], r.links.Send, r.links.Member, letter.heading.bounces)
	a.message = Message{ReturnPath: string(a.path), Recipient: it.address, Data: a.buffer}
	return messageID, nil
}
