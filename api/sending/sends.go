package sending

import (
	"context"
	"net/http"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/delivery"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/members"
	"keur/segments"
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

func (s *Resources) sendOperations() {
	const tag = "Sends"
	looks := rest.OfSend(s.Sends, accounts.Viewer)
	stops := rest.OfSend(s.Sends, accounts.Planner, accounts.Approver) // stopping needs one, letting go needs a colleague
	releases := rest.OfSend(s.Sends, accounts.Approver)
	rest.Register(s.Kit, tag, rest.Read("/sends", "List the sends of all labels that you may see", rest.Anywhere(accounts.Viewer)),
		s.listAllSends)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/sends", "List a label's sends", rest.Under(accounts.Viewer)), s.listSends)
	rest.Register(s.Kit, tag, rest.Read("/mailings/{mailing}/sends", "List a mailing's sends",
		rest.OfMailing(s.Mailings, accounts.Viewer)), s.listMailingSends)
	rest.Register(s.Kit, tag, rest.Read("/sends/{send}", "Read a send with its waterfall", looks), s.getSend)
	rest.Register(s.Kit, tag, rest.Read("/sends/{send}/progress",
		"Count a send's deliveries by state, and judge its health; cheap enough to ask every second", looks), s.sendProgress)
	rest.Register(s.Kit, tag, rest.Act("/sends/{send}/pause", "Stop a send that is under way", stops), s.pauseSend)
	rest.Register(s.Kit, tag, rest.Act("/sends/{send}/resume", "Let a paused send go on", stops).Needs(accounts.ScopeApprove), s.resumeSend)
	rest.Register(s.Kit, tag, rest.Act("/sends/{send}/cancel", "Call a send off; who got it has it", stops), s.cancelSend)
	rest.Register(s.Kit, tag, rest.Act("/sends/{send}/release", "Let a held send go on, as a colleague who wrote no part of it",
		releases), s.releaseSend)
	rest.Register(s.Kit, tag, rest.Act("/sends/{send}/new-slot",
		"Give a missed send a new slot, as a colleague who wrote no part of it", releases), s.reslotSend)
	rest.Register(s.Kit, tag, rest.Read("/sends/{send}/doubts", "List the deliveries of which nobody knows whether they arrived",
		rest.OfSend(s.Sends, accounts.Planner, accounts.Approver)), s.listDoubts)
	resolve := rest.Act("/sends/{send}/doubts/{member}/resolve", "Decide what becomes of a delivery in doubt", stops).
		Needs(accounts.ScopeApprove)
	resolve.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, resolve, s.resolveDoubt)
}

func (s *Resources) listSends(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	SendNarrowing
},
) (*rest.Answer[paging.Page[mailings.Send]], error) {
	f := in.filter()
	f.Labels = []labels.ID{in.Label}
	return answered(ctx)(s.Sends.List(ctx, f, in.Sorted(in.Sort)))
}

func (s *Resources) listMailingSends(ctx context.Context, in *struct {
	rest.MailingPath
	rest.Paging
	SendNarrowing
},
) (*rest.Answer[paging.Page[mailings.Send]], error) {
	f := in.filter()
	f.Mailing = in.Mailing
	return answered(ctx)(s.Sends.List(ctx, f, in.Sorted(in.Sort)))
}

func (s *Resources) listAllSends(ctx context.Context, in *struct {
	rest.Paging
	SendNarrowing
},
) (*rest.Answer[paging.Page[mailings.Send]], error) {
	f := in.filter()
	f.Labels = rest.Seen(ctx)
	return answered(ctx)(s.Sends.List(ctx, f, in.Sorted(in.Sort)))
}

// answered answers with sends, whose counts are rounded for who only looks.
func answered(ctx context.Context) func(paging.Page[mailings.Send], error) (*rest.Answer[paging.Page[mailings.Send]], error) {
	return func(page paging.Page[mailings.Send], err error) (*rest.Answer[paging.Page[mailings.Send]], error) {
		for i := range page.Items {
			rest.Coarsen(ctx, &page.Items[i], page.Items[i].LabelID)
		}
		return rest.Answered(page, err)
	}
}

func (s *Resources) getSend(ctx context.Context, in *SendPath) (*rest.Answer[mailings.Send], error) {
	found, err := s.Sends.Get(ctx, in.Send)
	rest.Coarsen(ctx, &found, found.LabelID)
	return rest.Answered(found, err)
}

// Progress is how far a send has come, and how it fares.
type Progress struct {
	States delivery.Progress `json:"states" doc:"Deliveries by state"`
	Left   int               `json:"left" doc:"Those that may still leave"`
	Health delivery.Health   `json:"health"`
	Alarm  words.Message     `json:"alarm,omitzero" doc:"Why the send should be held; absent while nothing is wrong"`
	Few    bool              `json:"few,omitempty" doc:"It is to fewer than 20 members, and isn't told to who only looks"`
}

// Coarsen rounds how many members are in each state, for who only looks.
func (p *Progress) Coarsen() {
	all := 0
	for _, n := range p.States {
		all += n
	}
	p.States = p.States.Coarse()
	p.Left, p.Few = p.States.Left(), all > 0 && all < segments.Fewest
	segments.Coarsen(&p.Health.Handled, &p.Health.HardBounces, &p.Health.Blocked, &p.Health.Complaints)
	p.Alarm = mailings.CoarseReason(p.Alarm)
}

func (s *Resources) sendProgress(ctx context.Context, in *SendPath) (*rest.Answer[Progress], error) {
	send, err := s.Sends.Get(ctx, in.Send)
	if err != nil {
		return nil, err
	}
	p, err := s.Ledger.Progress(ctx, in.Send)
	if err != nil {
		return nil, err
	}
	h, err := s.Ledger.Health(ctx, in.Send)
	come := Progress{States: p, Left: p.Left(), Health: h, Alarm: h.Alarm()}
	rest.Coarsen(ctx, &come, send.LabelID)
	return rest.Answered(come, err)
}

func (s *Resources) pauseSend(ctx context.Context, in *SendPath) (*rest.Answer[mailings.Send], error) {
	return rest.Answered(s.Control.Pause(ctx, in.Send, rest.Caller(ctx).ID))
}

func (s *Resources) resumeSend(ctx context.Context, in *struct {
	SendPath
	Body struct {
		PausedAt time.Time `json:"paused_at" doc:"Of the send, as it was read: the pause that is over"`
	}
},
) (*rest.Answer[mailings.Send], error) {
	return rest.Answered(s.Control.Resume(ctx, in.Send, in.Body.PausedAt, rest.Caller(ctx).ID))
}

func (s *Resources) cancelSend(ctx context.Context, in *SendPath) (*rest.Answer[mailings.Send], error) {
	return rest.Answered(s.Control.Cancel(ctx, in.Send))
}

func (s *Resources) releaseSend(ctx context.Context, in *struct {
	SendPath
	Body struct {
		HeldReason string `json:"held_reason" doc:"Of the send, as it was read, with its numbers: beyond these it is held again"`
	}
},
) (*rest.Answer[mailings.Send], error) {
	return rest.Answered(s.Control.Release(ctx, in.Send, in.Body.HeldReason, rest.Caller(ctx).ID))
}

func (s *Resources) reslotSend(ctx context.Context, in *struct {
	SendPath
	Body struct {
		Slot schedules.LocalTime `json:"slot"`
	}
},
) (*rest.Answer[mailings.Send], error) {
	return rest.Answered(s.Control.Reslot(ctx, in.Send, in.Body.Slot, rest.Caller(ctx).ID))
}

func (s *Resources) listDoubts(ctx context.Context, in *struct {
	SendPath
	rest.Paging
},
) (*rest.Answer[paging.Page[delivery.Doubt]], error) {
	send, err := s.Sends.Get(ctx, in.Send)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Ledger.Doubts(ctx, send, in.Ask()))
}

func (s *Resources) resolveDoubt(ctx context.Context, in *struct {
	SendPath
	Member members.ID `path:"member"`
	Body   struct {
		How delivery.Resolution `json:"how" enum:"resend,leave" doc:"resend: it didn't arrive, or twice is better than never; leave: it may have"`
	}
},
) (*rest.Nothing, error) {
	send, err := s.Sends.Get(ctx, in.Send)
	if err != nil {
		return nil, err
	}
	return rest.Done(s.Ledger.Resolve(ctx, send, in.Member, rest.Caller(ctx).ID, in.Body.How))
}
