package networks

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"keur/internal/civil"
	"keur/internal/form"
)

// Payer is an adapter of a network that tells what it pays. Capabilities.Payments
// says so as well.
type Payer interface {
	// Payments answers one page of the payments that were made out in a time.
	Payments(ctx context.Context, c *Client, q Question) (Statement, error)
}

// Payment is one that a network announced, or made. Its days are the network's own.
type Payment struct {
	Number   string
	Issued   civil.Date
	Due      *civil.Date // nil: it doesn't say
	Paid     *civil.Date // when it says that it paid; nil: it doesn't say so
	Amount   int64       // without tax, in minor units of Currency
	Currency string
	Raw      json.RawMessage
}

// Statement is a page of what a network pays.
type Statement struct {
	Payments []Payment
	Unread   []Unread
	Next     string // the cursor of the next page; empty: that was all
}

// Take adds a payment as it was read, with what of it can't be: then it is unread.
// So is one of nothing, and one by which the network takes back.
func (s *Statement) Take(p Payment, read *Reader) {
	if p.Number = strings.TrimSpace(p.Number); p.Number == "" || !form.Line(p.Number, form.MaxName) {
		read.wrong.Add("number", "networks.ref", "most", form.MaxName)
	}
	if !isCurrency(p.Currency) {
		read.wrong.Add("currency", "campaigns.currency")
	}
	if p.Amount <= 0 {
		read.wrong.Add("amount_minor", "payments.amount")
	}
	if p.Amount > maxMinor {
		read.wrong.Add("amount_minor", "networks.amount_range")
	}
	if p.Due != nil && p.Due.Compare(p.Issued) < 0 {
		read.wrong.Add("due_on", "payments.due_before")
	}
	if err := read.wrong.Err(); err != nil {
		s.Unread = append(s.Unread, Unread{p.Number, err, p.Raw})
		return
	}
	s.Payments = append(s.Payments, p)
}

// Day reads the day of a date or moment, as it is written.
func (r *Reader) Day(path, text string) civil.Date {
	day, err := civil.ParseDate(text[:min(len(text), len(time.DateOnly))])
	if err != nil || day.Year < 2000 || day.Year > 2100 {
		r.wrong.Add(path, "networks.moment")
	}
	return day
}

// DayOf reads a day that may be left out.
func (r *Reader) DayOf(path, text string) *civil.Date {
	if text == "" || strings.HasPrefix(text, "0000-00-00") {
		return nil
	}
	day := r.Day(path, text)
	return &day
}

// paymentSweep is the repeated question for payments: whether one was made is said
// months after it was announced.
func paymentSweep() Sweep {
	return Sweep{Name: "payments", By: Occurred, Every: 24 * time.Hour, Overlap: 180 * 24 * time.Hour, Reach: 400 * 24 * time.Hour}
}
