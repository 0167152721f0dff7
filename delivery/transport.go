package delivery

import (
	"context"
	"strconv"
	"strings"
)

// Transport opens connections to where mail goes: an SMTP route, or in tests
// something scripted.
type Transport interface {
	// Dial returns a connection that is ready to send: greeted, encrypted and
	// signed in as its route demands. An error means that nothing was sent.
	Dial(ctx context.Context) (Conn, error)
}

// Direct is a transport to the receivers' own servers, each for the domains whose
// mail it takes. Dial opens a connection that finds the server of each message.
type Direct interface {
	Transport
	// Sites returns who takes the mail of each of the domains.
	Sites(ctx context.Context, domains []string) []Site
}

// Site is who takes the mail of a domain. It isn't known whether they do: a
// connection to a site where nobody takes it says so of each message, as a server
// would.
type Site interface {
	// Key is the same of domains whose mail may go over one connection.
	Key() string
	// MX is the name by which a provider is known.
	MX() string
	Dial(ctx context.Context) (Conn, error)
}

// Conn is one connection that is kept open over many messages. One goroutine
// uses it at a time.
type Conn interface {
	// Send runs one transaction and says what became of it. It never sends
	// twice. A ctx that ends breaks off only what can't be in doubt: once the
	// message is on its way, Send waits for the answer or its own timeout.
	Send(ctx context.Context, m Message) Reply
	// Healthy reports whether another message may be sent here; if not, close
	// this one and dial again.
	Healthy() bool
	// Close takes leave of the server and frees the connection.
	Close() error
}

// Overlapping is a connection over which the envelope of a message can leave
// together with the end of the message before it, where the server offers
// PIPELINING (RFC 2920 §3.1): that is one round trip a message instead of two.
type Overlapping interface {
	Conn
	// SendBefore is Send, and may begin the transaction of next as well: its
	// envelope, not its content, so that next has not been sent. What this
	// connection sends after m must be next; if it is anything else, nothing is
	// sent and the connection is of no more use.
	SendBefore(ctx context.Context, m, next Message) Reply
}

// Bounded is a connection that can be told how many messages it carries.
type Bounded interface {
	Conn
	// Bound has the connection be unhealthy after so many messages, if that is
	// fewer than its route allows.
	Bound(messages int)
}

// Message is one rendered and signed mail for one recipient.
type Message struct {
	ReturnPath string // envelope sender, where bounces go; empty for the null sender
	Recipient  string // envelope recipient, its domain as A-label
	Data       []byte // header and body with CRLF line ends, not dot-stuffed; only read
}

// Outcome is what became of one transaction.
type Outcome int

// The outcomes. The zero value is the careful one, so that an outcome that was
// forgotten becomes a doubt for a person and never a second mail.
const (
	OutcomeLost     Outcome = iota // the connection broke when the message may have arrived: in doubt
	OutcomeNotSent                 // the connection broke, or ctx ended, before it could have arrived: send again over a new one
	OutcomeAccepted                // the server took responsibility
	OutcomeDeferred                // the server refused for now: retry later
	OutcomeRejected                // the server refused for good
	OutcomeWithheld                // we refused it ourselves, for Reply.Withheld: it never left, and wouldn't another time
)

// Withheld is why we don't let a message out ourselves. It is a fault of ours
// or of the route, never one of the member's mailbox.
type Withheld string

// The reasons to withhold a message.
const (
	NoSMTPUTF8   Withheld = "no smtputf8"   // the address goes beyond ASCII, and the server takes no such addresses (RFC 6531)
	BadSender    Withheld = "bad sender"    // the return path is not an address
	BadRecipient Withheld = "bad recipient" // the recipient is not an address
	BadMessage   Withheld = "bad message"   // its lines don't end as SMTP asks
)

// String returns the outcome as a word for logs and metrics.
func (o Outcome) String() string {
	switch o {
	case OutcomeNotSent:
		return "not sent"
	case OutcomeAccepted:
		return "accepted"
	case OutcomeDeferred:
		return "deferred"
	case OutcomeRejected:
		return "rejected"
	case OutcomeWithheld:
		return "withheld"
	default:
		return "lost"
	}
}

// Step is the part of a transaction that an answer belongs to. A refusal of
// AtMail is about our sender and one of AtData about the server: neither says
// anything about the member.
type Step string

// The steps of a transaction.
const (
	AtGreeting Step = "greeting" // before any mail, where we connect for it alone
	AtMail     Step = "MAIL"
	AtRcpt     Step = "RCPT"
	AtData     Step = "DATA"
	AtEnd      Step = "end of data"
)

// Reply is the answer to one message.
type Reply struct {
	Outcome  Outcome
	Step     Step   // where the answer came, or where the connection broke
	Code     int    // SMTP code such as 550, 0 when the server gave none
	Enhanced string // enhanced status such as 5.1.1 (RFC 3463), empty when there is none
	Text     string // what was said, addresses redacted, so that it may be stored and logged; when withheld, what we say
	Withheld Withheld
	QueueID  string // the server's own name for the mail, if it gave one
}

// Tried reports whether a server was offered the message: it answered, or may have
// taken it as the connection broke. Mail that we refused ourselves, or for which no
// server could be found or reached, was offered to none.
func (r Reply) Tried() bool {
	return r.Code != 0 || r.Outcome == OutcomeAccepted || r.Outcome == OutcomeLost
}

// Said is the answer in one line, as logs have it.
func (r Reply) Said() string {
	said := r.Text
	if r.Enhanced != "" && !strings.HasPrefix(said, r.Enhanced) {
		said = r.Enhanced + " " + said
	}
	return strconv.Itoa(r.Code) + " " + said
}

// Route is a way out to mail servers, and what it puts up with.
type Route struct {
	Transport   Transport
	Connections int // at once, of all processes together
	PerMinute   int // 0: no limit
	// Shaped: the server hands each mail on, or is the receiver, so that how many
	// connections and how many mails each a provider takes is for us to keep.
	Shaped bool
}
