package mailings

import (
	"context"

	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Stop is an advertiser that is stopped, with what was given as the reason.
type Stop struct{ Advertiser, Reason string }

// Stops returns, of those mailings that haven't ended, the stopped advertisers
// that each places: as its working copy says while it is written, or else as it
// was put up.
func (s *Sends) Stops(ctx context.Context, ids ...ID) (map[ID][]Stop, error) {
	var rows []struct {
		Mailing    ID     `db:"id"`
		Advertiser string `db:"name"`
		Reason     string `db:"stop_reason"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT m.id, a.name, a.stop_reason
		  FROM mailings m
		  JOIN placed_advertisers placed ON placed.mailing_id = m.id
		  JOIN advertisers a ON a.id = placed.advertiser_id
		 WHERE m.id = ANY($1) AND a.stopped_at IS NOT NULL AND m.state NOT IN ('done', 'cancelled')
		 ORDER BY m.id, a.name`, pq.Array(ids)); err != nil {
		return nil, postgres.Fault(err, "thing.mailings")
	}
	stops := map[ID][]Stop{}
	for _, r := range rows {
		stops[r.Mailing] = append(stops[r.Mailing], Stop{r.Advertiser, r.Reason})
	}
	return stops, nil
}
