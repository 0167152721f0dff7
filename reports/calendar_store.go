package reports

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// CalendarStore reads what goes out when.
type CalendarStore struct{ db *sqlx.DB }

// Sends returns the sends with a slot from one moment on and before another, in
// the order of their slots, with those that were called off.
func (s *CalendarStore) Sends(ctx context.Context, of []labels.ID, from, until time.Time) ([]Occasion, error) {
	found := []Occasion{}
	if err := s.db.SelectContext(ctx, &found, `
		SELECT m.id AS mailing_id, m.name, m.kind, m.label_id, m.state, s.revision_id,
		       coalesce(q.id, 0) AS series_id, coalesce(q.name, '') AS series, q.paused_at IS NOT NULL AS series_paused,
		       coalesce(s.audience, (SELECT r.audience FROM approval_rounds r WHERE r.revision_id = s.revision_id ORDER BY r.id DESC LIMIT 1)) AS members,
		       s.id AS send_id, s.state AS send_state, s.slot_at, s.started_at IS NOT NULL AS started, s.held_reason, s.mended_at, coalesce(o.schedule, '{}') AS schedule
		  FROM sends s
		  JOIN revisions o ON o.id = s.revision_id
		  JOIN mailings m ON m.id = s.mailing_id
		  LEFT JOIN series_steps t ON t.mailing_id = m.id
		  LEFT JOIN series q ON q.id = t.series_id
		 WHERE s.label_id = ANY ($1) AND s.slot_at >= $2 AND s.slot_at < $3
		 ORDER BY s.slot_at, s.id`, pq.Array(of), from.UTC(), until.UTC()); err != nil {
		return nil, postgres.Fault(err, "thing.calendar")
	}
	return found, s.place(ctx, found)
}

// Waiting returns the sends that wait for a person, held or missed, whenever
// their slot was.
func (s *CalendarStore) Waiting(ctx context.Context, of []labels.ID) ([]Occasion, error) {
	found := []Occasion{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT m.id AS mailing_id, m.name, m.kind, m.label_id, m.state, s.revision_id, s.audience AS members,
		       s.id AS send_id, s.state AS send_state, s.slot_at, s.started_at IS NOT NULL AS started, s.held_reason, s.mended_at, coalesce(o.schedule, '{}') AS schedule
		  FROM sends s
		  JOIN revisions o ON o.id = s.revision_id
		  JOIN mailings m ON m.id = s.mailing_id
		 WHERE s.label_id = ANY ($1) AND s.state IN ('held', 'missed')
		 ORDER BY s.slot_at, s.id LIMIT 100`, pq.Array(of))
	if err != nil {
		return nil, postgres.Fault(err, "thing.calendar")
	}
	return found, s.place(ctx, found)
}

// Plans returns the mailings that have a schedule and no sends for it, or not
// yet all: drafts as they stand in their working copy, what is in approval, and
// what recurs.
func (s *CalendarStore) Plans(ctx context.Context, of []labels.ID) ([]Occasion, error) {
	found := []Occasion{}
	if err := s.db.SelectContext(ctx, &found, `
		SELECT m.id AS mailing_id, m.name, m.kind, m.label_id, m.state, coalesce(m.revision_id, 0) AS revision_id,
		       coalesce(q.id, 0) AS series_id, coalesce(q.name, '') AS series, q.paused_at IS NOT NULL AS series_paused,
		       (SELECT r.audience FROM approval_rounds r WHERE r.revision_id = m.revision_id ORDER BY r.id DESC LIMIT 1) AS members,
		       0 AS send_id, '' AS send_state, 'epoch'::timestamptz AS slot_at, false AS started, NULL::jsonb AS held_reason,
		       w.mailing_id IS NOT NULL AND m.state IN ('draft', 'changes_requested') AS written,
		       coalesce(CASE WHEN m.state IN ('draft', 'changes_requested') THEN w.brief -> 'schedule' END, o.schedule, '{}') AS schedule
		  FROM mailings m
		  LEFT JOIN revisions o ON o.id = m.revision_id
		  LEFT JOIN working_copies w ON w.mailing_id = m.id
		  LEFT JOIN series_steps t ON t.mailing_id = m.id
		  LEFT JOIN series q ON q.id = t.series_id
		 WHERE m.label_id = ANY ($1) AND (o.id IS NOT NULL OR w.mailing_id IS NOT NULL)
		   AND (m.state IN ('draft', 'in_review', 'changes_requested', 'approved') OR m.state = 'scheduled' AND o.schedule ->> 'kind' <> 'once')
		 ORDER BY m.id`, pq.Array(of)); err != nil {
		return nil, postgres.Fault(err, "thing.calendar")
	}
	return found, s.place(ctx, found)
}

// place adds the advertisers that the occasions' revisions or working copies
// place, and which of them are stopped.
func (s *CalendarStore) place(ctx context.Context, occasions []Occasion) error {
	type content struct {
		Revision mailings.RevisionID `db:"revision_id"` // 0: the working copy
		Mailing  mailings.ID         `db:"mailing_id"`  // of a working copy
	}
	var revisions, copies []int64
	contents := make([]content, len(occasions))
	for i, o := range occasions {
		if o.Written {
			contents[i].Mailing, copies = o.Mailing, append(copies, int64(o.Mailing))
		} else {
			contents[i].Revision, revisions = o.Revision, append(revisions, int64(o.Revision))
		}
	}
	var rows []struct {
		content
		Advertiser campaigns.AdvertiserID `db:"id"`
		Name       string                 `db:"name"`
		Category   string                 `db:"category"`
		Stopped    bool                   `db:"stopped"`
		Reason     string                 `db:"stop_reason"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		WITH placed AS (
		  SELECT revision_id, 0 AS mailing_id, advertiser_id FROM revision_placements WHERE revision_id = ANY ($1)
		  UNION
		  SELECT 0, mailing_id, advertiser_id FROM placed_advertisers WHERE mailing_id = ANY ($2))
		SELECT p.revision_id, p.mailing_id, a.id, a.name, a.category, a.stopped_at IS NOT NULL AS stopped, a.stop_reason
		  FROM placed p JOIN advertisers a ON a.id = p.advertiser_id
		 ORDER BY p.revision_id, p.mailing_id, a.name`, pq.Array(revisions), pq.Array(copies)); err != nil {
		return postgres.Fault(err, "thing.calendar")
	}
	placed := map[content][]Placed{}
	for _, r := range rows {
		placed[r.content] = append(placed[r.content], Placed{r.Advertiser, r.Name, r.Category, r.Stopped, r.Reason})
	}
	for i, of := range contents {
		occasions[i].Placed = placed[of]
	}
	return nil
}

// StopHits is what the stop switch of an advertiser would hold, under all labels.
type StopHits struct {
	Mailings int `db:"mailings" json:"mailings"`
	Slots    int `db:"slots" json:"slots"`
	Members  int `db:"members" json:"members"` // over the slots, as frozen or else as approved
	Unsent   int `db:"unsent" json:"unsent"`   // mailings besides, written or put up and not approved yet
}

// StopHits counts the sends that haven't ended and the approved slots to come at
// now of mailings that place the advertiser, and beside them the mailings of which
// nothing was approved.
func (s *CalendarStore) StopHits(ctx context.Context, id campaigns.AdvertiserID, now time.Time) (hits StopHits, err error) {
	err = s.db.GetContext(ctx, &hits, `
		WITH placed AS (SELECT DISTINCT revision_id FROM revision_placements WHERE advertiser_id = $1),
		hit AS (
		  SELECT x.mailing_id, coalesce(x.audience, (SELECT r.audience FROM approval_rounds r
		          WHERE r.revision_id = x.revision_id AND r.state = 'approved' ORDER BY r.id DESC LIMIT 1), 0) AS members
		    FROM sends x
		    JOIN placed USING (revision_id)
		   WHERE x.state NOT IN ('finished', 'missed', 'cancelled')
		  UNION ALL
		  SELECT r.mailing_id, r.audience
		    FROM approval_rounds r
		    JOIN placed USING (revision_id)
		    JOIN approval_slots a ON a.round_id = r.id
		   WHERE r.state = 'approved' AND a.slot_at > $2
		     AND NOT EXISTS (SELECT FROM sends x WHERE x.revision_id = r.revision_id AND x.slot_local = a.slot_local))
		SELECT count(DISTINCT mailing_id) AS mailings, count(*) AS slots, coalesce(sum(members), 0) AS members,
		       (SELECT count(*) FROM mailings m
		         WHERE m.state IN ('draft', 'changes_requested', 'in_review') AND m.id NOT IN (SELECT mailing_id FROM hit)
		           AND m.id IN (SELECT mailing_id FROM placed_advertisers WHERE advertiser_id = $1)) AS unsent
		  FROM hit`, id, now.UTC())
	return hits, postgres.Fault(err, "thing.calendar")
}
