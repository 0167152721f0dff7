package web

import (
	"net/http"
	"time"

	"keur/accounts"
	"keur/delivery"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/mailings"
)

// outRow is a send of today, with how far it is.
type outRow struct {
	entry
	Progress delivery.Progress
	MayStop  bool
	MayFree  bool // release it, or give it a new slot
	Why      string
}

// Sent is how many got the mail.
func (r outRow) Sent() int { return r.Progress[delivery.Sent] }

// Left is how many may still get it.
func (r outRow) Left() int { return r.Progress.Left() }

// Over is how many deliveries are done with, whatever became of them.
func (r outRow) Over() int { return max(r.Reached()-r.Left(), 0) }

// Counted reports whether there is anything to count yet.
func (r outRow) Counted() bool { return r.Send != 0 && len(r.Progress) > 0 }

// Runs, Rests and Ends say which buttons the row has.
func (r outRow) Runs() bool { return r.SendState == mailings.Sending }

// Rests reports whether it was paused.
func (r outRow) Rests() bool { return r.SendState == mailings.Paused }

// Ends reports whether it can still be called off.
func (r outRow) Ends() bool {
	return r.Send != 0 && r.SendState != mailings.Finished && r.SendState != mailings.SendCancelled && r.SendState != mailings.Missed
}

// goingOut returns what goes out today, under all labels that the user sees.
func (v *visit) goingOut() ([]outRow, error) {
	today := civil.DateOf(v.now().In(v.lastLabelZone()))
	found, err := v.entries(v.seen(), today, today.AddDays(1))
	if err != nil {
		return nil, err
	}
	return v.outRows(found)
}

// stuck returns the sends that wait for somebody to let them go.
func (v *visit) stuck() ([]outRow, error) {
	waiting, err := v.Reports.Waiting(v.ctx(), v.seen())
	if err != nil {
		return nil, err
	}
	var found []entry
	for _, o := range waiting {
		found = append(found, v.entry(o, o.Slot))
	}
	return v.outRows(found)
}

func (v *visit) outRows(found []entry) ([]outRow, error) {
	rows := make([]outRow, 0, len(found))
	for _, e := range found {
		row := outRow{entry: e}
		row.MayStop = v.User.Can(e.Label, accounts.Planner) || v.User.Can(e.Label, accounts.Approver)
		row.MayFree = v.User.Can(e.Label, accounts.Approver)
		row.Why = e.Reason
		if e.Started {
			progress, err := v.Ledger.Progress(v.ctx(), e.Send)
			if err != nil {
				return nil, err
			}
			row.Progress = progress
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// todayLive keeps what goes out current on an open page.
func (v *visit) todayLive() error {
	return v.live(time.Second, func() (string, error) {
		rows, err := v.goingOut()
		if err != nil {
			return "", err
		}
		return v.render("today", "out", rows)
	})
}

func (v *visit) pauseSend() error {
	return v.onSend(func(id mailings.SendID, _ form) error {
		_, err := v.Scheduler.Pause(v.ctx(), id)
		return err
	})
}

func (v *visit) resumeSend() error {
	return v.onSend(func(id mailings.SendID, _ form) error {
		_, err := v.Scheduler.Resume(v.ctx(), id)
		return err
	})
}

func (v *visit) cancelSend() error {
	return v.onSend(func(id mailings.SendID, _ form) error {
		_, err := v.Scheduler.Cancel(v.ctx(), id)
		return err
	})
}

// releaseSend lets a held send go on, as a colleague who wrote no part of it.
func (v *visit) releaseSend() error {
	return v.onSend(func(id mailings.SendID, _ form) error {
		_, err := v.Scheduler.Release(v.ctx(), id, v.User.ID)
		return err
	})
}

// reslotSend gives a missed send a moment to come.
func (v *visit) reslotSend() error {
	return v.onSend(func(id mailings.SendID, f form) error {
		at, err := mailings.ParseLocalTime(f.Field("slot"))
		if err != nil {
			return fault.At("slot", "%s", v.Say.T("calendar.no_moment"))
		}
		_, err = v.Scheduler.Reslot(v.ctx(), id, at, v.User.ID)
		return err
	})
}

// onSend does something about the send in the path, and shows today with what
// came of it or was refused.
func (v *visit) onSend(do func(mailings.SendID, form) error) error {
	id, f, err := v.formFor("send")
	if err != nil {
		return err
	}
	if err := do(mailings.SendID(id), f); err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		v.Label = nil
		view, err := v.todayView(f)
		if err != nil {
			return err
		}
		return v.answer(http.StatusUnprocessableEntity, "today", view)
	}
	return v.to("/")
}
