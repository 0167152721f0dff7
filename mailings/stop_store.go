package mailings

import (
	"context"

	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Stop is an advertiser that is stopped, with what was given as the reason.
type Stop struct{ Advertiser, Reason string }

// Stops returns, of those mailings that haven't ended, the stopped advertisers
// that each places.
func (s *Sends) Stops(ctx context.Context, of ...Mailing) (map[ID][]Stop, error) {
	ids := make([]ID, len(of))
	for i, m := range of {
		ids[i] = m.ID
	}
	var rows []struct {
		Mailing    ID     `db:"id"`
		Advertiser string `db:"name"`
		Reason     string `db:"stop_reason"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT DISTINCT m.id, a.name, a.stop_reason
		  FROM mailings m
		  JOIN revision_placements p ON p.revision_id = m.revision_id
		  JOIN advertisers a ON a.id = p.advertiser_id
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
