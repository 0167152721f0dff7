package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"
)

// Listen calls wake for each notification on channel until ctx ends, and also
// once at the start and after each reconnect, because what was notified
// meanwhile is lost. A notification is only a wake-up: the tables hold the
// truth, so keep polling beside it. Listen returns only when ctx ends.
func Listen(ctx context.Context, url, channel string, wake func()) error {
	return listen(ctx, url, channel, wake, 30*time.Second)
}

// listen looks every so often whether the connection still stands.
func listen(ctx context.Context, url, channel string, wake func(), every time.Duration) error {
	cfg, err := config(url)
	if err != nil {
		return err
	}
	_, wants := follows[cfg.TargetSessionAttrs]
	moves := wants && len(cfg.Multi) > 0
	way := &redialler{}
	listener := pq.NewDialListener(way, directed(url), 100*time.Millisecond, 5*time.Second, nil)
	defer func() { _ = listener.Close() }()
	// Listen blocks until the first connection stands, which may be never.
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	if err := listener.Listen(channel); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return Fault(err, "channel %s", channel)
	}
	wake()
	standing := true
	// An idle connection that a firewall dropped says nothing; a ping finds out.
	ping := time.NewTicker(every)
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case notified := <-listener.Notify:
			standing = standing || notified == nil // as after a reconnect
			wake()
		case <-ping.C:
			if moves {
				if standing { // and isn't being made anew, which a cut would undo
					standing = false
					way.cut()
				}
				continue
			}
			go func() { _ = listener.Ping() }() // an error makes the listener reconnect by itself
		}
	}
}
