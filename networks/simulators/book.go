// Package simulators holds affiliate networks of ours, for tests and the demo:
// servers that speak as the networks do, keep what happens to their transactions,
// and do on demand what the networks do wrong.
package simulators

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"

	"keur/networks"
)

// Sale is a transaction at a network. Amounts are cents of its currency.
type Sale struct {
	Ref        string // a number, as networks have them
	Programme  string
	Status     networks.Status
	Word       string // the network's word for the status; empty: its usual one
	Paid       bool
	Sale       int64
	Commission int64
	Currency   string // empty: EUR
	Broken     bool   // its amount is no number
	SubID      string
	Voucher    string
	Reason     string
	Clicked    time.Time
	Occurred   time.Time
	Validated  time.Time // zero: not yet
	Modified   time.Time
}

// Book keeps a network's transactions by its own clock. Any number of goroutines
// may use it.
type Book struct {
	Now   func() time.Time
	mu    sync.Mutex
	sales map[string]Sale
	past  []State
}

// State is how a transaction was from a moment on.
type State struct {
	Sale
	First bool // it is new
	Turn  int  // of all changes of the book, from 1
}

// NewBook returns an empty book. now is the network's clock, which may be skewed.
func NewBook(now func() time.Time) *Book { return &Book{Now: now, sales: map[string]Sale{}} }

// Appear books a transaction that is new, and pending unless it says otherwise.
func (b *Book) Appear(s Sale) {
	s.Status, s.Currency = cmp.Or(s.Status, networks.Pending), cmp.Or(s.Currency, "EUR")
	s.Modified = b.Now()
	if s.Occurred.IsZero() {
		s.Occurred = s.Modified
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write(s)
}

// write books how a transaction is now.
func (b *Book) write(s Sale) {
	_, known := b.sales[s.Ref]
	b.sales[s.Ref] = s
	b.past = append(b.past, State{s, !known, len(b.past) + 1})
}

// Amend changes what was bought.
func (b *Book) Amend(ref string, sale, commission int64) {
	b.change(ref, func(s *Sale) { s.Sale, s.Commission = sale, commission })
}

// Judge decides about a transaction; pending opens it again.
func (b *Book) Judge(ref string, status networks.Status, reason string) {
	b.change(ref, func(s *Sale) {
		s.Status, s.Reason, s.Validated = status, reason, b.Now()
		if status == networks.Pending {
			s.Validated = time.Time{}
		}
	})
}

// Pay pays the publisher for it, which changes nothing else.
func (b *Book) Pay(ref string) { b.change(ref, func(s *Sale) { s.Paid = true }) }

func (b *Book) change(ref string, how func(*Sale)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, is := b.sales[ref]
	if !is {
		panic("simulators: no sale " + ref)
	}
	how(&s)
	s.Modified = b.Now()
	b.write(s)
}

// changed reports whether a transaction is otherwise than it appeared.
func (b *Book) changed(ref string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	states := 0
	for _, s := range b.past {
		if s.Ref == ref {
			states++
		}
	}
	return states > 1
}

// Sale returns a transaction as it is now.
func (b *Book) Sale(ref string) Sale {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sales[ref]
}

// Past returns how transactions were, in the order in which they became so.
func (b *Book) Past() []State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.past)
}

// Sales returns what there is, by number.
func (b *Book) Sales() []Sale {
	return b.within(func(Sale) bool { return true })
}

// Within returns the sales of which a moment lies in a time, its ends included,
// as the real ones do.
func (b *Book) Within(by networks.Date, from, until time.Time) []Sale {
	return b.within(func(s Sale) bool {
		at := map[networks.Date]time.Time{
			networks.Occurred: s.Occurred, networks.Validated: s.Validated, networks.Modified: s.Modified,
		}[by]
		at = at.Truncate(time.Second)
		return !at.IsZero() && !at.Before(from) && !at.After(until)
	})
}

func (b *Book) within(wanted func(Sale) bool) []Sale {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Sale
	for _, s := range b.sales {
		if wanted(s) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(x, y Sale) int {
		return cmp.Or(x.Occurred.Compare(y.Occurred), cmp.Compare(x.Ref, y.Ref))
	})
	return found
}

// decimal writes cents as networks write amounts.
func (s Sale) decimal(cents int64) string {
	if s.Broken {
		return "n/a"
	}
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return sign + strconv.FormatInt(cents/100, 10) + "." + strconv.Itoa(int(cents%100/10)) + strconv.Itoa(int(cents%10))
}

// stamp writes a moment in a zone, empty if there is none.
func stamp(at time.Time, zone *time.Location, form string) string {
	if at.IsZero() {
		return ""
	}
	return at.In(zone).Format(form)
}
