package approval

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// Task is a review as an inbox lists it, with what it is about.
type Task struct {
	Review
	MailingID   mailings.ID        `db:"mailing_id"`
	Mailing     string             `db:"mailing"`
	LabelID     labels.ID          `db:"label_id"`
	Audience    int                `db:"audience"`
	Rounded     bool               `db:"-"` // down, for who only looks
	Schedule    schedules.Schedule `db:"schedule"`
	Advertiser  string             `db:"advertiser"` // of a client's step
	SubmittedBy string             `db:"submitter"`
	DecidedBy   string             `db:"decider"`
}

// Coarsen rounds what the task tells of its members, for who only looks.
func (t *Task) Coarsen() {
	segments.Coarsen(&t.Audience)
	t.Rounded = true
}

// TaskFilter narrows an inbox. Zero fields don't narrow.
type TaskFilter struct {
	Labels  []labels.ID     // nil: of all labels; empty: of none
	For     accounts.UserID // whom the rules let decide: who neither made it nor decided another step
	Decided bool            // those that were decided, instead of those whose turn it is
	Name    string          // a part of the mailing's, in whatever case

	Submitter accounts.UserID // who asked for the approval
}

// taskOrders are the ways to sort an inbox: what is due first, and what was
// decided last.
func taskOrders(decided bool) []paging.Order[Task] {
	id := paging.Number("v.id", func(t Task) ReviewID { return t.ID })
	if decided {
		return []paging.Order[Task]{{Name: "latest", Down: true, Keys: []paging.Key[Task]{
			paging.Moment("v.decided_at", func(t Task) time.Time { return *t.DecidedAt }), id,
		}}}
	}
	return []paging.Order[Task]{{Name: "urgent", Keys: []paging.Key[Task]{
		paging.Moment("v.due_at", func(t Task) time.Time { return t.DueAt }), id,
	}}}
}

// Tasks returns a page of the reviews whose turn it is, the most urgent first,
// or of those that were decided, the latest first. The maker's own are left out:
// they are signed off with the submission.
func (s *Store) Tasks(ctx context.Context, f TaskFilter, ask paging.Ask) (paging.Page[Task], error) {
	found, err := paging.Select(ctx, s.db, taskOrders(f.Decided), ask, `
		SELECT v.id, v.round_id, v.position, v.step, v.advertiser_id, v.digest, v.verdict, v.user_id, v.contact_id,
		       v.decided_at, v.reason, v.checklist, v.due_at, v.reminded_at,
		       m.id AS mailing_id, m.name AS mailing, m.label_id, r.audience, o.schedule, coalesce(a.name, '') AS advertiser,
		       coalesce(actor_name('user:' || r.submitted_by), '') AS submitter,
		       coalesce(actor_name('user:' || v.user_id), actor_name('contact:' || v.contact_id),
		                (SELECT actor_name('contact:' || e.contact_id) FROM carried_verdicts k JOIN approval_reviews e ON e.id = k.earlier_id
		                  WHERE k.review_id = v.id AND v.verdict = 'carried'), '') AS decider
		  FROM approval_reviews v
		  JOIN approval_rounds r ON r.id = v.round_id
		  JOIN revisions o ON o.id = r.revision_id
		  JOIN mailings m ON m.id = r.mailing_id
		  LEFT JOIN advertisers a ON a.id = v.advertiser_id
		 WHERE v.step <> 'maker' AND ($1::int[] IS NULL OR m.label_id = ANY($1))
		   AND ($4 = '' OR position(lower($4) IN lower(m.name)) > 0) AND ($5::bigint = 0 OR r.submitted_by = $5)
		   AND CASE WHEN $3 THEN v.verdict <> 'pending'
		            ELSE v.verdict = 'pending' AND r.state = 'open'
		                 AND NOT EXISTS (SELECT FROM approval_reviews e
		                                  WHERE e.round_id = v.round_id AND e.position < v.position AND e.verdict NOT IN ('approved', 'waived', 'carried')) END
		   AND ($2::bigint = 0 OR v.step <> 'client' AND $2 NOT IN (SELECT revision_authors(r.revision_id, true, r.id))
		        AND NOT EXISTS (SELECT FROM approval_reviews e WHERE e.round_id = v.round_id AND e.user_id = $2 AND e.verdict <> 'waived'))`,
		pq.Array(f.Labels), f.For, f.Decided, f.Name, f.Submitter)
	return found, postgres.Fault(err, "thing.reviews")
}
