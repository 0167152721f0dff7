package delivery

import (
	"bytes"
	"strings"
	"time"

	"keur/templates"
	"keur/tracking"
)

// heading is what the headers of a send's mails have in common, written out
// once. Between its pieces comes what is the member's own.
type heading struct {
	from    []byte // From, to the end of its line
	common  []byte // Reply-To, List-Id, List-Unsubscribe-Post, Feedback-ID
	idHost  string // domain of Message-ID: the sender's own (RFC 5322 §3.6.4)
	bounces string // domain of the return path, and of the address to unsubscribe
}

// correspondent is who a mail is from, and as what.
type correspondent struct {
	Name, Address, ReplyTo string
	LabelName, ListID      string
	BounceDomain           string
	FeedbackID             string
}

func newHeading(c correspondent) heading {
	h := heading{bounces: c.BounceDomain, idHost: c.Address[strings.LastIndexByte(c.Address, '@')+1:]}
	h.from = appendMailbox(nil, "From", c.Name, c.Address)
	if c.ReplyTo != "" {
		h.common = appendMailbox(h.common, "Reply-To", "", c.ReplyTo)
	}
	if c.ListID != "" { // RFC 2919
		h.common = appendMailbox(h.common, "List-Id", c.LabelName, c.ListID)
		h.common = append(h.common, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"...) // RFC 8058 §3.1
	}
	if c.FeedbackID != "" {
		h.common = templates.AppendHeader(h.common, "Feedback-ID", c.FeedbackID)
	}
	return h
}

// appendMailbox appends a field with a name and an address in angle brackets,
// which goes on a line of its own where the first is too long for both (RFC 5322 §2.1.1).
func appendMailbox(dst []byte, field, name, address string) []byte {
	start := len(dst)
	dst = append(append(dst, field...), ": "...)
	if name != "" {
		dst = templates.AppendPhrase(dst, name, len(field)+2)
		if last := dst[max(start, bytes.LastIndexByte(dst, '\n')+1):]; len(last)+len(" <>")+len(address) > templates.HeaderWidth {
			dst = append(dst, "\r\n"...)
		}
		dst = append(dst, ' ')
	}
	return append(append(append(dst, '<'), address...), ">\r\n"...)
}

// append appends the headers of one member's mail around its Subject; the body brings those of
// MIME itself. It returns the Message-ID as well.
func (h *heading) append(dst, subject []byte, address string, links *tracking.Links, now time.Time) (mail, messageID []byte) {
	dst = append(dst, h.from...)
	dst = append(append(append(dst, "To: <"...), address...), ">\r\n"...)
	dst = append(dst, subject...)
	dst = append(dst, "Date: "...)
	dst = now.AppendFormat(dst, time.RFC1123Z)
	dst = append(dst, "\r\nMessage-ID: "...)
	start := len(dst)
	dst = links.Ring.AppendMessageID(dst, links.Send, links.Member, h.idHost)
	end := len(dst)
	dst = append(dst, "\r\nList-Unsubscribe: <"...)
	dst = links.AppendUnsubscribe(dst)
	dst = append(dst, ">,\r\n <mailto:"...) // RFC 2369 §2: several, the preferred one first
	dst = links.Ring.AppendUnsubscribeAddress(dst, links.Send, links.Member, h.bounces)
	dst = append(dst, ">\r\n"...)
	dst = append(dst, h.common...)
	return dst, dst[start:end]
}
