package programmes

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
)

// Source is a connection whose programmes are read.
type Source struct {
	Connection networks.ConnectionID `db:"connection_id" json:"connection_id"`
	Name       string                `db:"name" json:"name"`
	Read       *time.Time            `db:"covered_until" json:"read_at,omitempty"`
	Due        time.Time             `db:"due_at" json:"due_at"`
	Problem    words.Message         `db:"problem" json:"problem,omitzero"`
}

// Use is what a mail does with a programme.
type Use struct {
	Programme campaigns.ProgrammeID
	Codes     bool // it gives codes
}

// used is a programme that a mail uses, with how the label's network lists it: of
// several accounts the one that joined it.
type used struct {
	Programme  campaigns.ProgrammeID `db:"programme_id"`
	Ref        string                `db:"programme_ref"`
	Advertiser string                `db:"advertiser"`
	Account    string                `db:"read_account"` // of an account that was read; empty: not all were
	Listing    *ListingID            `db:"listing_id"`
	Zone       string                `db:"time_zone"`
}

// Check returns what of its programmes is in the way of a label's mail at a
// moment. Of programmes whose network the label isn't connected with, or that were
// never read, nothing is known and nothing said.
func (s *Store) Check(ctx context.Context, label labels.ID, uses []Use, at time.Time) ([]Finding, error) {
	ids, codes := make([]int64, len(uses)), map[campaigns.ProgrammeID]bool{}
	for i, u := range uses {
		ids[i], codes[u.Programme] = int64(u.Programme), codes[u.Programme] || u.Codes
	}
	var rows []used
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT p.id AS programme_id, p.ref AS programme_ref, a.name AS advertiser, b.time_zone,
		       coalesce((SELECT min(c.name) FROM network_connections c
		                   LEFT JOIN network_sweeps w ON w.connection_id = c.id AND w.sweep = 'programmes'
		                  WHERE c.label_id = b.id AND c.network = p.network
		                 HAVING bool_and(w.covered_until IS NOT NULL)), '') AS read_account,
		       (SELECT l.id FROM network_listings l JOIN network_connections c ON c.id = l.connection_id
		         WHERE c.label_id = b.id AND c.network = p.network AND l.ref = p.ref
		         ORDER BY (l.relation = 'joined') DESC, l.id LIMIT 1) AS listing_id
		  FROM programmes p JOIN advertisers a ON a.id = p.advertiser_id CROSS JOIN labels b
		 WHERE p.id = ANY($2) AND b.id = $1 ORDER BY p.id`, label, pq.Array(ids)); err != nil {
		return nil, postgres.Fault(err, "thing.programmes")
	}
	var all []Finding
	for _, u := range rows {
		if u.Listing == nil {
			if u.Account != "" {
				all = append(all, Finding{0, links.Blocks, words.Of("programmes.not_listed",
					"advertiser", u.Advertiser, "ref", u.Ref, "account", u.Account)})
			}
			continue
		}
		found, err := s.findings(ctx, u, codes[u.Programme], at)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (s *Store) findings(ctx context.Context, u used, codes bool, at time.Time) ([]Finding, error) {
	l, err := s.Get(ctx, *u.Listing)
	if err != nil {
		return nil, err
	}
	said, err := s.Answers(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(u.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of a label: %w", err)
	}
	return l.Findings(at, codes, Newest(said), zone), nil
}

// Newest returns the newest answer of each topic. answers begin with the newest.
func Newest(answers []Answer) map[Topic]Answer {
	newest := map[Topic]Answer{}
	for _, a := range answers {
		if _, seen := newest[a.Topic]; !seen {
			newest[a.Topic] = a
		}
	}
	return newest
}
