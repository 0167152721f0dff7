package scheduler

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
)

// watch guards a send that is under way, and finishes it when every delivery
// has its outcome. While a person may still decide about a delivery in doubt,
// it isn't finished: until its deadline, a resend goes out with it.
func (s *Scheduler) watch(ctx context.Context, send mailings.Send, now time.Time) (mailings.Send, error) {
	progress, err := s.Ledger.Progress(ctx, send.ID)
	if err != nil {
		return send, err
	}
	undecided := progress[delivery.InDoubt] > 0 && send.DeadlineAt != nil && now.Before(*send.DeadlineAt)
	if progress.Left() == 0 && !undecided {
		return s.move(ctx, send, func(m *mailings.Send) error { return m.MoveTo(mailings.Finished, now) })
	}
	if send.State == mailings.Paused {
		return send, nil
	}
	problem, err := s.alarm(ctx, &send)
	if err != nil {
		return send, err
	}
	if !problem.IsZero() {
		return s.move(ctx, send, func(m *mailings.Send) error { return m.Hold(problem, now) })
	}
	return send, s.keepWindow(ctx, &send, now)
}

// alarm returns why the send must stop now, or no message. What a colleague released
// is not stopped again for the same spike, only by the stop switch.
func (s *Scheduler) alarm(ctx context.Context, send *mailings.Send) (words.Message, error) {
	if stopped, err := s.stopSwitch(ctx, send); !stopped.IsZero() || err != nil {
		return stopped, err
	}
	health, err := s.Ledger.Health(ctx, send.ID)
	alarm := health.Alarm()
	if send.Excused(alarm) {
		return words.Message{}, err
	}
	return alarm, err
}

// stopSwitch returns a reason to hold if an advertiser in the mailing is stopped.
func (s *Scheduler) stopSwitch(ctx context.Context, send *mailings.Send) (words.Message, error) {
	content, err := s.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return words.Message{}, err
	}
	for _, id := range content.Advertisers() {
		a, err := s.Advertisers.Get(ctx, campaigns.AdvertiserID(id))
		if err != nil {
			return words.Message{}, err
		}
		if a.StoppedAt != nil {
			return words.Of("hold.stop_switch", "advertiser", a.Name, "reason", a.StopReason), nil
		}
	}
	return words.Message{}, nil
}

// keepWindow makes deliveries wait once the window has closed on a send that
// is under way, until it opens again.
func (s *Scheduler) keepWindow(ctx context.Context, send *mailings.Send, now time.Time) error {
	content, err := s.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return err
	}
	label, err := s.Labels.Get(ctx, send.LabelID)
	if err != nil {
		return err
	}
	hours := mailings.HoursOf(&content.Schedule, &label)
	waiting, err := s.Ledger.WaitingZones(ctx, send.ID, now)
	if err != nil {
		return err
	}
	for _, name := range waiting {
		zone, err := time.LoadLocation(name)
		if name == "" || err != nil {
			if zone, err = content.Zone(); err != nil {
				return err
			}
		}
		if hours.Open(now, zone) {
			continue
		}
		until, ok := hours.Next(now, zone)
		if !ok {
			return fault.New(fault.Conflict, "scheduler.window_stays_shut", "send", send.ID)
		}
		if err := s.Ledger.Postpone(ctx, send.ID, name, until); err != nil {
			return err
		}
	}
	return nil
}

// sweep empties the ledger of sends that ended before all their deliveries
// did: they lapse, and their vouchers return to the pool.
func (s *Scheduler) sweep(ctx context.Context) error {
	ended, err := s.Ledger.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, id := range ended {
		send, err := s.Sends.Get(ctx, id)
		if err != nil {
			return err
		}
		if _, err := s.Ledger.Abandon(ctx, send); err != nil {
			return err
		}
	}
	return nil
}
