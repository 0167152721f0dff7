package api

import (
	"context"
	"net/http"
	"time"

	"keur/accounts"
	"keur/delivery"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/members"
)

// SendPath names a send.
type SendPath struct {
	Send mailings.SendID `path:"send"`
}

// SendNarrowing says which sends of a list are wanted, and in which order.
type SendNarrowing struct {
	State []mailings.SendState `query:"state" enum:"planned,preflight,freezing,sending,paused,finished,held,missed,cancelled" doc:"One or several, with commas between"`
	From  time.Time            `query:"from" doc:"Slots from here on" example:"2026-11-01T00:00:00Z"`
	Until time.Time            `query:"until" doc:"Slots before this" example:"2026-12-01T00:00:00Z"`
	Sort  string               `query:"sort" enum:"newest,soonest,latest" doc:"soonest: by slot, the first first; latest: the last first"`
}

func (n SendNarrowing) filter() mailings.SendFilter {
	return mailings.SendFilter{States: n.State, From: n.From, Until: n.Until}
}

func (d *door) sendOperations() {
	const tag = "Sends"
	looks := ofSend(accounts.Viewer)
	stops := ofSend(accounts.Planner, accounts.Approver) // stopping needs one, letting go needs a colleague
	releases := ofSend(accounts.Approver)
	register(d, tag, read("/sends", "List the sends of all labels that you may see", anywhere(accounts.Viewer)), d.listAllSends)
	register(d, tag, read("/labels/{label}/sends", "List a label's sends", under(accounts.Viewer)), d.listSends)
	register(d, tag, read("/mailings/{mailing}/sends", "List a mailing's sends", ofMailing(accounts.Viewer)), d.listMailingSends)
	register(d, tag, read("/sends/{send}", "Read a send with its waterfall", looks), d.getSend)
	register(d, tag, read("/sends/{send}/progress", "Count a send's deliveries by state, and judge its health; cheap enough to ask every second", looks), d.sendProgress)
	register(d, tag, act("/sends/{send}/pause", "Stop a send that is under way", stops), d.pauseSend)
	register(d, tag, act("/sends/{send}/resume", "Let a paused send go on", stops), d.resumeSend)
	register(d, tag, act("/sends/{send}/cancel", "Call a send off; who got it has it", stops), d.cancelSend)
	register(d, tag, act("/sends/{send}/release", "Let a held send go on, as a colleague who wrote no part of it", releases), d.releaseSend)
	register(d, tag, act("/sends/{send}/new-slot", "Give a missed send a new slot, as a colleague who wrote no part of it", releases), d.reslotSend)
	register(d, tag, read("/sends/{send}/doubts", "List the deliveries of which nobody knows whether they arrived", ofSend(accounts.Planner, accounts.Approver)), d.listDoubts)
	resolve := act("/sends/{send}/doubts/{member}/resolve", "Decide what becomes of a delivery in doubt", stops)
	resolve.status = http.StatusNoContent
	register(d, tag, resolve, d.resolveDoubt)
}

func (d *door) listSends(ctx context.Context, in *struct {
	LabelPath
	Paging
	SendNarrowing
},
) (*answer[paging.Page[mailings.Send]], error) {
	f := in.filter()
	f.Labels = []labels.ID{in.Label}
	return answered(d.Mailings.Sends(ctx, f, in.sorted(in.Sort)))
}

func (d *door) listMailingSends(ctx context.Context, in *struct {
	MailingPath
	Paging
	SendNarrowing
},
) (*answer[paging.Page[mailings.Send]], error) {
	f := in.filter()
	f.Mailing = in.Mailing
	return answered(d.Mailings.Sends(ctx, f, in.sorted(in.Sort)))
}

func (d *door) listAllSends(ctx context.Context, in *struct {
	Paging
	SendNarrowing
},
) (*answer[paging.Page[mailings.Send]], error) {
	f := in.filter()
	f.Labels = seen(ctx)
	return answered(d.Mailings.Sends(ctx, f, in.sorted(in.Sort)))
}

func (d *door) getSend(ctx context.Context, in *SendPath) (*answer[mailings.Send], error) {
	return answered(d.Mailings.Send(ctx, in.Send))
}

// progress is how far a send has come, and how it fares.
type progress struct {
	States delivery.Progress `json:"states" doc:"Deliveries by state"`
	Left   int               `json:"left" doc:"Those that may still leave"`
	Health delivery.Health   `json:"health"`
	Alarm  string            `json:"alarm,omitempty" doc:"Why the send should be held; absent while nothing is wrong"`
}

func (d *door) sendProgress(ctx context.Context, in *SendPath) (*answer[progress], error) {
	p, err := d.Ledger.Progress(ctx, in.Send)
	if err != nil {
		return nil, err
	}
	h, err := d.Ledger.Health(ctx, in.Send)
	return answered(progress{p, p.Left(), h, h.Alarm()}, err)
}

func (d *door) pauseSend(ctx context.Context, in *SendPath) (*answer[mailings.Send], error) {
	return answered(d.Scheduler.Pause(ctx, in.Send))
}

func (d *door) resumeSend(ctx context.Context, in *SendPath) (*answer[mailings.Send], error) {
	return answered(d.Scheduler.Resume(ctx, in.Send))
}

func (d *door) cancelSend(ctx context.Context, in *SendPath) (*answer[mailings.Send], error) {
	return answered(d.Scheduler.Cancel(ctx, in.Send))
}

func (d *door) releaseSend(ctx context.Context, in *SendPath) (*answer[mailings.Send], error) {
	return answered(d.Scheduler.Release(ctx, in.Send, caller(ctx).ID))
}

func (d *door) reslotSend(ctx context.Context, in *struct {
	SendPath
	Body struct {
		Slot mailings.LocalTime `json:"slot"`
	}
},
) (*answer[mailings.Send], error) {
	return answered(d.Scheduler.Reslot(ctx, in.Send, in.Body.Slot, caller(ctx).ID))
}

func (d *door) listDoubts(ctx context.Context, in *struct {
	SendPath
	Paging
},
) (*answer[paging.Page[delivery.Doubt]], error) {
	send, err := d.Mailings.Send(ctx, in.Send)
	if err != nil {
		return nil, err
	}
	return answered(d.Ledger.Doubts(ctx, send, in.ask()))
}

func (d *door) resolveDoubt(ctx context.Context, in *struct {
	SendPath
	Member members.ID `path:"member"`
	Body   struct {
		How delivery.Resolution `json:"how" enum:"resend,leave" doc:"resend: it didn't arrive, or twice is better than never; leave: it may have"`
	}
},
) (*nothing, error) {
	send, err := d.Mailings.Send(ctx, in.Send)
	if err != nil {
		return nil, err
	}
	return done(d.Ledger.Resolve(ctx, send, in.Member, caller(ctx).ID, in.Body.How))
}
