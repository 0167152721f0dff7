package reports

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// EarningStore reads what networks report of sales.
type EarningStore struct {
	db       *sqlx.DB
	outcomes *OutcomeStore // for clicks
}

// EarningsFilter narrows earnings. Zero fields don't narrow.
type EarningsFilter struct {
	Label      labels.ID // always
	Mailing    mailings.ID
	Send       mailings.SendID
	Campaign   campaigns.ID
	Advertiser campaigns.AdvertiserID
	AnyOf      []campaigns.ID // only of these; nil: of all
	From       time.Time      // of sends with slots from here on …
	Until      time.Time      // … and before this

	For *accounts.User // who is told of it: see disclosure; nil: the program itself
}

// earned is a line of the roll-ups, by the ids of its heading.
type earned struct {
	Earning
	Name       string                 `db:"name"`
	Mailing    mailings.ID            `db:"mailing_id"`
	Placement  string                 `db:"placement_key"`
	Campaign   campaigns.ID           `db:"campaign_id"`
	Advertiser campaigns.AdvertiserID `db:"advertiser_id"`
	Period     string                 `db:"period"`
}

// headings are the columns by which roll-ups are summed, each under the name
// that earned has for it, and what its lines are called.
var headings = map[Heading]struct{ columns, name string }{
	EarnedByMailing:    {"c.mailing_id", "(SELECT name FROM mailings WHERE id = mailing_id)"},
	EarnedByPlacement:  {"c.mailing_id, c.placement_key, c.campaign_id", "(SELECT name FROM campaigns WHERE id = campaign_id)"},
	EarnedByCampaign:   {"c.campaign_id", "(SELECT name FROM campaigns WHERE id = campaign_id)"},
	EarnedByAdvertiser: {"c.advertiser_id", "(SELECT name FROM advertisers WHERE id = advertiser_id)"},
	EarnedByNetwork:    {"n.network", "network"},
	EarnedByMonth:      {"to_char(c.month, 'YYYY-MM') AS period", "period"},
}

// By returns what networks report under a label, one line for each thing and
// currency, those with the most commission first. It reads roll-ups, and so
// costs the same however many transactions there are. At now it says of which
// lines most sales aren't in yet.
func (s *EarningStore) By(ctx context.Context, by Heading, f EarningsFilter, now time.Time) ([]Earning, error) {
	if err := by.Validate(); err != nil {
		return nil, err
	}
	disclosed := disclosureTo(f.For, f.Label)
	var lines []earned
	if err := s.db.SelectContext(ctx, &lines, `
		SELECT *, coalesce(`+headings[by].name+`, '') AS name FROM (
		  SELECT `+headings[by].columns+`, c.currency,
		         coalesce(sum(c.n) FILTER (WHERE c.status IN ('pending', 'approved')), 0)::bigint AS conversions,
		         coalesce(sum(c.n) FILTER (WHERE c.status = 'approved'), 0)::bigint AS approved,
		         coalesce(sum(c.n) FILTER (WHERE c.status = 'declined'), 0)::bigint AS declined,
		         coalesce(sum(c.sale_minor) FILTER (WHERE c.status IN ('pending', 'approved')), 0)::bigint AS sale_minor,
		         coalesce(sum(c.commission_minor) FILTER (WHERE c.status IN ('pending', 'approved')), 0)::bigint AS gross_minor,
		         coalesce(sum(c.commission_minor) FILTER (WHERE c.status = 'pending'), 0)::bigint AS open_minor,
		         coalesce(sum(c.commission_minor) FILTER (WHERE c.status = 'approved'), 0)::bigint AS approved_minor,
		         coalesce(sum(c.commission_minor) FILTER (WHERE c.status = 'declined'), 0)::bigint AS declined_minor,
		         coalesce(sum(c.commission_minor) FILTER (WHERE c.status = 'approved' AND c.paid), 0)::bigint AS paid_minor,
		         sum(c.n) = 0 AND bool_or(c.hidden) AS few
		    FROM `+disclosed.sums()+` c JOIN network_connections n ON n.id = c.connection_id
		   WHERE c.label_id = $1 AND ($2::bigint = 0 OR c.mailing_id = $2) AND ($3::bigint = 0 OR c.campaign_id = $3)
		     AND ($4::bigint = 0 OR c.advertiser_id = $4) AND ($5::bigint = 0 OR c.send_id = $5)
		     AND ($6::bigint[] IS NULL OR c.campaign_id = ANY ($6))
		     AND ($7::timestamptz IS NULL AND $8::timestamptz IS NULL
		          OR c.send_id IN (SELECT id FROM sends WHERE label_id = $1 AND slot_at >= coalesce($7, '-infinity') AND slot_at < coalesce($8, 'infinity')))
		   GROUP BY `+groupedBy[by]+`, c.currency
		  HAVING sum(c.n) <> 0 OR sum(c.sale_minor) <> 0 OR sum(c.commission_minor) <> 0 OR bool_or(c.hidden)) x`,
		f.Label, f.Mailing, f.Campaign, f.Advertiser, f.Send, pq.Array(f.AnyOf),
		postgres.Moment(f.From), postgres.Moment(f.Until)); err != nil {
		return nil, postgres.Fault(err, "thing.earnings")
	}
	found := make([]Earning, len(lines))
	for i, l := range lines {
		l.Of = Subject{
			Name: l.Name, Mailing: l.Mailing, Placement: l.Placement, Campaign: l.Campaign, Advertiser: l.Advertiser, Period: l.Period,
		}
		found[i] = l.Earning
	}
	if by != EarnedByNetwork && by != EarnedByMonth {
		var err error
		if found, err = s.withClicks(ctx, by, f, found, now); err != nil {
			return nil, err
		}
	}
	for i := range found {
		found[i].Rounded = disclosed == roughly
		found[i].rates()
	}
	slices.SortStableFunc(found, func(a, b Earning) int {
		return cmp.Or(cmp.Compare(b.Gross, a.Gross), cmp.Compare(b.Clicks, a.Clicks), cmp.Compare(a.Line(), b.Line()))
	})
	return found, nil
}

// groupedBy are the columns of headings without their names.
var groupedBy = map[Heading]string{
	EarnedByMailing: "c.mailing_id", EarnedByPlacement: "c.mailing_id, c.placement_key, c.campaign_id", EarnedByCampaign: "c.campaign_id",
	EarnedByAdvertiser: "c.advertiser_id", EarnedByNetwork: "n.network", EarnedByMonth: "c.month",
}

// sentLast is when something was sent last.
type sentLast struct {
	Mailing    mailings.ID            `db:"mailing_id"`
	Placement  string                 `db:"key"`
	Campaign   campaigns.ID           `db:"campaign_id"`
	Advertiser campaigns.AdvertiserID `db:"advertiser_id"`
	At         time.Time              `db:"at"`
}

// under returns the ids that a heading goes by, of what has all of them.
func (h Heading) under(of Subject) Subject {
	switch h {
	case EarnedByMailing:
		return Subject{Mailing: of.Mailing}
	case EarnedByPlacement:
		return Subject{Mailing: of.Mailing, Placement: of.Placement, Campaign: of.Campaign}
	case EarnedByCampaign:
		return Subject{Campaign: of.Campaign}
	}
	return Subject{Advertiser: of.Advertiser}
}

// withClicks adds people's clicks to the lines, and lines of what was sent and
// nothing is reported of yet.
func (s *EarningStore) withClicks(ctx context.Context, by Heading, f EarningsFilter, lines []Earning, now time.Time) ([]Earning, error) {
	last, err := s.sentLast(ctx, by, f)
	if err != nil {
		return nil, err
	}
	lag, err := s.usualLag(ctx, f.Label, now)
	if err != nil {
		return nil, err
	}
	outcomes, err := s.outcomes.By(ctx, GroupBy(by), Filter{
		Labels: []labels.ID{f.Label}, Mailing: f.Mailing, Send: f.Send, Campaign: f.Campaign, Advertiser: f.Advertiser,
		Among: f.AnyOf, For: f.For, From: f.From, Until: f.Until,
	})
	if err != nil {
		return nil, err
	}
	reported := map[Subject][]int{}
	for i, e := range lines {
		reported[by.under(e.Of)] = append(reported[by.under(e.Of)], i)
	}
	for _, o := range outcomes {
		of := by.under(o.Of)
		if len(reported[of]) == 0 && !last[of].IsZero() {
			reported[of], lines = []int{len(lines)}, append(lines, Earning{Of: o.Of})
		}
		for _, i := range reported[of] {
			lines[i].Of, lines[i].Clicks, lines[i].TooEarly = o.Of, o.Clicks, tooEarly(last[of], now, lag)
		}
	}
	return lines, nil
}

// sentLast returns when each thing that places an advertiser was sent last.
func (s *EarningStore) sentLast(ctx context.Context, by Heading, f EarningsFilter) (map[Subject]time.Time, error) {
	var rows []sentLast
	err := s.db.SelectContext(ctx, &rows, `
		SELECT s.mailing_id, p.key, p.campaign_id, p.advertiser_id, max(s.started_at) AS at
		  FROM sends s JOIN revision_placements p ON p.revision_id = s.revision_id
		 WHERE s.label_id = $1 AND s.started_at IS NOT NULL AND ($2::bigint = 0 OR s.mailing_id = $2)
		   AND ($3::bigint = 0 OR p.campaign_id = $3) AND ($4::bigint = 0 OR p.advertiser_id = $4) AND ($5::bigint = 0 OR s.id = $5)
		   AND ($6::bigint[] IS NULL OR p.campaign_id = ANY ($6))
		 GROUP BY 1, 2, 3, 4`, f.Label, f.Mailing, f.Campaign, f.Advertiser, f.Send, pq.Array(f.AnyOf))
	last := map[Subject]time.Time{}
	for _, r := range rows {
		of := by.under(Subject{Mailing: r.Mailing, Placement: r.Placement, Campaign: r.Campaign, Advertiser: r.Advertiser})
		if r.At.After(last[of]) {
			last[of] = r.At
		}
	}
	return last, postgres.Fault(err, "thing.earnings")
}

// usualLag returns how long after its send four of five sales of the label
// happen, of up to 10,000 sales that are two months old or more. With fewer than
// 20 of these it is two weeks.
func (s *EarningStore) usualLag(ctx context.Context, label labels.ID, now time.Time) (time.Duration, error) {
	var of struct {
		N       int64   `db:"n"`
		Seconds float64 `db:"seconds"`
	}
	err := s.db.GetContext(ctx, &of, `
		SELECT count(*) AS n, coalesce(percentile_disc(0.8) WITHIN GROUP (ORDER BY lag), 0) AS seconds
		  FROM (SELECT extract(epoch FROM c.occurred_at - s.started_at)::float8 AS lag
		          FROM conversions c JOIN sends s ON s.id = c.send_id
		         WHERE c.label_id = $1 AND c.occurred_at < $2::timestamptz - interval '60 days' AND s.started_at <= c.occurred_at
		         ORDER BY c.occurred_at DESC LIMIT 10000) x`, label, now)
	if err != nil || of.N < 20 {
		return usualLag, postgres.Fault(err, "thing.earnings")
	}
	return time.Duration(of.Seconds * float64(time.Second)), nil
}
