package approval

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
)

// usualCeiling is how many members one occurrence of a series may have at most
// if its maker says nothing else: fewer if a lead would have to approve so many.
const usualCeiling = 1000

// Ceiling returns how many members an occurrence of what recurs may have at
// most: as many as its maker typed, else as many as there are now and the drift
// that the policy allows. Who reach a step of a series can't be counted ahead.
// Without one, for what goes out once, it is nil.
func (p *Policy) Ceiling(kind mailings.ScheduleKind, audience, typed int) *int {
	if kind == mailings.Once {
		return nil
	}
	if typed > 0 {
		return &typed
	}
	most := audience + audience*p.DriftPercent/100
	if kind == mailings.Series {
		usual := usualCeiling
		if p.LeadFrom != nil {
			usual = min(usual, *p.LeadFrom-1)
		}
		most = max(most, usual)
	}
	return &most
}

// largest is the largest audience that the round approves.
func (r *Round) largest() int {
	if r.Ceiling != nil {
		return max(r.Audience, *r.Ceiling)
	}
	return r.Audience
}

// lacks reports whether the policy wants a lead of the round, which has none:
// it became stricter since the round was submitted.
func (p *Policy) lacks(r *Round) bool {
	return p.LeadFrom != nil && r.largest() >= *p.LeadFrom && !r.has(Lead)
}

func (r *Round) has(step Step) bool {
	return slices.ContainsFunc(r.Reviews, func(v Review) bool { return v.Step == step })
}

// Decided reports whether the user decided any step of the round.
func (r *Round) Decided(by accounts.UserID) bool {
	return slices.ContainsFunc(r.Reviews, func(v Review) bool { return v.UserID != nil && *v.UserID == by })
}

// Frozen is a send's audience as it was frozen.
type Frozen struct {
	N    int
	Kept *int // of these, those whom the approval names; nil: it names none
}

// Exceeds returns why the frozen audience needs somebody's release, by the
// policy of today where that is stricter than it was; no message if it doesn't.
// For what goes out once it is who they are that counts, and for what recurs
// how many.
func (r *Round) Exceeds(today *Policy, f Frozen) words.Message {
	lead, drift := today.LeadFrom, min(r.DriftPercent, today.DriftPercent)
	if r.LeadFrom != nil && (lead == nil || *r.LeadFrom < *lead) {
		lead = r.LeadFrom
	}
	switch {
	case lead != nil && f.N >= *lead && !r.has(Lead): // before all others: whoever releases that sees the number
		return words.Of("hold.lead", "now", f.N, "lead_from", *lead)
	case r.Ceiling != nil && f.N > *r.Ceiling:
		return words.Of("hold.ceiling", "now", f.N, "approved", *r.Ceiling)
	case r.Ceiling != nil:
		return words.Message{}
	}
	kept := min(f.N, r.Audience)
	if f.Kept != nil {
		kept = *f.Kept
	}
	gone, fresh := r.Audience-kept, f.N-kept
	if gone*100 <= drift*r.Audience && fresh*100 <= drift*r.Audience {
		return words.Message{}
	}
	if f.Kept == nil || gone == 0 || fresh == 0 {
		return words.Of("hold.drift", "now", f.N, "approved", r.Audience)
	}
	return words.Of("hold.drift_who", "now", f.N, "approved", r.Audience, "gone", gone, "fresh", fresh)
}

// insertAudience writes whom a round of what goes out once is for.
func insertAudience(ctx context.Context, tx *sqlx.Tx, r *Round) error {
	if r.Ceiling != nil || len(r.audience.Blocks) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO approval_audiences (round_id, block, members)
		SELECT $1, b.block, b.members::bit(2048) FROM unnest($2::bigint[], $3::text[]) AS b(block, members)`,
		r.ID, r.audience.Blocks, r.audience.Bits)
	return postgres.Fault(err, "thing.approval", "id", r.ID)
}

// obey gives an open round the lead that today's policy wants and that it lacks.
func obey(ctx context.Context, tx *sqlx.Tx, round *Round, today *Policy) error {
	if round.State != Open || !today.lacks(round) {
		return nil
	}
	due := round.Reviews[len(round.Reviews)-1].DueAt
	_, err := tx.ExecContext(ctx, `
		INSERT INTO approval_reviews (round_id, position, step, digest, due_at) VALUES ($1, 4, 'lead', $2, $3)
		ON CONFLICT DO NOTHING`, round.ID, round.Digest, due)
	return postgres.Fault(err, "thing.approval", "id", round.ID)
}

// today returns the policy that holds for the round's revision now.
func (s *Store) today(ctx context.Context, round *Round) (Policy, error) {
	m, err := s.mailings.Get(ctx, round.MailingID)
	if err != nil {
		return Policy{}, err
	}
	content, err := s.mailings.Content(ctx, round.RevisionID)
	if err != nil {
		return Policy{}, err
	}
	return s.PolicyFor(ctx, m.LabelID, content.Advertisers())
}

// Limits returns the approval that stands for a revision, and the policy that
// holds for it today. Returns a Conflict if none stands.
func (s *Store) Limits(ctx context.Context, id mailings.RevisionID) (Round, Policy, error) {
	round, err := s.Standing(ctx, id)
	if err != nil {
		return round, Policy{}, err
	}
	today, err := s.today(ctx, &round)
	return round, today, err
}
