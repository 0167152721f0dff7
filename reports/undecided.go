package reports

import (
	"fmt"
	"time"

	"keur/campaigns"
)

// Undecided is an advertiser's commission at a network that waits for a verdict, in
// one currency, and how much of it waits for longer than is usual there. Ages are
// those of months: a month counts as older once all of its sales are.
type Undecided struct {
	Advertiser campaigns.AdvertiserID `json:"advertiser_id,omitempty"`
	Name       string                 `json:"name"` // empty: of nobody that we know
	Network    string                 `json:"network"`
	Currency   string                 `json:"currency"`
	Open       int64                  `json:"open_minor"`
	OpenN      int64                  `json:"open_conversions"`
	Overdue    int64                  `json:"overdue_minor"`
	OverdueN   int64                  `json:"overdue_conversions"`
	Oldest     string                 `json:"oldest_month"` // 2026-08
	UsualDays  int                    `json:"usual_days"`
	Few        bool                   `json:"few,omitempty" doc:"Fewer than 20 transactions, or a send to fewer than 20 members, which who only looks isn't told"`
}

// Line names the line among those of one report.
func (u Undecided) Line() string { return fmt.Sprintf("%d %s %s", u.Advertiser, u.Network, u.Currency) }

// usualVerdict is after how many days most sales are decided, where an advertiser
// has too little history to tell.
const usualVerdict = 60

// take adds what a month has of open sales.
func (u *Undecided) take(month time.Time, n, minor int64, now time.Time) {
	u.Open, u.OpenN = u.Open+minor, u.OpenN+n
	if name := month.Format("2006-01"); u.Oldest == "" || name < u.Oldest {
		u.Oldest = name
	}
	if now.After(month.AddDate(0, 1, u.UsualDays)) {
		u.Overdue, u.OverdueN = u.Overdue+minor, u.OverdueN+n
	}
}
