package campaigns

import (
	"slices"

	"keur/internal/fault"
)

// maxMinor keeps sums of money far from the end of int64.
const maxMinor = 1_000_000_000_000

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

// Kinds returns all kinds of deal.
func Kinds() []Kind { return []Kind{CPS, CPL, CPA, CPC, CPM, CPV, Fixed} }

// Deal is a line of what an advertiser pays: a share of the sale, or an amount.
type Deal struct {
	Kind        Kind   `db:"kind" json:"kind" enum:"CPS,CPL,CPA,CPC,CPM,CPV,fixed"`
	BasisPoints *int   `db:"basis_points" json:"basis_points,omitempty" minimum:"1" maximum:"10000" doc:"Share of the sale in 1/100 %, for CPS"`
	MinorUnits  *int64 `db:"minor_units" json:"minor_units,omitempty" minimum:"1" doc:"Amount in minor units of the campaign's currency"`
	Note        string `db:"note" json:"note,omitempty"`
}

func (d Deal) validate(wrong *fault.List, path string) {
	if !slices.Contains(Kinds(), d.Kind) {
		wrong.Add(path+".kind", "campaigns.deal_kind")
	}
	if (d.BasisPoints == nil) == (d.MinorUnits == nil) {
		wrong.Add(path, "campaigns.deal_value")
	}
	if d.BasisPoints != nil && d.Kind != CPS {
		wrong.Add(path+".basis_points", "campaigns.share_of_sale_only")
	}
	if d.BasisPoints != nil && (*d.BasisPoints < 1 || *d.BasisPoints > 10000) {
		wrong.Add(path+".basis_points", "campaigns.basis_points_range")
	}
	if d.MinorUnits != nil && (*d.MinorUnits < 1 || *d.MinorUnits > maxMinor) {
		wrong.Add(path+".minor_units", "input.from_one", "most", int64(maxMinor))
	}
	note(wrong, path+".note", d.Note)
}
