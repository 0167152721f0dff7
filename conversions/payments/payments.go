// Package payments holds what networks and advertisers pay a label: payments of
// networks, noted by people or read there, and invoices to advertisers who pay
// directly; and what is owed beside what was approved.
package payments

import (
	"regexp"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/networks"
)

// ID names a payment.
type ID int64

// Payment is one that a network announced, or an invoice to an advertiser, with
// what came in of it. Amounts are without tax, as commission is.
type Payment struct {
	ID         ID                     `db:"id" json:"id" readOnly:"true"`
	Label      labels.ID              `db:"label_id" json:"label_id" readOnly:"true"`
	Connection networks.ConnectionID  `db:"connection_id" json:"connection_id,omitempty"` // of a network, or
	Advertiser campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id,omitempty"` // of an advertiser directly
	Number     string                 `db:"number" json:"number"`                         // of the payment or invoice
	Issued     civil.Date             `db:"issued_on" json:"issued_on"`
	Due        *civil.Date            `db:"due_on" json:"due_on,omitempty"`
	Amount     int64                  `db:"amount_minor" json:"amount_minor"`
	Currency   string                 `db:"currency" json:"currency"`
	PaidOn     *civil.Date            `db:"paid_on" json:"paid_on,omitempty"`
	Paid       *int64                 `db:"paid_minor" json:"paid_minor,omitempty"`                        // what came in
	Told       *int64                 `db:"told_minor" json:"told_amount_minor,omitempty" readOnly:"true"` // by the network, where Keur asks it
	ToldIn     string                 `db:"told_currency" json:"told_currency,omitempty" readOnly:"true"`
	ToldPaid   *civil.Date            `db:"told_paid_on" json:"told_paid_on,omitempty" readOnly:"true"` // when the network says that it paid
	ToldAt     *time.Time             `db:"told_at" json:"told_at,omitempty" readOnly:"true"`           // when it was read first as it is
	Note       string                 `db:"note" json:"note,omitempty"`
	Version    int                    `db:"version" json:"version" readOnly:"true"`
	CreatedBy  string                 `db:"created_by" json:"created_by" readOnly:"true"`
	CreatedAt  time.Time              `db:"created_at" json:"created_at" readOnly:"true"`
}

// Standing is how a payment stands on a day.
type Standing string

// The standings.
const (
	Expected Standing = "expected" // it isn't due yet, or names no day
	Late     Standing = "late"
	Told     Standing = "told"  // the network says that it paid, and nobody noted that it came in
	Short    Standing = "short" // less came in
	Whole    Standing = "whole"
)

// Standings returns all standings.
func Standings() []Standing { return []Standing{Expected, Late, Told, Short, Whole} }

// StandingOn returns how the payment stands on a day.
func (p Payment) StandingOn(today civil.Date) Standing {
	switch {
	case p.Paid == nil && p.ToldPaid != nil:
		return Told
	case p.Paid == nil && p.Due != nil && p.Due.Compare(today) < 0:
		return Late
	case p.Paid == nil:
		return Expected
	case *p.Paid < p.Amount:
		return Short
	}
	return Whole
}

// Differs reports whether the network tells of another amount than is noted here.
func (p Payment) Differs() bool {
	return p.Told != nil && (*p.Told != p.Amount || p.ToldIn != p.Currency)
}

// Missing is how much less came in than the amount; nothing while nothing did.
func (p Payment) Missing() int64 {
	if p.Paid == nil {
		return 0
	}
	return max(p.Amount-*p.Paid, 0)
}

// Bounds of what people write.
const (
	maxNote  = 500
	maxMinor = 1_000_000_000_000
)

var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

// Validate returns everything that is wrong with the payment.
func (p Payment) Validate() error {
	var wrong fault.List
	if (p.Connection == 0) == (p.Advertiser == 0) {
		wrong.Add("connection_id", "payments.one_payer")
	}
	if p.Number == "" || !form.Line(p.Number, form.MaxName) {
		wrong.Add("number", "payments.number", "most", form.MaxName)
	}
	for path, day := range map[string]*civil.Date{"issued_on": &p.Issued, "due_on": p.Due, "paid_on": p.PaidOn} {
		if day != nil && (day.Year < 2000 || day.Year > 2100) {
			wrong.Add(path, "input.day_range")
		}
	}
	if p.Due != nil && p.Due.Compare(p.Issued) < 0 {
		wrong.Add("due_on", "payments.due_before")
	}
	if p.Amount <= 0 || p.Amount > maxMinor {
		wrong.Add("amount_minor", "payments.amount")
	}
	if !currencyShape.MatchString(p.Currency) {
		wrong.Add("currency", "campaigns.currency")
	}
	if (p.PaidOn == nil) != (p.Paid == nil) || p.Paid != nil && (*p.Paid <= 0 || *p.Paid > maxMinor) {
		wrong.Add("paid_minor", "payments.paid")
	}
	if !form.Line(p.Note, maxNote) {
		wrong.Add("note", "input.use_at_most_characters", "most", maxNote)
	}
	return wrong.Err()
}

// Balance is what a network's account, or an advertiser who pays directly, owes in
// one currency.
type Balance struct {
	Connection networks.ConnectionID  `db:"connection_id" json:"connection_id,omitempty"`
	Advertiser campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id,omitempty"`
	Name       string                 `db:"name" json:"name"`
	Network    string                 `db:"network" json:"network,omitempty"`
	Currency   string                 `db:"currency" json:"currency"`
	Approved   int64                  `db:"approved" json:"approved_minor"`   // commission, ever; of an advertiser what was billed
	Told       int64                  `db:"told" json:"told_paid_minor"`      // of it, what the network says that it paid
	Announced  int64                  `db:"announced" json:"announced_minor"` // by payments and invoices
	Received   int64                  `db:"received" json:"received_minor"`
	LateN      int                    `db:"late" json:"late_payments"`
	ShortN     int                    `db:"short" json:"short_payments"`
}

// Owed is what was approved and hasn't come in.
func (b Balance) Owed() int64 { return max(b.Approved-b.Received, 0) }

// Unseen is what the network says that it paid, and of which nothing came in.
func (b Balance) Unseen() int64 { return max(b.Told-b.Received, 0) }

// Line names the balance among those of a label.
func (b Balance) Line() string {
	return b.Currency + " " + b.Network + " " + b.Name
}

// Age is what an advertiser's approved commission at a network waits for payment, in
// one currency, by how long ago its month ended.
type Age struct {
	Connection networks.ConnectionID  `json:"connection_id"`
	Account    string                 `json:"connection_name"`
	Network    string                 `json:"network"`
	Advertiser campaigns.AdvertiserID `json:"advertiser_id,omitempty"`
	Name       string                 `json:"name"` // empty: of nobody that we know
	Currency   string                 `json:"currency"`
	Within30   int64                  `json:"within_30_days_minor"`
	Within60   int64                  `json:"within_60_days_minor"`
	Within90   int64                  `json:"within_90_days_minor"`
	Older      int64                  `json:"older_minor"`
	Oldest     string                 `json:"oldest_month"` // 2026-08
}

// Sum is all of it.
func (a Age) Sum() int64 { return a.Within30 + a.Within60 + a.Within90 + a.Older }

// Line names the line among those of a label.
func (a Age) Line() string { return a.Currency + " " + a.Account + " " + a.Name }

// take adds what a month has.
func (a *Age) take(month time.Time, minor int64, now time.Time) {
	if name := month.Format("2006-01"); a.Oldest == "" || name < a.Oldest {
		a.Oldest = name
	}
	switch days := int(now.Sub(month.AddDate(0, 1, 0)).Hours() / 24); {
	case days < 30:
		a.Within30 += minor
	case days < 60:
		a.Within60 += minor
	case days < 90:
		a.Within90 += minor
	default:
		a.Older += minor
	}
}
