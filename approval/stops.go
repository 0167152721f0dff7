package approval

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/letters"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
)

// Stops mails of sends that stopped.
type Stops struct {
	db        *sqlx.DB
	sends     *mailings.Sends
	announcer *announcer
}

// Notify mails those who can do something about it of each send that was
// held or missed, once each time it stops: its makers, and the colleagues who
// may let it go on. Of mail that lapsed its makers hear. Returns of how many
// sends.
func (s *Stops) Notify(ctx context.Context) (int, error) {
	var stopped []mailings.SendID
	if err := s.db.SelectContext(ctx, &stopped, `
		SELECT id FROM sends WHERE NOT stop_told AND state IN ('held', 'missed', 'finished') ORDER BY id`); err != nil {
		return 0, postgres.Fault(err, "thing.sends")
	}
	return each.Try(ctx, 1, stopped, func(ctx context.Context, id mailings.SendID) error {
		err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
			send, found, err := s.sends.TakeStopped(ctx, tx, id)
			if err != nil || !found { // another process was quicker
				return err
			}
			return s.notifyStop(ctx, tx, &send)
		})
		if err != nil {
			return fmt.Errorf("tell that send %d stopped: %w", id, err)
		}
		return nil
	})
}

// Mended notes that the links for which a send is held work again, and mails that to
// those who were told that it is held.
func (s *Stops) Mended(ctx context.Context, id mailings.SendID) error {
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		send, err := s.sends.UpdateIn(ctx, tx, id, func(m *mailings.Send) error { return m.Mend(s.announcer.clock.Now()) })
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, &send, "mended", "mended")
	})
	if fault.Is(err, fault.Conflict) && !postgres.Refused(err) {
		return nil // it was released meanwhile, or another process was quicker
	}
	return err
}

func (s *Stops) notifyStop(ctx context.Context, tx *sqlx.Tx, send *mailings.Send) error {
	occasion := string(send.State)
	if send.State == mailings.Finished {
		occasion = "lapsed"
	}
	return s.tell(ctx, tx, send, occasion, string(send.State))
}

// tell mails the letter of an occasion; as names it in the keys of the notices.
func (s *Stops) tell(ctx context.Context, tx *sqlx.Tx, send *mailings.Send, occasion, as string) error {
	m, err := s.announcer.mailings.GetIn(ctx, tx, send.MailingID)
	if err != nil {
		return err
	}
	label, err := s.announcer.labels.GetIn(ctx, tx, send.LabelID)
	if err != nil {
		return err
	}
	concerned, err := s.concerned(ctx, tx, send)
	if err != nil {
		return err
	}
	now := s.announcer.clock.Now().UnixMicro() // tells this one from those before it
	for _, u := range concerned {
		text := letters.To(u.Locale, occasion, letters.Facts{
			Name: u.Name, Mailing: m.Name, Label: label.Name, Until: send.SlotAt.In(label.Location()),
			Reason: heldBecause(u.Locale, send.HeldReason), URL: fmt.Sprintf("%s/sends/%d", s.announcer.deskURL, send.ID),
		})
		if err := s.announcer.queue(ctx, tx, fmt.Sprintf("send:%d:user:%d:%s:%d", send.ID, u.ID, as, now), &label, u.Email,
			text); err != nil {
			return err
		}
	}
	return nil
}

// concerned returns the makers of what the send sends, and, while it can go on,
// the approvers of its label.
func (s *Stops) concerned(ctx context.Context, tx *sqlx.Tx, send *mailings.Send) ([]accounts.User, error) {
	var users []accounts.User
	var err error
	if send.State != mailings.Finished { // nothing of it can be let go on
		if users, err = s.announcer.accounts.WithRoleIn(ctx, tx, send.LabelID, accounts.Approver); err != nil {
			return nil, err
		}
	}
	authors, err := s.announcer.mailings.AuthorsIn(ctx, tx, send.RevisionID)
	if err != nil {
		return nil, err
	}
	for _, id := range authors {
		u, err := s.announcer.accounts.GetIn(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if u.DisabledAt == nil && !slices.ContainsFunc(users, func(known accounts.User) bool { return known.ID == id }) {
			users = append(users, u)
		}
	}
	return users, nil
}

// heldBecause says in the reader's language why a send is held.
func heldBecause(locale string, reason words.Message) string {
	if reason.IsZero() {
		return ""
	}
	return words.In(locale).Sentence(reason) + "."
}
