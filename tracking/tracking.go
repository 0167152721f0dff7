// Package tracking holds what members do with a mail and what comes back of
// it: the signed tokens that name a delivery in public, opens, clicks and
// unsubscribes with whether a human or a machine made them, and bounces and
// complaints with what each of them means for the member.
package tracking

// Kind is what a token is for. A token of one kind is never good for what is of
// another.
type Kind uint8

// The kinds of token. Their numbers stand in mails already sent: never
// renumber them.
const (
	Click       Kind = 1
	Open        Kind = 2
	Unsubscribe Kind = 3
	Preferences Kind = 4
	View        Kind = 5
	Bounce      Kind = 6 // the return path of a delivery
	Message     Kind = 7 // the Message-ID of a delivery
)

// String returns the kind as a word.
func (k Kind) String() string {
	switch k {
	case Click:
		return "click"
	case Open:
		return "open"
	case Unsubscribe:
		return "unsubscribe"
	case Preferences:
		return "preferences"
	case View:
		return "view"
	case Bounce:
		return "bounce"
	case Message:
		return "message"
	default:
		return "unknown"
	}
}

// Ref names a delivery, and for a click the link in it.
type Ref struct {
	Kind   Kind
	Send   int64  // at most 40 bits
	Member int64  // at most 48 bits
	Link   uint16 // number of the link within the revision; 0 when there is none
}
