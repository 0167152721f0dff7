package networks

import (
	"context"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"keur/campaigns"
	"keur/internal/form"
)

// Cataloguer is an adapter of a network that tells of its programmes.
type Cataloguer interface {
	// Programmes answers one page of the programmes with which the account has to
	// do. A cursor is the adapter's own text, empty for the first page.
	Programmes(ctx context.Context, c *Client, cursor string) (Catalogue, error)
}

// Catalogue is a page of a network's programmes.
type Catalogue struct {
	Programmes []Programme
	Unread     []Unread
	Next       string // the cursor of the next page; empty: that was all
}

// Relation is how a publisher stands to a programme.
type Relation string

// The relations.
const (
	Joined    Relation = "joined"
	Applied   Relation = "applied"   // the advertiser hasn't answered yet
	Suspended Relation = "suspended" // it was joined, and doesn't count now
	Rejected  Relation = "rejected"
	NotJoined Relation = "not_joined"
)

// Relations returns all relations, from the best to the worst.
func Relations() []Relation { return []Relation{Joined, Applied, Suspended, Rejected, NotJoined} }

// Policy is whether a programme allows a way of promoting it.
type Policy string

// The policies.
const (
	Allowed    Policy = "allowed"
	Limited    Policy = "limited" // on conditions, which are in its terms
	Disallowed Policy = "disallowed"
	Unknown    Policy = "unknown" // the network doesn't say
)

// Programme is what a network says of a programme to one of its publishers.
type Programme struct {
	Ref      string
	Name     string
	Relation Relation
	// Brief: the page says no more than the above, and what is known else stays.
	Brief bool

	Live           bool // the network runs it
	From, Until    *time.Time
	Email          Policy
	Cashback       Policy
	Codes          Policy
	SubIDs         *bool // whether links carry ours; nil: it doesn't say
	ValidationDays *int  // that verdicts usually take
	Currency       string
	EarningsPer100 *int64 // of all its publishers, for 100 clicks, in minor units of Currency
	ApprovalPoints *int   // share of transactions that are approved, in 1/100 %
	Terms          []Term
	Raw            json.RawMessage
}

// Term is what a group of a programme's transactions pays: a share or an amount.
type Term struct {
	Group       string         `json:"group"` // the network's number or word for it
	Name        string         `json:"name"`
	Kind        campaigns.Kind `json:"kind" enum:"CPS,CPL,CPA,CPC,CPM,CPV,fixed"`
	BasisPoints *int           `json:"basis_points,omitempty"`
	Minor       *int64         `json:"minor_units,omitempty"`
	Currency    string         `json:"currency,omitempty"` // of the amount; XXX: the network doesn't say
}

// NoCurrency is ISO 4217's code for none: of amounts of which a network names no
// currency.
const NoCurrency = "XXX"

// maxDays bounds how long verdicts may take.
const maxDays = 3650

// Take adds a programme as it was read, with what of it can't be: then it is
// unread.
func (c *Catalogue) Take(p Programme, read *Reader) {
	p.Ref, p.Name = strings.TrimSpace(p.Ref), OneLine(p.Name, form.MaxName)
	if p.Name == "" {
		p.Name = p.Ref
	}
	if p.Ref == "" || !untaggedLine(p.Ref) {
		read.wrong.Add("programme_ref", "networks.ref", "most", form.MaxName)
	}
	for _, policy := range []*Policy{&p.Email, &p.Cashback, &p.Codes} {
		if *policy == "" {
			*policy = Unknown
		}
	}
	for i := range p.Terms {
		t := &p.Terms[i]
		t.Group, t.Name = form.Fit(untagged(t.Group), form.MaxName), OneLine(t.Name, form.MaxName)
	}
	if err := read.wrong.Err(); err != nil {
		c.Unread = append(c.Unread, Unread{p.Ref, err, p.Raw})
		return
	}
	c.Programmes = append(c.Programmes, p)
}

// Points reads a percentage in 1/100 %; nil if there is none.
func (r *Reader) Points(path, text string) *int {
	if text == "" {
		return nil
	}
	n, ok := Minor(text, "EUR") // a hundredth of it, as cents are
	if !ok || n < 0 || n > 100_00 {
		r.wrong.Add(path, "networks.percentage")
		return nil
	}
	points := int(n)
	return &points
}

// Days reads a number of days that may be left out.
func (r *Reader) Days(path, text string) *int {
	if text == "" {
		return nil
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok || n.Sign() < 0 || n.Cmp(big.NewRat(maxDays, 1)) > 0 {
		r.wrong.Add(path, "networks.days")
		return nil
	}
	days := int(new(big.Int).Quo(n.Num(), n.Denom()).Int64())
	return &days
}

// Per100 reads an amount for each click as one for a hundred, nil if there is none.
func (r *Reader) Per100(path, text, currency string) *int64 {
	if text == "" {
		return nil
	}
	each, ok := new(big.Rat).SetString(text)
	if !ok || len(text) > 40 {
		r.wrong.Add(path, "networks.amount")
		return nil
	}
	n := r.Amount(path, each.Mul(each, big.NewRat(100, 1)).FloatString(6), currency)
	return &n
}

// Permits are a network's words for policies, in lower case.
type Permits map[string]Policy

// Of returns what a word means; unknown if nobody knows it.
func (p Permits) Of(word string) Policy {
	if policy, known := p[strings.ToLower(strings.TrimSpace(word))]; known {
		return policy
	}
	return Unknown
}

// ever is a time that is never cut into windows: programmes are read whole.
const ever = 100 * 365 * 24 * time.Hour

// catalogueSweep is the repeated question for all programmes.
func catalogueSweep() Sweep { return Sweep{Name: "programmes", Every: 24 * time.Hour} }

// sweepsOf returns the names of all that an adapter's network is asked again and again.
func sweepsOf(a Adapter) []string {
	var names []string
	for _, s := range a.Capabilities().Sweeps {
		names = append(names, s.Name)
	}
	if _, is := a.(Cataloguer); is {
		names = append(names, catalogueSweep().Name)
	}
	if _, is := a.(Supplier); is {
		names = append(names, materialSweep().Name)
	}
	if _, is := a.(Newsreader); is {
		names = append(names, newsSweep().Name)
	}
	if _, is := a.(ClaimReader); is {
		names = append(names, claimSweep().Name)
	}
	if _, is := a.(Payer); is {
		names = append(names, paymentSweep().Name)
	}
	return names
}

// Related reads a word for a relation. Of one that nobody knows a fault is noted: a
// programme isn't taken for joined by a guess.
func (r *Reader) Related(words map[string]Relation, word string) Relation {
	relation, known := words[strings.ToLower(strings.TrimSpace(word))]
	if !known {
		r.wrong.Add("relation", "networks.relation", "word", form.Fit(word, 60))
	}
	return relation
}
