package networks

import (
	"context"
	"encoding/json"
	"time"

	"keur/internal/form"
)

// Adapter speaks one network's language. It keeps nothing of its own: what it
// needs to know of an account is in the Client of each call. Any number of
// goroutines may use it.
type Adapter interface {
	// Capabilities says what the network gives and how it wants to be asked.
	Capabilities() Capabilities
	// Accounts lists the accounts or sites that the credentials open: a try of
	// them for real.
	Accounts(ctx context.Context, c *Client) ([]Account, error)
	// Transactions answers one page of a question.
	Transactions(ctx context.Context, c *Client, q Question) (Answer, error)
}

// Authorizer is an adapter of a network where a person opens the account to us
// on a page of the network's own (OAuth 2.0, RFC 6749 §4.1, with PKCE, RFC 7636).
type Authorizer interface {
	// AuthorizeURL is that page. verifier is a secret of this one attempt.
	AuthorizeURL(credentials Credentials, verifier string) string
	// Redeem turns the code that the page gives into the token that is kept.
	Redeem(ctx context.Context, c *Client, code, verifier string) (Token, error)
}

// Capabilities are what a network gives. What it doesn't give is left out.
type Capabilities struct {
	Name   string  // as it is written
	Fields []Field // of its credentials
	// Account names the credential that is the account's own number; empty: the
	// connection has it.
	Account string
	Sweeps  []Sweep       // how its transactions are asked for; none: they aren't
	Window  time.Duration // the longest time that one question may be about
	Limit   Limit
	// Material are the kinds of items of which a Supplier tells; none: it is none.
	Material []ItemKind
	News     bool // it writes news of its programmes, as a Newsreader tells
	Claims   ClaimCapabilities
	Payments bool // it tells what it pays, as a Payer does
}

// Field is one of the credentials that a network gives to a publisher.
type Field struct {
	Name     string
	Secret   bool
	Optional bool
}

// Date is a moment of a transaction by which a network can be asked.
type Date string

// The dates.
const (
	Occurred  Date = "occurred"  // it was bought
	Validated Date = "validated" // the network decided
	Modified  Date = "modified"  // anything of it changed
)

// Sweep is a repeated question for all transactions by one of their moments.
// Each time begins somewhat before the end of the time before: networks write
// late, their clocks differ from ours, and some tell of no change but in this way.
type Sweep struct {
	Name    string // within its network
	By      Date
	Every   time.Duration // from one time to the next
	Overlap time.Duration // how far before what was asked already
	Reach   time.Duration // how far back the first time
}

// Limit is how often a network may be asked, and by whom it counts that.
type Limit struct {
	Calls   int
	Per     time.Duration
	Penalty time.Duration // how long it refuses who asked more often
	// Counted names the credential that calls are counted by; empty: all calls
	// from here are counted together, as by networks that count by address.
	Counted string
	// Reset is the header that says in how many seconds it takes calls again, of
	// networks that have one instead of Retry-After.
	Reset string
}

// Credentials are what a network gave to a publisher, by Field.Name.
type Credentials map[string]string

// Account is an account or site at the network.
type Account struct {
	Ref  string `json:"account_ref"`
	Name string `json:"name"`
}

// Question asks for the transactions of which a moment lies in a time. Pages of
// the same question differ by their cursor alone.
type Question struct {
	By     Date
	From   time.Time
	Until  time.Time // not within
	Cursor string    // of the answer before; empty: the first page
	Asked  time.Time // when; reports of networks that name no moment of change are of it
}

// Answer is a page of transactions.
type Answer struct {
	Reports []Report
	Others  int // what it has that isn't transactions: programmes, items
	Unread  []Unread
	Next    string // the cursor of the next page; empty: that was all
}

// Unread is a transaction that can't be booked as it stands: no amount is ever
// guessed, and the others of its page are not held up by it.
type Unread struct {
	Ref string          // the network's number, where it has one
	Err error           // what is wrong with it
	Raw json.RawMessage // as it came
}

// Number returns the number of what can't be read as far as it may be kept, and
// compared to what is: it may be why it can't be read.
func (u Unread) Number() string { return form.Fit(u.Ref, maxRef) }

// Take adds a transaction as it was read, with what of it can't be: then, and
// if it can't be booked, it is unread.
func (a *Answer) Take(r Report, read *Reader) {
	r = r.Clean()
	r.Check(&read.wrong, "")
	if err := read.wrong.Err(); err != nil {
		a.Unread = append(a.Unread, Unread{r.Transaction, err, r.Raw})
		return
	}
	a.Reports = append(a.Reports, r)
}
