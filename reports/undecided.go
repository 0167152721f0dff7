package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/postgres"
	"keur/labels"
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

// UndecidedOf returns what waits for a verdict under a label, what is older than
// usual first. It reads roll-ups, and of transactions no more than 10,000.
// who is told of it: see telling.
func UndecidedOf(ctx context.Context, s *Store, label labels.ID, who *accounts.User, now time.Time) ([]Undecided, error) {
	usual, err := conversions.UsualVerdicts(ctx, s.db, label, now)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Advertiser campaigns.AdvertiserID `db:"advertiser_id"`
		Name       string                 `db:"name"`
		Network    string                 `db:"network"`
		Currency   string                 `db:"currency"`
		Month      time.Time              `db:"month"`
		N          int64                  `db:"n"`
		Minor      int64                  `db:"minor"`
		Hidden     bool                   `db:"hidden"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT x.*, coalesce(a.name, '') AS name FROM (
		  SELECT c.advertiser_id, n.network, c.currency, c.month, sum(c.n)::bigint AS n, sum(c.commission_minor)::bigint AS minor,
		         bool_or(c.hidden) AS hidden
		    FROM `+tellingTo(who, label).sums()+` c JOIN network_connections n ON n.id = c.connection_id
		   WHERE c.label_id = $1 AND c.status = 'pending'
		   GROUP BY 1, 2, 3, 4
		  HAVING sum(c.n) <> 0 OR sum(c.commission_minor) <> 0 OR bool_or(c.hidden)) x
		  LEFT JOIN advertisers a ON a.id = x.advertiser_id`, label); err != nil {
		return nil, postgres.Fault(err, "thing.earnings")
	}
	found, at := []Undecided{}, map[string]int{}
	for _, r := range rows {
		w := Undecided{Advertiser: r.Advertiser, Name: r.Name, Network: r.Network, Currency: r.Currency, UsualDays: usualVerdict}
		if days, known := usual[r.Advertiser]; known {
			w.UsualDays = days
		}
		i, is := at[w.Line()]
		if !is {
			i = len(found)
			at[w.Line()], found = i, append(found, w)
		}
		found[i].take(r.Month, r.N, r.Minor, now)
		found[i].Few = found[i].OpenN == 0 && (found[i].Few || r.Hidden)
	}
	slices.SortFunc(found, func(a, b Undecided) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(b.Open, a.Open), cmp.Compare(a.Line(), b.Line()))
	})
	return found, nil
}
