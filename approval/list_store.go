package approval

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// Filter narrows the list of reviews that may be decided now.
type Filter struct {
	Labels     []labels.ID            // nil: of all labels; empty: of none
	Step       Step                   // "" for any
	Advertiser campaigns.AdvertiserID // 0 for any
}

// Open returns a page of the reviews of open rounds whose turn it is, the most
// urgent first.
func (s *Store) Open(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Review], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Review]{{Name: "urgent", Keys: []paging.Key[Review]{
		paging.Moment("v.due_at", func(v Review) time.Time { return v.DueAt }),
		paging.Number("v.id", func(v Review) ReviewID { return v.ID }),
	}}}, ask, `
		SELECT v.id, v.round_id, v.position, v.step, v.advertiser_id, v.digest, v.verdict, v.user_id, v.contact_id,
		       v.decided_at, v.reason, v.checklist, v.due_at, v.reminded_at
		  FROM approval_reviews v
		  JOIN approval_rounds r ON r.id = v.round_id
		  JOIN mailings m ON m.id = r.mailing_id
		 WHERE r.state = 'open' AND v.verdict = 'pending'
		   AND ($1::int[] IS NULL OR m.label_id = ANY($1))
		   AND ($2 = '' OR v.step = $2) AND ($3::bigint = 0 OR v.advertiser_id = $3)
		   AND NOT EXISTS (SELECT FROM approval_reviews e
		                    WHERE e.round_id = v.round_id AND e.position < v.position AND e.verdict NOT IN ('approved', 'waived', 'carried'))`,
		pq.Array(f.Labels), f.Step, f.Advertiser)
	return found, postgres.Fault(err, "thing.reviews")
}

// Rounds returns a page of the rounds of a mailing, the newest first.
func (s *Store) Rounds(ctx context.Context, id mailings.ID, ask paging.Ask) (paging.Page[Round], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Round]{{Name: "newest", Down: true, Keys: []paging.Key[Round]{
		paging.Number("id", func(r Round) RoundID { return r.ID }),
	}}}, ask, `SELECT `+roundColumns+` FROM approval_rounds WHERE mailing_id = $1`, id)
	for i := range found.Items {
		if err := s.loadParts(ctx, s.db, &found.Items[i]); err != nil {
			return found, err
		}
	}
	return found, postgres.Fault(err, "thing.approvals_of_mailing", "mailing", id)
}

// ApprovedBefore returns the newest revision before this one that everyone
// approved; 0 for none.
func (s *Store) ApprovedBefore(ctx context.Context, id mailings.RevisionID) (before mailings.RevisionID, err error) {
	err = s.db.GetContext(ctx, &before, `
		SELECT coalesce(max(o.id), 0)
		  FROM revisions r
		  JOIN revisions o ON o.mailing_id = r.mailing_id AND o.number < r.number
		  JOIN approval_rounds a ON a.revision_id = o.id
		 WHERE r.id = $1 AND round_is_complete(a.id)`, id)
	return before, postgres.Fault(err, "thing.revision", "id", id)
}
