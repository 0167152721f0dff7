package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"keur/internal/fault"
)

// Heading is what one line of earnings is about.
type Heading string

// What earnings are summed by. Months are those of the transaction, on the
// label's calendar.
const (
	EarnedByMailing    Heading = "mailing"
	EarnedByPlacement  Heading = "placement"
	EarnedByCampaign   Heading = "campaign"
	EarnedByAdvertiser Heading = "advertiser"
	EarnedByNetwork    Heading = "network"
	EarnedByMonth      Heading = "month"
)

// Headings returns all headings.
func Headings() []Heading {
	return []Heading{EarnedByMailing, EarnedByPlacement, EarnedByCampaign, EarnedByAdvertiser, EarnedByNetwork, EarnedByMonth}
}

// Validate returns an Invalid fault if earnings aren't summed that way.
func (h Heading) Validate() error {
	for _, known := range Headings() {
		if h == known {
			return nil
		}
	}
	return fault.At("by", "reports.earnings_by")
}

// Earning is one line: from the clicks of people to what networks report, in one
// currency, which are never added up with another's. A mailing or campaign that
// nothing was reported of has a line without a currency.
type Earning struct {
	Of          Subject `json:"of"` // its name is empty where nobody could attribute the sales
	Network     string  `db:"network" json:"network,omitempty"`
	Currency    string  `db:"currency" json:"currency"`
	Clicks      int64   `json:"clicks"`                             // people's; 0 by network and by month
	Conversions int64   `db:"conversions" json:"conversions"`       // open and approved
	Sale        int64   `db:"sale_minor" json:"sale_minor"`         // of these
	Gross       int64   `db:"gross_minor" json:"gross_minor"`       // commission of these: open and approved
	Open        int64   `db:"open_minor" json:"open_minor"`         // commission that waits for a verdict
	Approved    int64   `db:"approved_minor" json:"approved_minor"` // commission that was approved, paid or not
	Declined    int64   `db:"declined_minor" json:"declined_minor"` // commission that was turned down
	Paid        int64   `db:"paid_minor" json:"paid_minor"`         // of what was approved
	Judged      Rate    `json:"approval_rate"`                      // approved / (approved + declined), by number
	JudgedMinor Rate    `json:"approval_rate_of_value"`             // the same by commission
	PerClick    Rate    `json:"epc"`                                // gross commission per click, in minor units
	TooEarly    bool    `json:"too_early"`                          // most of the usual sales aren't in yet
	ApprovedN   int64   `db:"approved" json:"approved_conversions"` // transactions
	DeclinedN   int64   `db:"declined" json:"declined_conversions"` // transactions
	Few         bool    `db:"few" json:"few,omitempty" doc:"Fewer than 20 transactions, or a send to fewer than 20 members, which who only looks isn't told"`
	Rounded     bool    `json:"rounded,omitempty" doc:"Of each sum no more than a multiple of 20 transactions is told, and their part of the money, for who only looks"`
}

// Earned is what some lines come to: people's clicks, and a line for each
// currency, the one with the most commission first.
type Earned struct {
	Clicks     int64
	Currencies []Earning
	TooEarly   bool // of some of it
	Rounded    bool // for who only looks
}

// SumOf adds lines of one heading up. What has a line for each of several
// currencies has its clicks in all of these, and they count once.
func SumOf(lines []Earning) Earned {
	var sum Earned
	counted, at := map[string]bool{}, map[string]int{}
	for _, e := range lines {
		subject := e
		subject.Currency, subject.Network = "", ""
		if of := subject.Line(); !counted[of] {
			counted[of], sum.Clicks = true, sum.Clicks+e.Clicks
		}
		sum.TooEarly, sum.Rounded = sum.TooEarly || e.TooEarly, sum.Rounded || e.Rounded
		if e.Currency == "" {
			continue
		}
		n, is := at[e.Currency]
		if !is {
			n = len(sum.Currencies)
			at[e.Currency], sum.Currencies = n, append(sum.Currencies, Earning{Currency: e.Currency})
		}
		sum.Currencies[n].add(e)
	}
	for i := range sum.Currencies {
		sum.Currencies[i].Clicks = sum.Clicks
		sum.Currencies[i].rates()
	}
	slices.SortStableFunc(sum.Currencies, func(a, b Earning) int {
		return cmp.Or(cmp.Compare(b.Gross, a.Gross), cmp.Compare(a.Currency, b.Currency))
	})
	return sum
}

// In returns what was earned in a currency.
func (s Earned) In(currency string) Earning {
	for _, e := range s.Currencies {
		if e.Currency == currency {
			return e
		}
	}
	return Earning{Currency: currency}
}

// add adds what another line has in the same currency.
func (e *Earning) add(o Earning) {
	e.Conversions, e.ApprovedN, e.DeclinedN = e.Conversions+o.Conversions, e.ApprovedN+o.ApprovedN, e.DeclinedN+o.DeclinedN
	e.Sale, e.Gross, e.Open = e.Sale+o.Sale, e.Gross+o.Gross, e.Open+o.Open
	e.Approved, e.Declined, e.Paid = e.Approved+o.Approved, e.Declined+o.Declined, e.Paid+o.Paid
}

// Line names the line among those of one report.
func (e Earning) Line() string {
	return fmt.Sprintf("%d %d %d %s %s %s %s", e.Of.Mailing, e.Of.Campaign, e.Of.Advertiser, e.Of.Placement, e.Of.Period,
		e.Network, e.Currency)
}

// rates fills in what follows from the line's sums.
func (e *Earning) rates() {
	e.Judged = NewRate(e.ApprovedN, e.ApprovedN+e.DeclinedN)
	e.JudgedMinor = NewRate(e.Approved, e.Approved+e.Declined)
	e.PerClick = NewRate(e.Gross, e.Clicks)
}

// usualLag is how long after a send most sales are in, where a label has too
// little history to tell.
const usualLag = 14 * 24 * time.Hour

// tooEarly reports whether most of the usual sales of something sent last at a
// moment can't be in yet.
func tooEarly(last, now time.Time, lag time.Duration) bool {
	return !last.IsZero() && now.Before(last.Add(lag))
}
