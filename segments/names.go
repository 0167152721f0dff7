package segments

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/labels"
)

// Names are what people call the things that rules know by number.
type Names struct {
	Mailings, Campaigns, Advertisers map[int64]string
	Segments                         map[ID]string
}

// Check returns a fault if members of the label can't be counted by the rule,
// and else what the things that it mentions are called.
func (e *Engine) Check(ctx context.Context, label labels.ID, rule Rule) (Names, error) {
	mentioning := rule
	if _, err := e.prepare(ctx, label, &rule); err != nil {
		return Names{}, err
	}
	return e.Names(ctx, label, mentioning)
}

// Names returns what the things of the label that the rules mention are called.
func (e *Engine) Names(ctx context.Context, label labels.ID, rules ...Rule) (Names, error) {
	return namesOf(ctx, e.db, label, mentionsIn(Rule{All: rules}, ""))
}

// namesOf returns what the label's things that are mentioned are called.
func namesOf(ctx context.Context, db sqlx.QueryerContext, label labels.ID, mentioned []mention) (Names, error) {
	names := Names{
		Mailings: map[int64]string{}, Campaigns: map[int64]string{}, Advertisers: map[int64]string{}, Segments: map[ID]string{},
	}
	if len(mentioned) == 0 {
		return names, nil
	}
	ids := map[string][]int64{}
	for _, m := range mentioned {
		ids[m.Kind] = append(ids[m.Kind], m.ID)
	}
	var rows []struct {
		Kind string
		ID   int64
		Name string
	}
	if err := sqlx.SelectContext(ctx, db, &rows, `
		SELECT 'mailing' AS kind, id, name FROM mailings WHERE id = ANY ($2) AND label_id = $1
		 UNION ALL SELECT 'campaign', id, name FROM campaigns WHERE id = ANY ($3) AND label_id = $1
		 UNION ALL SELECT 'advertiser', id, name FROM advertisers WHERE id = ANY ($4)
		 UNION ALL SELECT 'segment', id, name FROM segments WHERE id = ANY ($5) AND label_id = $1`,
		label, pq.Array(ids["mailing"]), pq.Array(ids["campaign"]), pq.Array(ids["advertiser"]), pq.Array(ids["segment"])); err != nil {
		return names, postgres.Fault(err, "names in a segment")
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
	return names, nil
}
