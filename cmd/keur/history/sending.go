package history

import (
	"context"
	"fmt"
	"time"

	"keur/internal/paging"
	"keur/mailings"
)

// patience is how long the worker may take for one send, by the real clock.
const patience = time.Minute

// While a send goes out each look at the clock takes a little, all of them not
// more than some minutes.
const (
	pace   = 3 * time.Millisecond
	atMost = 5 * time.Minute
)

// fire lets the scheduler freeze and start what is due, waits until it is out,
// and enters what its members will do.
func (p *publisher) fire(ctx context.Context) error {
	if err := p.look(ctx); err != nil {
		return err
	}
	under, err := p.Mailings.Sends(ctx, mailings.SendFilter{States: []mailings.SendState{mailings.Sending}}, paging.Ask{Limit: paging.Most})
	if err != nil {
		return err
	}
	for _, send := range under.Items {
		of := p.ways[send.MailingID]
		if of == nil {
			return fmt.Errorf("send %d is of no mailing of this history", send.ID)
		}
		p.Clock.run(pace, atMost)
		if err := p.await(ctx, send); err != nil {
			return err
		}
		p.Clock.reach(p.Clock.Now())
		if err := p.look(ctx); err != nil {
			return err
		}
		if err := p.gather(ctx, send, of); err != nil {
			return err
		}
	}
	return nil
}

// await waits until each delivery of a send has its outcome.
func (p *publisher) await(ctx context.Context, send mailings.Send) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		progress, err := p.Ledger.Progress(ctx, send.ID)
		if err != nil || progress.Left() == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("send %d isn't out: %v", send.ID, progress)
		case <-tick.C:
		}
	}
}

// withSend does something with the mailing's send that is in a state.
func (w *way) withSend(ctx context.Context, state mailings.SendState, do func(mailings.SendID) error) error {
	found, err := w.Mailings.Sends(ctx, mailings.SendFilter{Mailing: w.mailing.ID, States: []mailings.SendState{state}}, paging.Ask{})
	if err != nil {
		return err
	}
	if len(found.Items) == 0 {
		return fmt.Errorf("%s has no send that is %s", w.name, state)
	}
	return do(found.Items[0].ID)
}
