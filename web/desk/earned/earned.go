// Package earned shows what came back of mailings: from clicks to what networks
// report of sales, and the commission of these.
package earned

import (
	"keur/campaigns"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
)

// Reader reads it.
type Reader struct{ Reports *reports.Store }

// View is what was earned, a line for each thing and currency, and in all.
type View struct {
	By       reports.Heading
	Lines    []reports.Earning
	Sum      reports.Earned
	Promised campaigns.Figures // to the advertiser, beside the sum
	Currency string            // of what was promised
}

// Any reports whether anything was clicked or reported.
func (v View) Any() bool { return v.Sum.Clicks > 0 || len(v.Sum.Currencies) > 0 }

// Promises reports whether sales or commission were promised.
func (v View) Promises() bool { return v.Promised.Conversions != nil || v.Promised.RevenueMinor != nil }

// Met is what was earned in the currency of the promise.
func (v View) Met() reports.Earning { return v.Sum.In(v.Currency) }

// Of reads what was earned under the page's label. Returns nil if the user isn't
// told that.
func (r Reader) Of(x *desk.Exchange, by reports.Heading, only reports.EarningsFilter) (*View, error) {
	if x.Label == nil {
		return nil, nil //nolint:nilnil // nothing is told
	}
	return r.Under(x, *x.Label, by, only)
}

// Under is Of for one of the labels that the user sees.
func (r Reader) Under(x *desk.Exchange, l labels.Label, by reports.Heading, only reports.EarningsFilter) (*View, error) {
	if !x.User.SeesMoney(l) {
		return nil, nil //nolint:nilnil // nothing is told
	}
	only.Label, only.For = l.ID, &x.User
	lines, err := r.Reports.Earnings.By(x.Context(), by, only, x.Now())
	if err != nil {
		return nil, err
	}
	return &View{By: by, Lines: lines, Sum: reports.SumOf(lines)}, nil
}
