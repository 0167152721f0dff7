package past

import (
	"context"
	"fmt"
	"time"

	"keur/campaigns"
	"keur/demo"
	"keur/mailings"
	"keur/mailings/schedules"
)

// planned is a mailing with what is to happen to it.
type planned struct {
	*demo.Mailing
	months   *months
	slot     time.Time
	appeal   float64 // how much its members like it; 1 is usual
	approver *demo.Person
}

// begin makes the mailing, still blank.
func (w *planned) begin(ctx context.Context) error {
	err := w.Begin(ctx)
	w.months.made[w.ID] = w
	w.months.done.Mailings++
	return err
}

func (w *planned) submit(ctx context.Context) error   { return w.Submit(ctx, w.Maker) }
func (w *planned) client(ctx context.Context) error   { return w.Client(ctx, w.Offers[0], "") }
func (w *planned) change(ctx context.Context) error   { return w.Client(ctx, w.Offers[0], w.In.Later) }
func (w *planned) agree(ctx context.Context) error    { return w.Decide(ctx, w.approver, "") }
func (w *planned) disagree(ctx context.Context) error { return w.Decide(ctx, w.approver, w.In.Doubt) }

// improve writes what was asked for.
func (w *planned) improve(ctx context.Context) error {
	subject := &w.Brief.Subjects[0].Text
	*subject, w.Brief.Preheader = w.Offers[0].Promos[w.Season].Heading, *subject
	return w.Revise(ctx)
}

// cancel gives the mailing up.
func (w *planned) cancel(ctx context.Context) error {
	return w.Create(ctx, w.Maker, fmt.Sprintf("/mailings/%d/cancel", w.ID), nil, nil)
}

// stop turns the first advertiser's stop switch on; someone who made nothing that
// it holds turns it off again.
func (w *planned) stop(ctx context.Context) error {
	return w.Create(ctx, w.Maker, fmt.Sprintf("/advertisers/%d/stop", w.Offers[0].ID), map[string]string{"reason": w.In.Stopped}, nil)
}

func (w *planned) resume(ctx context.Context) error {
	path := fmt.Sprintf("/advertisers/%d", w.Offers[0].ID)
	var stopped campaigns.Advertiser
	if err := w.Get(ctx, w.months.Admin, path, &stopped); err != nil {
		return err
	}
	return w.Create(ctx, w.months.Admin, path+"/resume", map[string]any{"stopped_at": stopped.StoppedAt}, nil)
}

// release is a colleague who lets a held send go on, for the reason that they read.
func (w *planned) release(ctx context.Context) error {
	return w.actOnSend(ctx, "release", func(send *mailings.Send) any { return map[string]any{"held_reason": send.HeldReason.String()} })
}

// reslot gives a missed send the same hour of the next day.
func (w *planned) reslot(ctx context.Context) error {
	slot := schedules.LocalOf(w.slot.AddDate(0, 0, 1).In(w.In.Zone))
	return w.actOnSend(ctx, "new-slot", func(*mailings.Send) any { return map[string]any{"slot": slot} })
}

// actOnSend has a colleague do something with the mailing's newest send.
func (w *planned) actOnSend(ctx context.Context, act string, body func(*mailings.Send) any) error {
	send, err := w.Send(ctx)
	if err == nil && send == nil {
		err = fmt.Errorf("%s has no send", w.Name)
	}
	if err != nil {
		return err
	}
	return w.Create(ctx, w.months.Colleague, fmt.Sprintf("/sends/%d/%s", send.ID, act), body(send), nil)
}
