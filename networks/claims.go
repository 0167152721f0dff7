package networks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"keur/internal/form"
)

// ClaimCapabilities is what a network's interface does with claims.
type ClaimCapabilities struct {
	Send bool `json:"send"` // it takes them, as a Claimer tells
	Read bool `json:"read"` // it says what became of them, as a ClaimReader tells
}

// Claimer is an adapter of a network that takes claims. Capabilities.Claims says so
// as well.
type Claimer interface {
	// Claim asks for a transaction. An error that IsNotTaken says that the network
	// certainly hasn't got the claim; after any other nobody knows.
	Claim(ctx context.Context, c *Client, claim Claim) (Receipt, error)
	// ClaimByKey looks for a claim by our own key; nil: the network lists none.
	ClaimByKey(ctx context.Context, c *Client, key string) (*Receipt, error)
}

// ClaimReader is an adapter of a network that says what became of claims.
// Capabilities.Claims says so as well.
type ClaimReader interface {
	// Claims answers one page of the claims that were made in a time, whoever made
	// them. Its question is always about when that was.
	Claims(ctx context.Context, c *Client, q Question) (ClaimPage, error)
}

// ClaimKind is what is wrong with a transaction.
type ClaimKind string

// The kinds of claims.
const (
	ClaimUntracked ClaimKind = "untracked" // it never came in
	ClaimIncorrect ClaimKind = "incorrect" // it came in with another amount
	ClaimDeclined  ClaimKind = "declined"  // it was turned down
)

// Claim is what a network is asked. It tells nothing of the member.
type Claim struct {
	Key       string // ours, one for each time that a case is claimed
	Kind      ClaimKind
	Programme string // the network's number of it
	Order     string // the shop's number
	At        time.Time
	Sale      int64 // what was paid, in minor units of Currency
	Currency  string
	Notes     string // all else there is to say, in lines
}

// Receipt is what a network says of a claim that it has.
type Receipt struct {
	Ref string          // its number
	Raw json.RawMessage // as it came
}

// ClaimState is how far a claim is at a network.
type ClaimState string

// The states of claims, from the least final to the most.
const (
	ClaimWaits   ClaimState = "waits"
	ClaimAsks    ClaimState = "asks" // the network wants to know more
	ClaimRefused ClaimState = "refused"
	ClaimGranted ClaimState = "granted"
)

// ClaimStates returns all states, from the least final to the most.
func ClaimStates() []ClaimState {
	return []ClaimState{ClaimWaits, ClaimAsks, ClaimRefused, ClaimGranted}
}

// ClaimReport is what a network says of a claim at a moment. Of several that tell of
// one claim the newest counts, and of one moment the more final.
type ClaimReport struct {
	Ref     string // the network's number
	Key     string // ours; empty: the network has none
	Order   string // the shop's number
	SubID   string // of the click, where the network repeats it
	State   ClaimState
	Unknown string // the network's word, where we don't know it: then the claim waits
	Said    string // in the network's words
	At      time.Time
	Raw     json.RawMessage
}

// ClaimPage is a page of what a network says of claims.
type ClaimPage struct {
	Reports []ClaimReport
	Unread  []Unread
	Next    string // the cursor of the next page; empty: that was all
}

// Take adds what was read of a claim, with what of it can't be: then it is unread.
func (p *ClaimPage) Take(r ClaimReport, read *Reader) {
	if r.Ref = strings.TrimSpace(r.Ref); r.Ref == "" || !form.Line(r.Ref, maxRef) {
		read.wrong.Add("ref", "networks.ref", "most", maxRef)
	}
	for _, text := range []*string{&r.Key, &r.Order, &r.SubID, &r.Unknown} {
		*text = form.Fit(strings.TrimSpace(*text), maxRef)
	}
	r.Said, r.At = form.Fit(strings.Join(strings.Fields(r.Said), " "), maxText), micro(r.At)
	if err := read.wrong.Err(); err != nil {
		p.Unread = append(p.Unread, Unread{r.Ref, err, r.Raw})
		return
	}
	p.Reports = append(p.Reports, r)
}

// ClaimWords are a network's words for how far a claim is, in lower case.
type ClaimWords map[string]ClaimState

// Of returns what a word means, and the word itself if nobody knows: then the claim
// waits.
func (w ClaimWords) Of(word string) (state ClaimState, unknown string) {
	if state, known := w[strings.ToLower(strings.TrimSpace(word))]; known {
		return state, ""
	}
	if word == "" {
		word = "?"
	}
	return ClaimWaits, word
}

// notTaken is an error after which a network certainly hasn't got a claim.
type notTaken struct{ error }

func (n notTaken) Unwrap() error { return n.error }

// NotTaken says that a network certainly hasn't got a claim, and why.
func NotTaken(err error) error { return notTaken{err} }

// IsNotTaken reports whether an error says that a network certainly hasn't got a
// claim: it says so itself, or it was never called.
func IsNotTaken(err error) bool {
	_, waits := AsWait(err)
	_, is := errors.AsType[notTaken](err)
	return is || waits
}

// claimSweep is the repeated question for what became of claims. What was claimed
// half a year ago and has no answer isn't asked for any more.
func claimSweep() Sweep {
	return Sweep{Name: "claims", By: Occurred, Every: time.Hour, Overlap: 180 * 24 * time.Hour, Reach: 180 * 24 * time.Hour}
}
