// Package conversions keeps what networks report of sales and leads: each
// transaction or part of one as its newest report has it, every report that
// said something new, and to which send, placement, campaign and advertiser it
// is booked. Sums follow the rows in the same transaction.
package conversions

import (
	"bytes"
	"time"

	"keur/campaigns"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/networks"
)

// ID names a conversion.
type ID int64

// Conversion is a transaction, or a part of one.
type Conversion struct {
	ID         ID                    `db:"id" json:"id"`
	Connection networks.ConnectionID `db:"connection_id" json:"connection_id"`
	Network    string                `db:"network" json:"network"`
	Ref        string                `db:"transaction_ref" json:"transaction_ref"`
	Part       string                `db:"part_ref" json:"part_ref"`
	Correction bool                  `db:"correction" json:"correction"`

	ReportedAt time.Time       `db:"reported_at" json:"reported_at"`
	Digest     []byte          `db:"digest" json:"-"`
	Status     networks.Status `db:"status" json:"status"`
	Unknown    string          `db:"unknown_status" json:"unknown_status"`
	Sale       int64           `db:"sale_minor" json:"sale_minor"`
	Commission int64           `db:"commission_minor" json:"commission_minor"`
	Currency   string          `db:"currency" json:"currency"`
	Programme  string          `db:"programme_ref" json:"programme_ref"`
	Order      string          `db:"order_ref" json:"order_ref"`
	Reason     string          `db:"reason" json:"reason"`
	Clicked    *time.Time      `db:"clicked_at" json:"clicked_at,omitempty"`
	Occurred   time.Time       `db:"occurred_at" json:"occurred_at"`
	Validated  *time.Time      `db:"validated_at" json:"validated_at,omitempty"`

	Paid        bool       `db:"paid" json:"paid"`
	PaidToldAt  *time.Time `db:"paid_told_at" json:"-"`
	SubID       string     `db:"sub_id" json:"sub_id"`
	SubIDToldAt *time.Time `db:"sub_id_told_at" json:"-"`
	Voucher     string     `db:"voucher" json:"voucher"`
	VoucherTold *time.Time `db:"voucher_told_at" json:"-"`

	Attribution
}

// Basis is how it is known to what a conversion is booked.
type Basis string

// The bases, the strongest first.
const (
	ByPerson  Basis = "person"  // somebody assigned it, with a reason
	ByClick   Basis = "click"   // our sub-id came back with it
	ByVoucher Basis = "voucher" // it used a code that only we gave out
	Nobody    Basis = "none"    // it waits for a person
)

// Bases returns all bases.
func Bases() []Basis { return []Basis{ByPerson, ByClick, ByVoucher, Nobody} }

// Attribution is to what a conversion is booked. Zero ids are none: then it is
// the label's alone, or only the advertiser is known.
type Attribution struct {
	Basis      Basis                  `db:"basis" json:"basis"`
	Label      labels.ID              `db:"label_id" json:"label_id"`
	Advertiser campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id,omitempty"`
	Campaign   campaigns.ID           `db:"campaign_id" json:"campaign_id,omitempty"`
	Mailing    mailings.ID            `db:"mailing_id" json:"mailing_id,omitempty"`
	Send       mailings.SendID        `db:"send_id" json:"send_id,omitempty"`
	Placement  string                 `db:"placement_key" json:"placement_key"`
	Variant    int16                  `db:"variant" json:"variant"`
	Link       int64                  `db:"link_id" json:"link_id,omitempty"`
	Member     members.ID             `db:"member_id" json:"-"`
}

// version is that of the newest report.
func (c *Conversion) version() networks.Version {
	return networks.Version{At: c.ReportedAt, Status: c.Status, Digest: c.Digest}
}

// news is what a report adds to what is known of its conversion.
type news int

// The news, the least first.
const (
	nothing news = iota
	later        // the same, of a later moment: what is older doesn't count any more
	change       // something is otherwise now
)

// absorb takes in a report of the conversion, whose version it is, and returns what it adds, and
// whether that may be to what it is booked. Whatever the order in which its
// reports come, the conversion ends up the same.
func (c *Conversion) absorb(r networks.Report, version networks.Version) (brings news, clues bool) {
	note := func(changed bool) {
		brings = max(brings, later)
		if changed {
			brings = change
		}
	}
	if version.Compare(c.version()) > 0 {
		note(!bytes.Equal(version.Digest, c.Digest))
		clues = c.Programme != r.Programme
		c.ReportedAt, c.Digest, c.Status, c.Unknown = version.At, version.Digest, r.Status, r.Unknown
		c.Sale, c.Commission, c.Currency, c.Programme = r.Sale, r.Commission, r.Currency, r.Programme
		c.Order, c.Reason, c.Correction = r.Order, r.Reason, r.Correction
		c.Clicked, c.Occurred, c.Validated = r.Clicked, r.Occurred, r.Validated
	}
	if r.Paid != nil && newer(r.At, c.PaidToldAt, *r.Paid && !c.Paid) {
		note(c.Paid != *r.Paid)
		c.Paid, c.PaidToldAt = *r.Paid, &r.At
	}
	if r.SubID != "" && newer(r.At, c.SubIDToldAt, r.SubID > c.SubID) {
		note(c.SubID != r.SubID)
		clues = clues || c.SubID != r.SubID
		c.SubID, c.SubIDToldAt = r.SubID, &r.At
	}
	if r.Voucher != "" && newer(r.At, c.VoucherTold, r.Voucher > c.Voucher) {
		note(c.Voucher != r.Voucher)
		clues = clues || c.Voucher != r.Voucher
		c.Voucher, c.VoucherTold = r.Voucher, &r.At
	}
	return brings, clues
}

// newer reports whether what was said at a moment counts over what was said
// before; of one moment, if it wins by itself.
func newer(at time.Time, before *time.Time, wins bool) bool {
	return before == nil || at.After(*before) || at.Equal(*before) && wins
}
