package segments

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/labels"
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

// owned returns a fault that names each mailing and campaign that isn't one of
// the label's. Another label's is met like one that doesn't exist: who may not
// see it doesn't learn of it, nor who got it. Advertisers are every label's.
func owned(ctx context.Context, db sqlx.QueryerContext, label labels.ID, mentioned []mention) error {
	names, err := namesOf(ctx, db, label, mentioned)
	if err != nil {
		return err
	}
	var wrong fault.List
	for _, m := range mentioned {
		own := map[string]map[int64]string{"mailing": names.Mailings, "campaign": names.Campaigns}[m.Kind]
		if _, is := own[m.ID]; own != nil && !is {
			wrong.Add(m.path, "not a %s of this label", m.Kind)
		}
	}
	return wrong.Err()
}
