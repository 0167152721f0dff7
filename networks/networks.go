// Package networks speaks with affiliate networks: a label's accounts there, and
// what a network says of transactions, in Keur's own words. Each network's
// dialect is a package below, which nothing else knows.
package networks

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
)

// Status is what a network decided about a transaction.
type Status string

// The statuses. Whether an approved one has been paid is said apart.
const (
	Pending  Status = "pending"
	Approved Status = "approved"
	Declined Status = "declined"
	Deleted  Status = "deleted" // the network says that it never was
)

// Statuses returns all statuses, from the least final to the most.
func Statuses() []Status { return []Status{Pending, Approved, Declined, Deleted} }

// Report is what a network says of a transaction, or of a part of one, at a
// moment. Reports of one part are ordered by Compare, and the greatest counts:
// so any number of them, in any order and however often, come to the same.
type Report struct {
	Transaction string    `json:"transaction_ref"`      // the network's id; a correction has that of what it corrects
	Part        string    `json:"part_ref,omitempty"`   // empty where a transaction has no parts
	Correction  bool      `json:"correction,omitempty"` // it adds to what was reported, and replaces none of it
	At          time.Time `json:"reported_at"`          // of the network's last change; where it names none, when it was asked

	Status     Status          `json:"status"`
	Unknown    string          `json:"unknown_status,omitempty"` // the network's word, where we don't know it: then it is pending
	Paid       *bool           `json:"paid,omitempty"`           // nil: it doesn't say
	Sale       int64           `json:"sale_minor"`               // in minor units of Currency
	Commission int64           `json:"commission_minor"`         // ours
	Currency   string          `json:"currency"`                 // ISO 4217
	Programme  string          `json:"programme_ref"`
	Order      string          `json:"order_ref,omitempty"`
	SubID      string          `json:"sub_id,omitempty"`
	Voucher    string          `json:"voucher,omitempty"`
	Reason     string          `json:"reason,omitempty"` // in the network's words
	Clicked    *time.Time      `json:"clicked_at,omitempty"`
	Occurred   time.Time       `json:"occurred_at"`
	Validated  *time.Time      `json:"validated_at,omitempty"`
	Raw        json.RawMessage `json:"raw,omitempty"` // as it came
}

// maxMinor keeps sums of money far from the end of int64.
const maxMinor = 1_000_000_000_000

// Check notes everything that keeps the report from being booked, which stands
// at a path that ends in a point, or alone.
func (r Report) Check(wrong *fault.List, at string) {
	for _, ref := range [...]struct{ path, text string }{{"transaction_ref", r.Transaction}, {"programme_ref", r.Programme}} {
		if ref.text == "" || !form.Line(ref.text, maxRef) {
			wrong.Add(at+ref.path, "networks.ref", "most", maxRef)
		}
	}
	for _, line := range [...]struct{ path, text string }{
		{"part_ref", r.Part}, {"order_ref", r.Order}, {"sub_id", r.SubID}, {"voucher", r.Voucher}, {"unknown_status", r.Unknown},
		{"reason", r.Reason},
	} {
		if !form.Line(line.text, maxText) {
			wrong.Add(at+line.path, "networks.text", "most", maxText)
		}
	}
	if !isCurrency(r.Currency) {
		wrong.Add(at+"currency", "campaigns.currency")
	}
	if rank(r.Status) < 0 || r.Unknown != "" && r.Status != Pending {
		wrong.Add(at+"status", "networks.status")
	}
	for _, amount := range [...]struct {
		path  string
		minor int64
	}{{"sale_minor", r.Sale}, {"commission_minor", r.Commission}} {
		if amount.minor > maxMinor || amount.minor < -maxMinor {
			wrong.Add(at+amount.path, "networks.amount_range")
		}
	}
	for _, moment := range [...]struct {
		path string
		at   time.Time
	}{{"occurred_at", r.Occurred}, {"reported_at", r.At}} {
		if !ofOurTime(moment.at) {
			wrong.Add(at+moment.path, "input.day_range")
		}
	}
}

// isCurrency reports whether a text looks like a currency of ISO 4217. Every report has
// one, so it is no regular expression.
func isCurrency(text string) bool {
	return len(text) == 3 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// How long the network's own names and sentences may be.
const (
	maxRef  = 200
	maxText = 1000
)

// Clean returns the report as it is kept: texts as one line of harmless
// characters, moments in UTC to the microsecond, as PostgreSQL has them.
func (r Report) Clean() Report {
	for _, text := range []*string{&r.Order, &r.SubID, &r.Voucher, &r.Unknown, &r.Reason} {
		*text = form.Fit(*text, maxText)
	}
	r.At, r.Occurred = micro(r.At), micro(r.Occurred)
	r.Clicked, r.Validated = microOf(r.Clicked), microOf(r.Validated)
	r.Raw = AsKept(r.Raw)
	return r
}

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// microOf is micro of a moment that may be left out, or be none of a network's.
func microOf(t *time.Time) *time.Time {
	if t == nil || !ofOurTime(*t) {
		return nil
	}
	at := micro(*t)
	return &at
}

// ofOurTime reports whether a network may have been there at a moment.
func ofOurTime(t time.Time) bool { return t.Year() >= 2000 && t.Year() <= 2100 }

// Digest is the SHA-256 over what the report says, but for its moment and the
// form in which it came: two with the same say the same. Each value goes in behind
// its length, so that no two reports come to the same bytes.
func (r Report) Digest() []byte {
	text := make([]byte, 0, 256)
	for _, s := range [...]string{
		r.Transaction, r.Part, string(r.Status), r.Unknown, r.Currency, r.Programme, r.Order, r.SubID, r.Voucher, r.Reason,
	} {
		text = append(binary.AppendUvarint(text, uint64(len(s))), s...)
	}
	var flags byte
	for i, yes := range [...]bool{
		r.Correction, r.Paid != nil, r.Paid != nil && *r.Paid, r.Clicked != nil, r.Validated != nil,
	} {
		if yes {
			flags |= 1 << i
		}
	}
	text = append(text, flags)
	for _, n := range [...]int64{r.Sale, r.Commission, r.Occurred.UnixMicro()} {
		text = binary.AppendVarint(text, n)
	}
	for _, at := range [...]*time.Time{r.Clicked, r.Validated} {
		if at != nil {
			text = binary.AppendVarint(text, at.UnixMicro())
		}
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// rank orders statuses from the least final to the most; -1: there is none such.
func rank(s Status) int {
	for i, of := range Statuses() {
		if s == of {
			return i
		}
	}
	return -1
}

// Version is what reports of one part are ordered by.
type Version struct {
	At     time.Time
	Status Status
	Digest []byte
}

// Version returns the report's.
func (r Report) Version() Version { return Version{r.At, r.Status, r.Digest()} }

// Compare orders versions by their moment. Of two of one moment the more final
// status counts, and else the digest decides, so that it is the same everywhere.
func (v Version) Compare(other Version) int {
	return cmp.Or(v.At.Compare(other.At), cmp.Compare(rank(v.Status), rank(other.Status)), bytes.Compare(v.Digest, other.Digest))
}

// Key names the part that the report is about within its connection.
type Key struct{ Transaction, Part string }

// Key returns the report's.
func (r Report) Key() Key { return Key{r.Transaction, r.Part} }
