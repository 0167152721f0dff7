package past

import (
	"context"
	"fmt"
	"time"

	"keur/demo"
	"keur/internal/paging"
	"keur/mailings"
)

// While a send goes out each look at the clock takes a little, all of them not
// more than some minutes.
const (
	pace   = 3 * time.Millisecond
	atMost = 5 * time.Minute
)

// fire lets the scheduler freeze and start what is due, waits until it is out,
// and enters what its members will do.
func (p *months) fire(ctx context.Context) error {
	if err := p.look(ctx); err != nil {
		return err
	}
	var under paging.Page[mailings.Send]
	if err := p.Get(ctx, p.Admin, "/sends?limit=200&state="+string(mailings.Sending), &under); err != nil {
		return err
	}
	for _, send := range under.Items {
		of := p.made[send.MailingID]
		if of == nil {
			return fmt.Errorf("send %d is of no mailing of this past", send.ID)
		}
		p.Clock.run(pace, atMost, p.now)
		if err := demo.Until(ctx, "the end of the send of "+of.Name, func() (bool, error) {
			var progress struct{ Left int }
			err := p.Get(ctx, p.Admin, fmt.Sprintf("/sends/%d/progress", send.ID), &progress)
			return progress.Left == 0, err
		}); err != nil {
			return err
		}
		p.Clock.reach(p.Clock.Now())
		if err := p.look(ctx); err != nil {
			return err
		}
		p.gather(send, of)
	}
	return nil
}
