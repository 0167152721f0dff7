package worker

import (
	"context"
	"sync"
	"time"
)

// pace spaces mails evenly, over all processes together: each reserves the
// next few moments in the database before it uses them.
type pace struct {
	store     store
	key       string // send:12, route:3
	perMinute int

	mu   sync.Mutex
	left int       // reserved and not used yet
	next time.Time // the first of those
}

// wait returns when another mail may leave, or with an error when ctx or stop
// ended first.
func (p *pace) wait(ctx context.Context, stop <-chan struct{}) error {
	at, err := p.moment(ctx)
	if err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-stop:
		return context.Canceled
	case <-timer.C:
		return nil
	}
}

// moment returns the next moment that is ours.
func (p *pace) moment(ctx context.Context) (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	step := time.Minute / time.Duration(p.perMinute)
	if p.left == 0 {
		n := max(1, p.perMinute/120) // half a second's worth: so much is lost if this process dies
		from, err := p.store.reserve(ctx, p.key, time.Duration(n)*step)
		if err != nil {
			return time.Time{}, err
		}
		p.left, p.next = n, time.Now().Add(from)
	}
	at := p.next
	p.left--
	p.next = at.Add(step)
	return at, nil
}
