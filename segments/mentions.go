package segments

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// mention is a thing that a rule or an audience mentions by its number.
type mention struct {
	Kind string // mailing, campaign, advertiser or segment
	ID   int64
	path string // where it is mentioned
}

// mentionsIn returns what the rule at path mentions.
func mentionsIn(r Rule, path string) []mention {
	var found []mention
	for i, part := range r.All {
		found = append(found, mentionsIn(part, fmt.Sprintf("%s[%d]", join(path, "all"), i))...)
	}
	for i, part := range r.Any {
		found = append(found, mentionsIn(part, fmt.Sprintf("%s[%d]", join(path, "any"), i))...)
	}
	add := func(kind string, id int64) {
		if id != 0 {
			found = append(found, mention{kind, id, join(path, kind)})
		}
	}
	switch {
	case r.Not != nil:
		return mentionsIn(*r.Not, join(path, "not"))
	case r.Engagement != nil:
		add("mailing", r.Engagement.Mailing)
		add("campaign", r.Engagement.Campaign)
		add("advertiser", r.Engagement.Advertiser)
	case r.Conversion != nil:
		add("advertiser", r.Conversion.Advertiser)
	case r.Segment != nil:
		add("segment", int64(r.Segment.ID))
	}
	return found
}

// mentionsIn returns what the audience mentions but for its segments, which are
// there by value.
func (a Audience) mentionsIn(path string) []mention {
	var found []mention
	for i, ref := range a.Segments {
		found = append(found, mentionsIn(ref.Rule, fmt.Sprintf("%s.segments[%d].rule", path, i))...)
	}
	for i, ref := range a.Exclude {
		found = append(found, mentionsIn(ref.Rule, fmt.Sprintf("%s.exclude[%d].rule", path, i))...)
	}
	for i, id := range a.ExcludeMailings {
		found = append(found, mention{"mailing", id, fmt.Sprintf("%s.exclude_mailings[%d]", path, i)})
	}
	return found
}

// checkMentions returns a fault that names each mailing and campaign that isn't one of
// the label's. Another label's is met like one that doesn't exist: who may not
// see it doesn't learn of it, nor who got it. Advertisers are every label's.
func checkMentions(ctx context.Context, db sqlx.QueryerContext, label labels.ID, mentioned []mention) error {
	names, err := namesOf(ctx, db, label, mentioned)
	if err != nil {
		return err
	}
	var wrong fault.List
	for _, m := range mentioned {
		own := map[string]map[int64]string{"mailing": names.Mailings, "campaign": names.Campaigns}[m.Kind]
		if _, is := own[m.ID]; own != nil && !is {
			wrong.Add(m.path, "segments.not_of_label", "kind", m.Kind)
		}
	}
	return wrong.Err()
}

// Names are what people call the things that rules know by number, and the values
// of the label's attributes.
type Names struct {
	Mailings, Campaigns, Advertisers map[int64]string
	Segments                         map[ID]string
	Values                           members.ValueWords
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
	var err error
	if names.Values, err = members.ValueWordsOf(ctx, db, label); err != nil || len(mentioned) == 0 {
		return names, err
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
		return names, postgres.Fault(err, "thing.segment_names")
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
