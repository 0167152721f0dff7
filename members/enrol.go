package members

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Enrolments makes members of those who prove that an address is theirs.
type Enrolments struct{ members *Store }

// NewEnrolments returns the store of enrolments.
func NewEnrolments(members *Store) *Enrolments { return &Enrolments{members} }

// Enrol makes whoever proved that the address is theirs a member of the label, or
// lets a member come back, within tx. What they said of themselves is written down,
// and their consents with their proof. An address that a member left before is a
// member of its own now: who has it isn't known to be the same person. Returns
// ErrErased or ErrBarred, both conflicts, for whom mail is kept from.
func (s *Enrolments) Enrol(ctx context.Context, tx *sqlx.Tx, n Newcomer) (ID, error) {
	a, err := ParseAddress(n.Address)
	if err != nil {
		return 0, err
	}
	erased, err := s.members.ErasedAmong(ctx, tx, []string{a.Key})
	if err != nil {
		return 0, err
	}
	if len(erased) > 0 {
		return 0, ErrErased
	}
	id, err := insertMember(ctx, tx, s.members.clock.Now(), a)
	if err != nil {
		return 0, err
	}
	err = lockMembership(ctx, tx, n.Label, id)
	switch {
	case fault.Is(err, fault.NotFound):
		if err = s.members.join(ctx, tx, id, n); err == nil {
			err = suppressIfListed(ctx, tx, s.members, id, n.Label, a.Key)
		}
	case err == nil:
		err = patchMembership(ctx, tx, n.Label, id, Patch{Attributes: n.Attributes})
	}
	if err != nil {
		return 0, err
	}
	for _, c := range n.Consents {
		c.Label = n.Label
		record := comeBack
		if c.Kind != MailConsent {
			record = recordConsent
		}
		if err := record(ctx, tx, s.members.clock.Now(), id, c); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// Mailable reports whether somebody may ask for mail of the label at the address:
// it wasn't erased, and nothing but that its owner unsubscribed keeps mail away.
func (s *Enrolments) Mailable(ctx context.Context, tx *sqlx.Tx, n Newcomer) (bool, error) {
	a, err := ParseAddress(n.Address)
	if err != nil {
		return false, err
	}
	erased, err := s.members.ErasedAmong(ctx, tx, []string{a.Key})
	if err != nil {
		return false, err
	}
	listed, err := ListedAmong(ctx, tx, n.Label, []string{a.Key})
	if err != nil {
		return false, err
	}
	var list []Suppression
	if err := tx.SelectContext(ctx, &list, `
		SELECT s.label_id, s.reason FROM suppressions s JOIN members m ON m.id = s.member_id WHERE m.address_key = $1`, a.Key); err != nil {
		return false, postgres.Fault(err, "thing.suppressions")
	}
	for _, l := range listed {
		list = append(list, Suppression{Label: n.Label, Reason: l.Reason})
	}
	return len(erased) == 0 && CanReturn(list, n.Label) == nil, nil
}

// Mailbox returns what the mailbox of an address is counted by where the address
// isn't to be kept: a keyed hash, the same for all names that its provider gives it.
func (s *Enrolments) Mailbox(ctx context.Context, tx *sqlx.Tx, a Address) ([]byte, error) {
	var key string
	if err := tx.GetContext(ctx, &key, `SELECT mail_key($1)`, a.Mail); err != nil {
		return nil, postgres.Fault(err, "thing.signups")
	}
	return s.members.hash(key), nil
}

// TurnOff turns off topics of the label for the member, within tx, besides what they
// wished before.
func (s *Enrolments) TurnOff(ctx context.Context, tx *sqlx.Tx, id ID, label labels.ID, topics []string) error {
	if len(topics) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO preferences AS p (member_id, label_id, off_topics, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (member_id, label_id) DO UPDATE
		SET off_topics = ARRAY(SELECT unnest(p.off_topics) UNION SELECT unnest(excluded.off_topics) ORDER BY 1),
		    updated_at = excluded.updated_at`, id, label, pq.StringArray(topics), s.members.clock.Now())
	return postgres.Fault(err, "thing.preferences_of_member", "member", id)
}
