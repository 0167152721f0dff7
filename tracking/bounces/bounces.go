// Package bounces reads what comes back of a mail: delivery reports (RFC
// 3464), feedback reports (RFC 5965), automatic replies (RFC 3834), and the
// plain letters of servers that follow no standard. It says whom each is
// about and what it means for them; it knows no tables and keeps no state.
package bounces

import (
	"io"
	"slices"
	"strings"

	"keur/tracking/dmarc"
)

// Class is what a failed delivery means.
type Class string

// The classes of failure.
const (
	Hard      Class = "hard"      // the address doesn't exist: never write to it again
	Quota     Class = "quota"     // the mailbox is full, or closed for now
	Transient Class = "transient" // the trouble passes: worth another attempt
	Block     Class = "block"     // the receiver refuses us: never the member's fault
	Ours      Class = "ours"      // the message or its sender is at fault: mend it
	Unclear   Class = "unclear"   // refused for good, and nobody says why: counts as soft
)

// Harder reports whether c says more against an address than before. What is
// the member's outweighs what is ours or a receiver's.
func (c Class) Harder(before Class) bool { return hardness[c] > hardness[before] }

var hardness = map[Class]int{Ours: 1, Block: 1, Transient: 2, Unclear: 3, Quota: 4, Hard: 5}

// Kind is what sort of letter came in.
type Kind string

// The kinds of letter.
const (
	Bounce    Kind = "bounce"
	Delivery  Kind = "delivery" // a relay's word that a mail arrived
	Complaint Kind = "complaint"
	AutoReply Kind = "auto-reply"
	DMARC     Kind = "dmarc" // an aggregate report of a receiver, about a domain
	Other     Kind = "other"
)

// Result is what a report says about one recipient.
type Result struct {
	Recipient string // as the report writes it; empty when it doesn't
	Action    string // failed, delayed, relayed, delivered or expanded
	Reply
	Class  Class
	Reason string // which rule decided, in a word or two
}

// Final reports whether the delivery came to its end with this result. What
// is merely delayed, or handed on, is to be ignored.
func (r Result) Final() bool { return r.Action == "failed" }

// Delivered reports whether it says that a mail arrived, and of nobody that it
// didn't. That a mail was relayed to a server that tells nothing says neither.
func (r *Report) Delivered() bool {
	if r.Kind == Bounce {
		return !slices.ContainsFunc(r.Results, Result.Final) &&
			slices.ContainsFunc(r.Results, func(of Result) bool { return of.Action == "delivered" })
	}
	return r.Kind == Delivery
}

// Report is a letter that came back, understood.
type Report struct {
	Kind     Kind
	Feedback string // of a complaint: abuse, opt-out, not-spam, auth-failure, …
	Results  []Result

	// By these the delivery can be known, best first.
	To         []string // whom the letter itself was sent to
	Addresses  []string // the same, and return paths within
	MessageIDs []string // of the mail that it is about
	Tokens     []string // last parts of the unsubscribe links of that mail

	DMARC *dmarc.Report // of a report about a domain
}

// Suppresses reports whether a complaint asks to be left in peace. A report
// on authentication or a virus, or a "not spam", doesn't.
func (r Report) Suppresses() bool {
	return r.Kind == Complaint && slices.Contains([]string{"abuse", "opt-out", "opt-out-list", "fraud", "other"}, r.Feedback)
}

// MaxSize is how much of a letter is read. Reports come before the copy of
// the mail that they are about, so what is cut off is the copy.
const MaxSize = 10 << 20

// Read understands a letter. It only fails when r does: whatever can't be
// understood is Other.
func Read(r io.Reader) (Report, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize))
	if err != nil {
		return Report{}, err
	}
	m := open(raw).report()
	report := Report{Kind: Other}
	switch {
	case report.readDMARC(m):
		return report, nil
	case report.readFeedback(m), report.readJunk(m), report.readSES(m):
	case m.isAutoReply():
		report.Kind = AutoReply
	default:
		if report.Results = m.results(); len(report.Results) > 0 {
			report.Kind = Bounce
		}
	}
	report.identify(m)
	return report, nil
}

// readDMARC reads an aggregate report (RFC 9990), which a letter brings as a file,
// and reports whether it does.
func (r *Report) readDMARC(m *mail) bool {
	for _, file := range m.attached {
		if found, err := dmarc.Read(file); err == nil {
			r.Kind, r.DMARC, r.To = DMARC, &found, m.sentTo()
			return true
		}
	}
	return false
}

// identify collects everything by which the delivery can be known.
func (r *Report) identify(m *mail) {
	r.To = append(r.To, m.sentTo()...)
	r.Addresses = append(r.Addresses, r.To...)
	returned := m.returnedHeader()
	r.Addresses = append(r.Addresses, addressesIn(returned.Get("Return-Path"))...)
	for _, fields := range m.feedback {
		r.Addresses = append(r.Addresses, addressesIn(fields.Get("Original-Mail-From"))...)
		r.Addresses = append(r.Addresses, addressesIn(fields.Get("Original-Envelope-Id"))...)
	}
	for _, id := range []string{returned.Get("Message-Id"), m.header.Get("In-Reply-To"), m.header.Get("References")} {
		r.MessageIDs = append(r.MessageIDs, strings.Fields(limited(id))...)
	}
	r.unsubscribeLinks(returned.Get("List-Unsubscribe"))
}

// unsubscribeLinks collects what the links of a List-Unsubscribe header tell of
// the delivery.
func (r *Report) unsubscribeLinks(header string) {
	for link := range strings.SplitSeq(limited(header), ",") {
		link = strings.Trim(strings.TrimSpace(link), "<>")
		if at := strings.LastIndexByte(link, '/'); at >= 0 && strings.HasPrefix(link, "http") {
			r.Tokens = append(r.Tokens, link[at+1:])
		} else if address, ok := strings.CutPrefix(link, "mailto:"); ok {
			r.Addresses = append(r.Addresses, addressesIn(address)...)
		}
	}
}
