package programmes

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/labels"
	"keur/networks"
)

// Term is what a group of a programme's transactions pays, or paid.
type Term struct {
	Group       string         `db:"group_ref" json:"group_ref"` // the network's number or word for it
	Name        string         `db:"name" json:"name"`
	Kind        campaigns.Kind `db:"kind" json:"kind" enum:"CPS,CPL,CPA,CPC,CPM,CPV,fixed"`
	BasisPoints *int           `db:"basis_points" json:"basis_points,omitempty"`
	MinorUnits  *int64         `db:"minor_units" json:"minor_units,omitempty"`
	Currency    string         `db:"currency" json:"currency,omitempty"`
	Since       time.Time      `db:"since" json:"held_from"`
	Ended       *time.Time     `db:"ended_at" json:"held_until,omitempty"`
}

// Line names the term within its listing.
func (t Term) Line() string { return t.Group + "/" + postgres.Stamp(t.Since) }

// said is the term as networks tell one.
func (t Term) said() networks.Term {
	return networks.Term{
		Group: t.Group, Name: t.Name, Kind: t.Kind, BasisPoints: t.BasisPoints, Minor: t.MinorUnits, Currency: t.Currency,
	}
}

// End is the end of a range, min or max, that the term is. Empty: it is no end.
func (t Term) End() string { return t.said().End() }

// Bare reports whether the network names no currency of the amount.
func (t Term) Bare() bool { return t.Currency == networks.NoCurrency }

// same reports whether two terms of a group pay the same.
func (t Term) same(other Term) bool {
	equal := func(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	points := (t.BasisPoints == nil) == (other.BasisPoints == nil) && (t.BasisPoints == nil || *t.BasisPoints == *other.BasisPoints)
	return t.Kind == other.Kind && points && equal(t.MinorUnits, other.MinorUnits) && t.Currency == other.Currency
}

// Step is what a group pays now, and what it paid before that.
type Step struct {
	Now    *Term `json:"now,omitempty"`    // nil: it is gone
	Before *Term `json:"before,omitempty"` // nil: it is new, or never changed
}

// Steps pairs the newest two terms of each group. terms are in the order of
// Store.Terms. What has paid the same ever since a moment has no before.
func Steps(terms []Term, since time.Time) []Step {
	var steps []Step
	at := map[string]int{}
	for _, t := range terms {
		i, seen := at[t.Group]
		switch {
		case !seen && t.Ended == nil:
			at[t.Group] = len(steps)
			steps = append(steps, Step{Now: &t})
		case !seen && t.Ended.After(since):
			at[t.Group] = len(steps)
			steps = append(steps, Step{Before: &t})
		case seen && steps[i].Now != nil && steps[i].Before == nil && steps[i].Now.Since.After(since):
			steps[i].Before = &t
		}
	}
	return steps
}

// Terms returns what a listing's groups pay and paid: by group, of each the newest first.
func (s *Store) Terms(ctx context.Context, id ListingID) ([]Term, error) {
	found := []Term{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT group_ref, name, kind, basis_points, minor_units, currency, since, ended_at
		  FROM network_terms WHERE listing_id = $1 ORDER BY group_ref, id DESC`, id)
	return found, postgres.Fault(err, "thing.listing", "id", id)
}

// Of returns how the network of an advertiser's programme lists it for a label;
// false if it doesn't.
func (s *Store) Of(ctx context.Context, label labels.ID, programme campaigns.ProgrammeID) (l Listing, is bool, err error) {
	var found []Listing
	err = s.db.SelectContext(ctx, &found, `
		SELECT l.* FROM (`+listed+`) l JOIN programmes p ON p.network = l.network AND p.ref = l.ref
		 WHERE l.label_id = $1 AND p.id = $2 ORDER BY (relation = 'joined') DESC, id LIMIT 1`, label, programme)
	if err != nil || len(found) == 0 {
		return l, false, postgres.Fault(err, "thing.listings")
	}
	return found[0], true, nil
}
