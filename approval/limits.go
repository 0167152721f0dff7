package approval

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/policies"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/attachments"
)

// largest is the largest audience that the round approves.
func (r *Round) largest() int {
	if r.Ceiling != nil {
		return max(r.Audience, *r.Ceiling)
	}
	return r.Audience
}

// lacksLead reports whether the policy wants a lead of the round, which has none:
// it became stricter since the round was submitted.
func (r *Round) lacksLead(p *policies.Policy) bool {
	return p.LeadFrom != nil && r.largest() >= *p.LeadFrom && !r.has(Lead)
}

// outgrown returns a conflict if a verdict of the round was given in a way that
// the policy takes no longer, or has files that it doesn't: it became stricter since.
func (r *Round) outgrown(p *policies.Policy) error {
	if slices.ContainsFunc(r.Reviews, func(v Review) bool {
		return p.RefusesTokens && v.TokenID != nil && v.Step != Maker ||
			p.ClientCode && v.ContactID != nil && v.ProvenBy != nil && *v.ProvenBy != string(postgres.ByLinkCode) ||
			p.StrongProof && v.ProvenWeakly && v.UserID != nil && v.Step != Maker ||
			v.WaivedAs != nil && slices.Index(policies.Waivers(), *v.WaivedAs) < slices.Index(policies.Waivers(), p.WaivedBy) ||
			v.NewSince != nil && p.Cooling() > 0 && v.NewSince.Add(p.Cooling()).After(r.SubmittedAt)
	}) {
		return fault.New(fault.Conflict, "approval.stricter")
	}
	return p.TakesFiles(filesOf(r))
}

// filesOf returns those that go with the mail.
func filesOf(r *Round) []attachments.File {
	files := make([]attachments.File, len(r.Attachments))
	for i, a := range r.Attachments {
		files[i] = attachments.File{Name: a.Name, Size: a.Size}
	}
	return files
}

func (r *Round) has(step Step) bool {
	return slices.ContainsFunc(r.Reviews, func(v Review) bool { return v.Step == step })
}

// Decided reports whether the user decided any step of the round, or a deputy
// did for them.
func (r *Round) Decided(by accounts.UserID) bool {
	return slices.ContainsFunc(r.Reviews, func(v Review) bool {
		return v.UserID != nil && *v.UserID == by || v.DeputyFor != nil && *v.DeputyFor == by
	})
}

// Frozen is a send's audience as it was frozen.
type Frozen struct {
	N    int
	Kept *int // of these, those whom the approval names; nil: it names none
}

// Exceeds returns why the frozen audience needs somebody's release, by the
// policy of today where that is stricter than it was; no message if it doesn't.
// For what goes out once it is who they are that counts, and for what recurs
// how many. What was released is excused as it was seen, and holds again beyond
// the drift from there. The database refuses the same (send_limits_guard).
func (r *Round) Exceeds(today *policies.Policy, f Frozen, released mailings.Releases) words.Message {
	from, drift := today.LeadFrom, min(r.DriftPercent, today.DriftPercent)
	if r.LeadFrom != nil && (from == nil || *r.LeadFrom < *from) {
		from = r.LeadFrom
	}
	kept := min(f.N, r.Audience)
	if f.Kept != nil {
		kept = *f.Kept
	}
	gone, fresh := r.Audience-kept, f.N-kept
	led := from == nil || f.N < *from || r.has(Lead)
	within := r.Ceiling != nil && f.N <= *r.Ceiling ||
		r.Ceiling == nil && near(gone, 0, drift, r.Audience) && near(fresh, 0, drift, r.Audience)
	for _, release := range released {
		seen, ok := r.seen(release.Reason)
		if !ok {
			continue
		}
		counted := near(f.N, seen.n, drift, seen.n)
		led = led || counted && seen.lead && !r.Decided(accounts.UserID(release.By)) // somebody who decided nothing yet stands for the lead
		within = within || r.Ceiling != nil && counted ||
			r.Ceiling == nil && seen.members && near(gone, seen.gone, drift, seen.n) && near(fresh, seen.fresh, drift, seen.n)
	}
	switch {
	case !led && !within && r.Ceiling == nil:
		return words.Of("hold.lead_who", "now", f.N, "lead_from", *from, "approved", r.Audience, "gone", gone, "fresh", fresh)
	case !led:
		return words.Of("hold.lead", "now", f.N, "lead_from", *from)
	case within:
		return words.Message{}
	case r.Ceiling != nil:
		return words.Of("hold.ceiling", "now", f.N, "approved", *r.Ceiling)
	case gone == 0 || fresh == 0:
		return words.Of("hold.drift", "now", f.N, "approved", r.Audience)
	}
	return words.Of("hold.drift_who", "now", f.N, "approved", r.Audience, "gone", gone, "fresh", fresh)
}

// near reports whether n differs from what was seen by at most so many percent
// of a whole.
func near(n, seen, percent, whole int) bool {
	return max(n-seen, seen-n)*100 <= percent*whole
}

// sighting is what a reason to hold said of an audience.
type sighting struct {
	n, gone, fresh int
	lead           bool // that it takes a lead
	members        bool // who they are
}

// seen reads what somebody saw who released the reason, if it was the audience.
func (r *Round) seen(reason words.Message) (sighting, bool) {
	n, _ := reason.Number("now")
	s := sighting{n: int(n), fresh: max(int(n)-r.Audience, 0)}
	switch reason.Key {
	case "hold.lead":
		s.lead = true
	case "hold.drift":
		s.members = true
	case "hold.lead_who", "hold.drift_who":
		s.lead, s.members = reason.Key == "hold.lead_who", true
		fresh, _ := reason.Number("fresh") // which no other reason shows
		s.fresh = int(fresh)
	case "hold.ceiling":
	default:
		return s, false
	}
	s.gone = r.Audience - s.n + s.fresh
	return s, true
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
func obey(ctx context.Context, tx *sqlx.Tx, round *Round, today *policies.Policy) error {
	if round.State != Open || !round.lacksLead(today) {
		return nil
	}
	due := round.Reviews[len(round.Reviews)-1].DueAt
	_, err := tx.ExecContext(ctx, `
		INSERT INTO approval_reviews (round_id, position, step, digest, due_at) VALUES ($1, 4, 'lead', $2, $3)
		ON CONFLICT DO NOTHING`, round.ID, round.Digest, due)
	return postgres.Fault(err, "thing.approval", "id", round.ID)
}

// Today returns the policy that holds now for a revision of a mailing.
func (s *Store) Today(ctx context.Context, id mailings.ID, revision mailings.RevisionID) (policies.Policy, error) {
	m, err := s.mailings.Get(ctx, id)
	if err != nil {
		return policies.Policy{}, err
	}
	content, err := s.mailings.Content(ctx, revision)
	if err != nil {
		return policies.Policy{}, err
	}
	return s.Policies.For(ctx, m.LabelID, content.Advertisers())
}

// Limits returns the approval that stands for a revision, and the policy that
// holds for it today. Returns a Conflict if none stands.
func (s *Store) Limits(ctx context.Context, id mailings.RevisionID) (Round, policies.Policy, error) {
	round, err := s.Standing(ctx, id)
	if err != nil {
		return round, policies.Policy{}, err
	}
	today, err := s.Today(ctx, round.MailingID, id)
	return round, today, err
}
