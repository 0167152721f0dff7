package today

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/delivery"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/desk"
	"keur/web/desk/entries"
)

// outRow is a send of today, with how far it is.
type outRow struct {
	entries.Entry
	Progress delivery.Progress
	MayStop  bool
	MayFree  bool   // release it, or give it a new slot
	Look     string // the page on which who may let it go on has to look at the mail first
	Refusal  string // why the user can't let it go on although it waits; "" if they can
	Why      words.Message
	Paused   time.Time
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

// Waits reports whether it goes on only once somebody lets it.
func (r outRow) Waits() bool { return r.SendState == mailings.Held || r.SendState == mailings.Missed }

// Ends reports whether it can still be called off.
func (r outRow) Ends() bool {
	return r.Send != 0 && r.SendState != mailings.Finished && r.SendState != mailings.SendCancelled && r.SendState != mailings.Missed
}

// goingOut returns what goes out today, under all labels that the user sees.
func (s *Screen) goingOut(x *desk.Exchange) ([]outRow, error) {
	today := civil.DateOf(x.Now().In(desk.LastZone(x)))
	found, err := s.Entries.Between(x, x.Seen(), today, today.AddDays(1))
	if err != nil {
		return nil, err
	}
	return s.outRows(x, found)
}

// stuck returns the sends that wait for somebody to let them go.
func (s *Screen) stuck(x *desk.Exchange) ([]outRow, error) {
	waiting, err := s.Reports.Calendar.Waiting(x.Context(), x.Seen())
	if err != nil {
		return nil, err
	}
	var found []entries.Entry
	for _, o := range waiting {
		found = append(found, s.Entries.At(x, o, o.Slot))
	}
	return s.outRows(x, found)
}

func (s *Screen) outRows(x *desk.Exchange, found []entries.Entry) ([]outRow, error) {
	rows := make([]outRow, 0, len(found))
	for _, e := range found {
		row := outRow{Entry: e}
		row.MayStop = x.User.Can(e.Label, accounts.Planner) || x.User.Can(e.Label, accounts.Approver)
		row.MayFree = x.User.Can(e.Label, accounts.Approver)
		row.Why = e.Reason
		if row.stopSays(x.Say.Say(e.Reason)) {
			row.Why = words.Message{}
		}
		if row.MayFree && row.Waits() || row.MayStop && row.Rests() {
			if err := row.wait(x, s); err != nil {
				return nil, err
			}
		}
		if e.Started {
			progress, err := s.Ledger.Progress(x.Context(), e.Send)
			if err != nil {
				return nil, err
			}
			if row.Progress = progress; !x.User.CountsExactly(e.Label) {
				row.Progress = progress.Coarse()
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// stopSays reports whether a stop, which stands beside the row, says the same.
func (r outRow) stopSays(why string) bool {
	return slices.ContainsFunc(r.Stops(), func(stop mailings.Stop) bool { return stop.Reason != "" && strings.Contains(why, stop.Reason) })
}

// wait finds why the user can't let a send go on that waits, or else whether they
// have to look at it first.
func (r *outRow) wait(x *desk.Exchange, s *Screen) error {
	send, err := s.Sends.Get(x.Context(), r.Send)
	if err != nil {
		return err
	}
	if send.PausedAt != nil {
		r.Paused = *send.PausedAt
	}
	made, err := s.Mailings.Made(x.Context(), send.RevisionID)
	if err != nil {
		return err
	}
	if refused, ok := desk.AsFault(send.Refuses(x.User.ID, made, x.Now())); ok {
		r.Refusal = x.Say.Sentence(refused.Message)
		return nil
	}
	if len(r.Stops()) > 0 {
		r.Refusal = x.Say.T("today.stop_first")
		return nil
	}
	r.Look, err = s.unseen(x, r.Entry)
	return err
}

// unseen returns the page of the round on which the user has to look at the mails
// of a send, or "" if they have.
func (s *Screen) unseen(x *desk.Exchange, e entries.Entry) (string, error) {
	unseen, err := s.Approval.Faces.Unseen(x.Context(), e.Revision)
	if err != nil || unseen == "" {
		return "", err
	}
	round, err := s.Approval.Latest(x.Context(), e.Mailing)
	if err != nil {
		return "", err
	}
	return "/approvals/" + desk.Itoa(round.Reviews[len(round.Reviews)-1].ID) + "#faces", nil
}

// todayLive keeps what goes out current on an open page.
func (s *Screen) todayLive(x *desk.Exchange) error {
	return desk.Live(x, time.Second, func() (string, error) {
		rows, err := s.goingOut(x)
		if err != nil {
			return "", err
		}
		return x.Render("today/today", "out", rows)
	})
}

func (s *Screen) pauseSend(x *desk.Exchange) error {
	return s.onSend(x, func(id mailings.SendID, _ desk.Form) error {
		_, err := s.Control.Pause(x.Context(), id, x.User.ID)
		return err
	})
}

func (s *Screen) resumeSend(x *desk.Exchange) error {
	return s.onSend(x, func(id mailings.SendID, f desk.Form) error {
		_, err := s.Control.Resume(x.Context(), id, f.Instant("seen"), x.User.ID)
		return err
	})
}

func (s *Screen) cancelSend(x *desk.Exchange) error {
	return s.onSend(x, func(id mailings.SendID, _ desk.Form) error {
		_, err := s.Control.Cancel(x.Context(), id)
		return err
	})
}

// releaseSend lets a held send go on, as a colleague who wrote no part of it,
// from the reason that the page showed.
func (s *Screen) releaseSend(x *desk.Exchange) error {
	return s.onSend(x, func(id mailings.SendID, f desk.Form) error {
		after, err := s.Control.Release(x.Context(), id, f.Get("seen"), x.User.ID)
		if err == nil && after.State == mailings.Missed {
			x.Flash(x.Say.T("today.released_late"))
		}
		return err
	})
}

// reslotSend gives a missed send a moment to come.
func (s *Screen) reslotSend(x *desk.Exchange) error {
	return s.onSend(x, func(id mailings.SendID, f desk.Form) error {
		at, err := schedules.ParseLocalTime(f.Field("slot"))
		if err != nil {
			return fault.At("slot", "calendar.no_moment")
		}
		_, err = s.Control.Reslot(x.Context(), id, at, x.User.ID)
		return err
	})
}

// onSend does something about the send in the path, and shows today with what
// came of it or was refused.
func (s *Screen) onSend(x *desk.Exchange, do func(mailings.SendID, desk.Form) error) error {
	send, f, err := desk.FoundWithForm[mailings.Send](x)
	if err != nil {
		return err
	}
	if err := do(send.ID, f); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		x.Label = nil
		view, err := s.todayView(x, f)
		if err != nil {
			return err
		}
		return x.Answer(http.StatusUnprocessableEntity, "today/today", view)
	}
	return x.GoTo("/")
}
