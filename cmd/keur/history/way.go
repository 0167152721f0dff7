package history

import (
	"context"
	"fmt"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/mailings"
	"keur/segments"
)

// way is a mailing on its way from a blank page to its members.
type way struct {
	*publisher
	in        *market
	kind      mailings.Kind
	name      string
	subject   string
	preheader string
	offers    []*offer // one in a solo, several in a newsletter
	slot      time.Time
	schedule  mailings.Schedule
	audience  segments.Audience
	appeal    float64
	approver  accounts.User // the colleague

	mailing  mailings.Mailing
	revision mailings.RevisionID
	round    approval.Round
}

// ticks are the whole checklist.
var ticks = approval.Ticks{"content", "links", "audience", "slot", "terms"}

// begin makes the mailing, still blank.
func (w *way) begin(ctx context.Context) (err error) {
	w.mailing, err = w.Mailings.Create(as(ctx, w.in.maker), w.in.label.ID, w.name, w.kind)
	w.ways[w.mailing.ID] = w
	w.told.Mailings++
	return err
}

// write makes the mailing and its first revision.
func (w *way) write(ctx context.Context) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	return w.revise(ctx)
}

// revise saves the mailing as its newest revision.
func (w *way) revise(ctx context.Context) error {
	ctx = as(ctx, w.in.maker)
	brief := mailings.Brief{
		Subjects:  []mailings.Subject{{Key: "a", Text: w.subject, Weight: 1}},
		Preheader: w.preheader, Template: mailings.BriefTemplate{ID: w.in.templates[w.kind]},
		Audience: w.audience, Schedule: w.schedule,
	}
	for i, o := range w.offers {
		season := w.season()
		brief.Placements = append(brief.Placements, mailings.BriefPlacement{
			Key: fmt.Sprintf("p%d", i+1), CampaignID: int64(o.campaigns[season]), Creative: o.picture.String(), Width: 600,
			Heading: o.promos[season].heading, Text: o.promos[season].text, Button: w.in.button, URL: w.shop + "/network/" + o.network + "/" + o.ref,
		})
	}
	content, err := w.Composer.Compose(ctx, &w.mailing, brief)
	if err != nil {
		return err
	}
	made, _, err := w.Mailings.Edit(ctx, w.mailing.ID, w.revision, content, w.in.maker.ID)
	w.revision = made.ID
	return err
}

// season is which of an advertiser's campaigns runs at the slot.
func (w *way) season() int {
	if civil.DateOf(w.slot.In(w.in.label.Location())).Compare(w.seasonFrom(1)) < 0 {
		return 0
	}
	return 1
}

// submit puts the newest revision up for approval; its clients are mailed.
func (w *way) submit(ctx context.Context) (err error) {
	w.round, err = w.Approval.Submit(as(ctx, w.in.maker), w.mailing.ID, w.revision, ticks, w.in.maker.ID)
	if err != nil {
		return err
	}
	w.Clock.reach(w.Clock.Now().Add(duty)) // someone else may have submitted at this moment
	return w.attend(ctx)
}

// duty is after how long notices are looked for again.
const duty = 2 * time.Second

// client decides for an advertiser by the link in its mail. Without a reason
// the client approves.
func (w *way) client(ctx context.Context, o *offer, changes string) error {
	for _, token := range w.Post.tokensOf(o.email) {
		invited, err := w.Approval.ByLink(ctx, token)
		if err != nil || invited.Round.ID != w.round.ID {
			continue // a link to another round
		}
		w.round, err = w.Approval.DecideByLink(ctx, token, w.round.Digest, changes == "", changes)
		return err
	}
	return fault.New(fault.NotFound, "%s was mailed no link to %s", o.contact, w.name)
}

// clients lets all clients approve.
func (w *way) clients(ctx context.Context) error {
	for _, o := range w.offers {
		if err := w.client(ctx, o, ""); err != nil {
			return err
		}
	}
	return nil
}

// step is the review of the round that a colleague decides.
func (w *way) step() approval.ReviewID {
	for _, v := range w.round.Reviews {
		if v.Step == approval.Colleague {
			return v.ID
		}
	}
	return 0
}

// agree is the colleague's approval; then the scheduler plans the send.
func (w *way) agree(ctx context.Context) (err error) {
	if w.round, err = w.Approval.Approve(as(ctx, w.approver), w.step(), w.round.Digest, w.approver.ID); err != nil {
		return err
	}
	return w.look(ctx)
}

// disagree is a colleague who asks for changes.
func (w *way) disagree(ctx context.Context) (err error) {
	w.round, err = w.Approval.RequestChanges(as(ctx, w.approver), w.step(), w.round.Digest, w.in.doubt, w.approver.ID)
	return err
}

// improve writes what was asked for, and submits it again.
func (w *way) improve(ctx context.Context) error {
	w.subject, w.preheader = w.offers[0].promos[w.season()].heading, w.subject
	if err := w.revise(ctx); err != nil {
		return err
	}
	return w.submit(ctx)
}

// cancel gives the mailing up.
func (w *way) cancel(ctx context.Context) error {
	_, err := w.Mailings.Update(as(ctx, w.in.maker), w.mailing.ID, func(m *mailings.Mailing) error { return m.MoveTo(mailings.Cancelled) })
	return err
}

// stop turns an advertiser's stop switch on.
func (w *way) stop(ctx context.Context) error {
	_, err := w.Advertisers.Stop(as(ctx, w.colleague), w.offers[0].id, w.in.stopped)
	return err
}

// resume turns it off again, and a colleague releases what was held.
func (w *way) resume(ctx context.Context) error {
	if _, err := w.Advertisers.Resume(as(ctx, w.colleague), w.offers[0].id); err != nil {
		return err
	}
	return w.withSend(ctx, mailings.Held, func(send mailings.SendID) error {
		_, err := w.Scheduler.Release(as(ctx, w.colleague), send, w.colleague.ID)
		return err
	})
}

// reslot gives a missed send another moment.
func (w *way) reslot(ctx context.Context, at time.Time) error {
	return w.withSend(ctx, mailings.Missed, func(send mailings.SendID) error {
		_, err := w.Scheduler.Reslot(as(ctx, w.colleague), send, mailings.LocalOf(at.In(w.in.zone)), w.colleague.ID)
		return err
	})
}
