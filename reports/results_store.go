package reports

import (
	"context"

	"github.com/lib/pq"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/postgres"
	"keur/labels"
)

// Result is what came of a campaign so far, in the figures that campaigns aim
// for and promise.
type Result struct {
	Outcome
	Conversions int64 `db:"conversions"`   // open and approved, in whichever currency
	Revenue     int64 `db:"revenue_minor"` // commission of these, as far as it is in the campaign's currency
	FewSales    bool  // fewer than twenty, which who only looks isn't told
}

// OfCampaigns returns what came of the campaigns under the label. One of which
// nothing was sent and nothing is reported has none. who is told of them: see
// disclosure.
func (s *OutcomeStore) OfCampaigns(
	ctx context.Context, label labels.ID, of []campaigns.Campaign, who *accounts.User,
) (map[campaigns.ID]Result, error) {
	ids, currencies := make([]campaigns.ID, len(of)), make([]string, len(of))
	for i, c := range of {
		ids[i], currencies[i] = c.ID, c.Currency
	}
	found := map[campaigns.ID]Result{}
	outcomes, err := s.By(ctx, ByCampaign, Filter{Labels: []labels.ID{label}, Among: ids, For: who})
	if err != nil {
		return nil, err
	}
	for _, o := range outcomes {
		found[o.Of.Campaign] = Result{Outcome: o}
	}
	var sold []struct {
		Campaign    campaigns.ID `db:"campaign_id"`
		Conversions int64        `db:"conversions"`
		Revenue     int64        `db:"revenue_minor"`
		Few         bool         `db:"few"`
	}
	if err := s.db.SelectContext(ctx, &sold, `
		SELECT c.campaign_id, sum(c.n)::bigint AS conversions,
		       coalesce(sum(c.commission_minor) FILTER (WHERE c.currency = w.currency), 0)::bigint AS revenue_minor,
		       sum(c.n) = 0 AND bool_or(c.hidden) AS few
		  FROM unnest($2::bigint[], $3::text[]) AS w (id, currency)
		  JOIN `+disclosureTo(who, label).sums()+` c ON c.campaign_id = w.id
		 WHERE c.label_id = $1 AND c.status IN ('pending', 'approved')
		 GROUP BY 1`, label, pq.Array(ids), pq.Array(currencies)); err != nil {
		return nil, postgres.Fault(err, "thing.earnings")
	}
	for _, line := range sold {
		r := found[line.Campaign]
		r.Conversions, r.Revenue, r.FewSales = line.Conversions, line.Revenue, line.Few
		found[line.Campaign] = r
	}
	return found, nil
}
