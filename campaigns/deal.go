package campaigns

import (
	"fmt"

	"keur/internal/fault"
)

// maxMinor keeps sums of money far from the end of int64.
const maxMinor = 1_000_000_000_000

// Money is an amount in minor units (cents) of a currency of ISO 4217.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// String returns the amount as 12.50 EUR.
func (m Money) String() string {
	sign, minor := "", m.Minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, minor/100, minor%100, m.Currency)
}

// Kind says what an advertiser pays for.
type Kind string

// The kinds of deal.
const (
	CPS   Kind = "CPS"   // a sale
	CPL   Kind = "CPL"   // a lead
	CPA   Kind = "CPA"   // an action
	CPC   Kind = "CPC"   // a click
	CPM   Kind = "CPM"   // a thousand mails delivered
	CPV   Kind = "CPV"   // a view
	Fixed Kind = "fixed" // the mailing as such
)

// Deal is a line of what an advertiser pays: a share of the sale, or an amount.
type Deal struct {
	Kind        Kind   `db:"kind" json:"kind" enum:"CPS,CPL,CPA,CPC,CPM,CPV,fixed"`
	BasisPoints *int   `db:"basis_points" json:"basis_points,omitempty" minimum:"1" maximum:"10000" doc:"Share of the sale in 1/100 %, for CPS"`
	MinorUnits  *int64 `db:"minor_units" json:"minor_units,omitempty" minimum:"1" doc:"Amount in minor units of the campaign's currency"`
	Note        string `db:"note" json:"note,omitempty"`
}

// Terms returns the deal in the words of the trade, such as CPS 5.00% or CPC 0.12 EUR.
func (d Deal) Terms(currency string) string {
	if d.BasisPoints != nil {
		return fmt.Sprintf("%s %d.%02d%%", d.Kind, *d.BasisPoints/100, *d.BasisPoints%100)
	}
	var minor int64
	if d.MinorUnits != nil {
		minor = *d.MinorUnits
	}
	return fmt.Sprintf("%s %s", d.Kind, Money{minor, currency})
}

func (d Deal) validate(wrong *fault.List, path string) {
	switch d.Kind {
	case CPS, CPL, CPA, CPC, CPM, CPV, Fixed:
	default:
		wrong.Add(path+".kind", "must be CPS, CPL, CPA, CPC, CPM, CPV or fixed")
	}
	if (d.BasisPoints == nil) == (d.MinorUnits == nil) {
		wrong.Add(path, "needs either basis_points or minor_units")
	}
	if d.BasisPoints != nil && d.Kind != CPS {
		wrong.Add(path+".basis_points", "only a sale (CPS) is paid by a share of it")
	}
	if d.BasisPoints != nil && (*d.BasisPoints < 1 || *d.BasisPoints > 10000) {
		wrong.Add(path+".basis_points", "must be 1 to 10000")
	}
	if d.MinorUnits != nil && (*d.MinorUnits < 1 || *d.MinorUnits > maxMinor) {
		wrong.Add(path+".minor_units", "must be 1 to %d", int64(maxMinor))
	}
	note(wrong, path+".note", d.Note)
}
