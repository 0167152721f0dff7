package segments

import (
	"context"

	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Explain says the rule as a sentence in locale, with the names of the
// mailings, campaigns, advertisers and segments that it mentions.
func (e *Engine) Explain(ctx context.Context, rule Rule, locale string) (string, error) {
	var ids mentions
	ids.add(rule)
	var rows []struct {
		Kind string
		ID   int64
		Name string
	}
	if err := e.db.SelectContext(ctx, &rows, `
		SELECT 'mailing' AS kind, id, name FROM mailings WHERE id = ANY ($1)
		 UNION ALL SELECT 'campaign', id, name FROM campaigns WHERE id = ANY ($2)
		 UNION ALL SELECT 'advertiser', id, name FROM advertisers WHERE id = ANY ($3)
		 UNION ALL SELECT 'segment', id, name FROM segments WHERE id = ANY ($4)`,
		pq.Array(ids.mailings), pq.Array(ids.campaigns), pq.Array(ids.advertisers), pq.Array(ids.segments)); err != nil {
		return "", postgres.Fault(err, "names in a segment")
	}
	names := Names{
		Mailings: map[int64]string{}, Campaigns: map[int64]string{}, Advertisers: map[int64]string{}, Segments: map[ID]string{},
	}
	for _, r := range rows {
		switch r.Kind {
		case "mailing":
			names.Mailings[r.ID] = r.Name
		case "campaign":
			names.Campaigns[r.ID] = r.Name
		case "advertiser":
			names.Advertisers[r.ID] = r.Name
		case "segment":
			names.Segments[ID(r.ID)] = r.Name
		}
	}
	return Explain(rule, names, locale), nil
}

// mentions are the numbers of things in a rule.
type mentions struct{ mailings, campaigns, advertisers, segments []int64 }

func (m *mentions) add(r Rule) {
	for _, part := range r.All {
		m.add(part)
	}
	for _, part := range r.Any {
		m.add(part)
	}
	switch {
	case r.Not != nil:
		m.add(*r.Not)
	case r.Engagement != nil:
		m.mailings = append(m.mailings, r.Engagement.Mailing)
		m.campaigns = append(m.campaigns, r.Engagement.Campaign)
		m.advertisers = append(m.advertisers, r.Engagement.Advertiser)
	case r.Conversion != nil:
		m.advertisers = append(m.advertisers, r.Conversion.Advertiser)
	case r.Segment != nil:
		m.segments = append(m.segments, int64(r.Segment.ID))
	}
}
