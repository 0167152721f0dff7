package scheduler

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
)

// Pause stops a send that is under way; what is in flight is finished.
func (s *Scheduler) Pause(ctx context.Context, id mailings.SendID) (mailings.Send, error) {
	return s.Sends.Update(ctx, id, func(m *mailings.Send) error { return m.MoveTo(mailings.Paused, s.Clock.Now()) })
}

// Resume lets a paused send go on.
func (s *Scheduler) Resume(ctx context.Context, id mailings.SendID) (mailings.Send, error) {
	return s.Sends.Update(ctx, id, func(m *mailings.Send) error {
		if m.State != mailings.Paused {
			return fault.New(fault.Conflict, "scheduler.not_paused", "state", m.State)
		}
		return m.MoveTo(mailings.Sending, s.Clock.Now())
	})
}

// Cancel calls a send off, begun or not. Members who got it have it; the rest
// never will.
func (s *Scheduler) Cancel(ctx context.Context, id mailings.SendID) (mailings.Send, error) {
	return s.Sends.Update(ctx, id, func(m *mailings.Send) error { return m.MoveTo(mailings.SendCancelled, s.Clock.Now()) })
}

// Release lets a held send go on. by is a colleague: someone who wrote no part
// of the revision.
func (s *Scheduler) Release(ctx context.Context, id mailings.SendID, by accounts.UserID) (mailings.Send, error) {
	authors, err := s.authors(ctx, id)
	if err != nil {
		return mailings.Send{}, err
	}
	return s.Sends.Update(ctx, id, func(m *mailings.Send) error { return m.Release(by, authors, s.Clock.Now()) })
}

// Reslot gives a missed send a new slot, which a colleague vouches for. The
// missed one is called off, and the new one returned.
func (s *Scheduler) Reslot(ctx context.Context, id mailings.SendID, local mailings.LocalTime, by accounts.UserID) (mailings.Send, error) {
	authors, err := s.authors(ctx, id)
	if err != nil {
		return mailings.Send{}, err
	}
	send, err := s.Sends.Get(ctx, id)
	if err != nil {
		return send, err
	}
	content, err := s.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return send, err
	}
	zone, err := content.Zone()
	if err != nil {
		return send, err
	}
	at := local.In(zone)
	if !at.After(s.Clock.Now()) {
		return send, fault.At("slot", "scheduler.slot_in_past")
	}
	var fresh mailings.Send
	err = postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		if _, err := s.Sends.UpdateIn(ctx, tx, id, func(m *mailings.Send) error {
			return m.GiveUp(by, authors, s.Clock.Now())
		}); err != nil {
			return err
		}
		m, err := s.Mailings.UpdateIn(ctx, tx, send.MailingID, func(m *mailings.Mailing) error { return m.Standing(send.RevisionID) })
		if err != nil {
			return err
		}
		if err := s.makePartition(ctx, tx, at); err != nil {
			return err
		}
		made, err := s.Sends.Plan(ctx, tx, m, local, at, at.Add(content.Schedule.LapseAfter()))
		if err != nil {
			return err
		}
		if !made {
			return fault.At("slot", "scheduler.slot_taken")
		}
		fresh, err = s.Sends.At(ctx, tx, m.ID, local)
		return err
	})
	return fresh, err
}

func (s *Scheduler) authors(ctx context.Context, id mailings.SendID) ([]accounts.UserID, error) {
	send, err := s.Sends.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.Mailings.Authors(ctx, send.RevisionID)
}
