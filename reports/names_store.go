package reports

import (
	"context"

	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/mailings"
)

// Names are what advertisers, campaigns and mailings are called.
type Names struct {
	Advertisers map[campaigns.AdvertiserID]string
	Campaigns   map[campaigns.ID]string
	Mailings    map[mailings.ID]string
}

// Names returns the names of all that subjects tell of, in one question.
func (s *Store) Names(ctx context.Context, all []Subject) (Names, error) {
	found := Names{map[campaigns.AdvertiserID]string{}, map[campaigns.ID]string{}, map[mailings.ID]string{}}
	var advertisers, running, mailed pq.Int64Array
	for _, of := range all {
		advertisers, running = append(advertisers, int64(of.Advertiser)), append(running, int64(of.Campaign))
		mailed = append(mailed, int64(of.Mailing))
	}
	var rows []struct {
		Kind string `db:"kind"`
		ID   int64  `db:"id"`
		Name string `db:"name"`
	}
	err := s.db.SelectContext(ctx, &rows, `
		SELECT 'advertiser' AS kind, id, name FROM advertisers WHERE id = ANY ($1)
		UNION ALL SELECT 'campaign', id, name FROM campaigns WHERE id = ANY ($2)
		UNION ALL SELECT 'mailing', id, name FROM mailings WHERE id = ANY ($3)`, advertisers, running, mailed)
	for _, r := range rows {
		switch r.Kind {
		case "advertiser":
			found.Advertisers[campaigns.AdvertiserID(r.ID)] = r.Name
		case "campaign":
			found.Campaigns[campaigns.ID(r.ID)] = r.Name
		default:
			found.Mailings[mailings.ID(r.ID)] = r.Name
		}
	}
	return found, postgres.Fault(err, "thing.report")
}
