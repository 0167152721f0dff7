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
		SELECT DISTINCT m.id, a.name, a.stop_reason
		  FROM mailings m
		  LEFT JOIN working_copies w ON w.mailing_id = m.id AND m.state IN ('draft', 'changes_requested')
		  JOIN LATERAL (
		       SELECT p.advertiser_id FROM revision_placements p WHERE w.mailing_id IS NULL AND p.revision_id = m.revision_id
		       UNION
		       SELECT c.advertiser_id FROM jsonb_array_elements(w.brief -> 'placements') p JOIN campaigns c ON c.id = (p ->> 'campaign_id')::bigint
		       ) placed ON true
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
