package approval

import (
	"context"
	"time"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
)

// Readable is how long a client can read by their link what they decided about.
// That the link expires is for deciding.
const Readable = 90 * 24 * time.Hour

// Decidable reports whether the client's verdict is still asked for.
func (i *Invitation) Decidable() bool { return i.Review.Verdict == Pending && i.Round.State == Open }

// Decided reports whether the client gave a verdict, or gave one before that counts,
// which can be read again.
func (i *Invitation) Decided() bool {
	return i.Review.Verdict == Approved || i.Review.Verdict == ChangesRequested || i.Review.Verdict == Carried
}

// opens returns a Forbidden fault unless the link opens anything at now: the
// question while it stands, or what was decided, for as long as it is readable.
func (i *Invitation) opens(now time.Time) error {
	err := i.Link.Valid(now)
	if i.Link.RevokedAt != nil || !i.Decided() || i.Review.DecidedAt == nil {
		return err
	}
	if !now.Before(i.Review.DecidedAt.Add(Readable)) {
		return fault.New(fault.Forbidden, "approval.link_expired")
	}
	return nil
}

// Earlier is what an advertiser decided last about an earlier revision of a
// mailing, and what that said.
type Earlier struct {
	RevisionID mailings.RevisionID `db:"revision_id"`
	Verdict    Verdict             `db:"verdict"`
	Reason     string              `db:"reason"`
	DecidedAt  time.Time           `db:"decided_at"`
	Content    mailings.Content    `db:"-"`
}

// Before returns what the invitation's advertiser decided last about the mailing
// before, or a NotFound fault if it is the first time.
func (l *Links) Before(ctx context.Context, inv *Invitation) (Earlier, error) {
	var e Earlier
	err := l.store.db.GetContext(ctx, &e, `
		SELECT r.revision_id, v.verdict, v.reason, v.decided_at
		  FROM approval_reviews v
		  JOIN approval_rounds r ON r.id = v.round_id
		 WHERE r.mailing_id = $1 AND v.advertiser_id = $2 AND v.step = 'client' AND v.round_id < $3
		   AND v.verdict IN ('approved', 'changes_requested') AND v.decided_at IS NOT NULL
		 ORDER BY v.id DESC LIMIT 1`, inv.Mailing.ID, inv.Review.AdvertiserID, inv.Round.ID)
	if err != nil {
		return e, postgres.Fault(err, "thing.review", "id", inv.Review.ID)
	}
	e.Content, err = l.store.mailings.Content(ctx, e.RevisionID)
	return e, err
}

// Asker returns the name of who put the round up.
func (l *Links) Asker(ctx context.Context, inv *Invitation) (name string, err error) {
	err = l.store.db.GetContext(ctx, &name, `SELECT coalesce(actor_name($1), '')`, inv.Round.SubmittedBy.String())
	return name, postgres.Fault(err, "thing.review", "id", inv.Review.ID)
}
