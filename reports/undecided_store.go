package reports

import (
	"cmp"
	"context"
	"slices"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/postgres"
	"keur/labels"
)

// Undecided returns what waits for a verdict under a label, what is older than
// usual first. It reads roll-ups, and of transactions no more than 10,000.
// who is told of it: see disclosure.
func (s *EarningStore) Undecided(ctx context.Context, label labels.ID, who *accounts.User, now time.Time) ([]Undecided, error) {
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
		    FROM `+disclosureTo(who, label).sums()+` c JOIN network_connections n ON n.id = c.connection_id
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
