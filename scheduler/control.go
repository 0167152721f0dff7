package scheduler

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/shown"
	"keur/authors"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
)

// Control is by what people stop sends, let them go on, and move them.
type Control struct {
	db         *sqlx.DB
	clock      clock.Clock
	labels     *labels.Store
	mailings   *mailings.Store
	sends      *mailings.Sends
	partitions partitions
}

// Pause stops a send that is under way; what is in flight is finished.
func (c *Control) Pause(ctx context.Context, id mailings.SendID, by accounts.UserID) (mailings.Send, error) {
	return c.sends.Update(ctx, id, func(m *mailings.Send) error { return m.Pause(by, c.clock.Now()) })
}

// Resume lets a paused send go on from the pause of the moment seen: what another
// one paused, not for those who made it.
func (c *Control) Resume(ctx context.Context, id mailings.SendID, seen time.Time, by accounts.UserID) (mailings.Send, error) {
	made, err := c.made(ctx, id)
	if err != nil {
		return mailings.Send{}, err
	}
	var send mailings.Send
	err = postgres.InTx(ctx, c.db, func(tx *sqlx.Tx) (err error) {
		send, err = c.clear(ctx, tx, id, func(m *mailings.Send) error { return m.Resume(by, made, seen, c.clock.Now()) })
		return err
	})
	return send, err
}

// Cancel calls a send off, begun or not. Members who got it have it; the rest
// never will.
func (c *Control) Cancel(ctx context.Context, id mailings.SendID) (mailings.Send, error) {
	return c.sends.Update(ctx, id, func(m *mailings.Send) error { return m.MoveTo(mailings.SendCancelled, c.clock.Now()) })
}

// Release lets a held send go on from the reason that was seen, in the words of
// words.Message.String. by is none of those who made it. One whose audience isn't
// fixed, and whose slot passed by more than the mailing's grace meanwhile, comes
// back as missed, to be given another slot: nothing of it goes out by itself.
func (c *Control) Release(ctx context.Context, id mailings.SendID, seen string, by accounts.UserID) (mailings.Send, error) {
	made, err := c.made(ctx, id)
	if err != nil {
		return mailings.Send{}, err
	}
	after, err := c.sends.Get(ctx, id)
	if err != nil {
		return after, err
	}
	content, err := c.mailings.Content(ctx, after.RevisionID)
	if err != nil {
		return after, err
	}
	err = postgres.InTx(ctx, c.db, func(tx *sqlx.Tx) error {
		now := c.clock.Now()
		after, err = c.clear(ctx, tx, id, func(m *mailings.Send) error { return m.Release(by, made, seen, now) })
		if err != nil || after.State != mailings.Preflight || !after.Late(content.Schedule.GracePeriod(), now) {
			return err
		}
		after, err = c.sends.UpdateIn(ctx, tx, id, func(m *mailings.Send) error { return m.MoveTo(mailings.Missed, now) })
		return err
	})
	return after, err
}

// clear applies a rule by which a send goes on, of whoever has looked at what goes
// out and has just proven to be who they are.
func (c *Control) clear(ctx context.Context, tx *sqlx.Tx, id mailings.SendID, rule func(*mailings.Send) error) (mailings.Send, error) {
	return c.sends.UpdateIn(ctx, tx, id, func(m *mailings.Send) error {
		if err := rule(m); err != nil {
			return err
		}
		if err := mailings.NewCauses(c.db).Note(ctx, tx, m.RevisionID, mailings.LetGo); err != nil {
			return err
		}
		return answersFor(ctx, tx, m.RevisionID)
	})
}

// answersFor returns why whoever acts can't answer for a send of the revision, or
// nil.
func answersFor(ctx context.Context, tx *sqlx.Tx, revision mailings.RevisionID) error {
	if err := shown.DemandSeen(ctx, tx, revision); err != nil {
		return err
	}
	return authors.DemandProof(ctx, tx, int64(revision))
}

// Reslot gives a missed send a new slot, which a colleague vouches for. The
// missed one is called off, and the new one returned.
func (c *Control) Reslot(ctx context.Context, id mailings.SendID, local schedules.LocalTime, by accounts.UserID) (mailings.Send, error) {
	made, err := c.made(ctx, id)
	if err != nil {
		return mailings.Send{}, err
	}
	send, err := c.sends.Get(ctx, id)
	if err != nil {
		return send, err
	}
	content, err := c.mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return send, err
	}
	at, err := c.open(ctx, &send, &content, local)
	if err != nil {
		return send, err
	}
	var fresh mailings.Send
	err = postgres.InTx(ctx, c.db, func(tx *sqlx.Tx) error {
		if _, err := c.sends.UpdateIn(ctx, tx, id, func(m *mailings.Send) error {
			if err := m.GiveUp(by, made, c.clock.Now()); err != nil {
				return err
			}
			if err := answersFor(ctx, tx, m.RevisionID); err != nil {
				return err
			}
			if err := mailings.NewCauses(c.db).Note(ctx, tx, m.RevisionID, mailings.LetGo); err != nil {
				return err
			}
			return c.sends.NewSlot(ctx, tx, id, schedules.Slot{Local: local, At: at}, by)
		}); err != nil {
			return err
		}
		m, err := c.mailings.UpdateIn(ctx, tx, send.MailingID, func(m *mailings.Mailing) error { return m.Standing(send.RevisionID) })
		if err != nil {
			return err
		}
		if err := c.partitions.makeFor(ctx, tx, at); err != nil {
			return err
		}
		planned, err := c.sends.Plan(ctx, tx, m, local, at, deadline(&content.Schedule, schedules.Slot{Local: local, At: at}))
		if err != nil {
			return err
		}
		if !planned {
			return fault.At("slot", "scheduler.slot_taken")
		}
		fresh, err = c.sends.At(ctx, tx, m.ID, local)
		return err
	})
	return fresh, err
}

// open returns when a new slot is. Returns an Invalid fault if it has passed, or
// nothing of it would leave before it lapses.
func (c *Control) open(
	ctx context.Context, send *mailings.Send, content *mailings.Content, local schedules.LocalTime,
) (time.Time, error) {
	zone, err := content.Zone()
	if err != nil {
		return time.Time{}, err
	}
	label, err := c.labels.Get(ctx, send.LabelID)
	if err != nil {
		return time.Time{}, err
	}
	last, err := c.sends.LastApproved(ctx, send.RevisionID)
	if err != nil {
		return time.Time{}, err
	}
	at, lapse, hours := local.In(zone), content.Schedule.LapseAfter(), schedules.HoursOf(&content.Schedule, &label)
	switch {
	case !last.IsZero() && !mailings.NewSlotIn(last, at): // else nothing of it goes out at all
		return at, fault.At("slot", "mailings.new_slot_late")
	case !at.After(c.clock.Now()):
		return at, fault.At("slot", "scheduler.slot_in_past")
	case !hours.Leaves(at, zone, lapse):
		return at, fault.At("slot", "mailings.never_leaves", "slot", local, "hours", int(lapse.Hours()))
	}
	return at, nil
}

func (c *Control) made(ctx context.Context, id mailings.SendID) (authors.People, error) {
	send, err := c.sends.Get(ctx, id)
	if err != nil {
		return authors.People{}, err
	}
	return c.mailings.Made(ctx, send.RevisionID)
}
