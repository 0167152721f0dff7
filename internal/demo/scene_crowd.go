package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many people and machines come to the doors at the same time.
const atOnce = 32

// each lets all do something, some at a time. Do returns whether it was done.
func each(ctx context.Context, all []*mood, do func(context.Context, *mood) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, m := range all {
		group.Go(func() error { return do(ctx, m) })
	}
	return group.Wait()
}

// chosen are those of whom it is true.
func chosen(all []*mood, is func(*mood) bool) (some []*mood) {
	for _, m := range all {
		if is(m) {
			some = append(some, m)
		}
	}
	return some
}

// letMachinesIn does what programs do with mail before anyone reads it: fetch
// its pictures, and follow its links, the hidden one too.
func (s *stage) letMachinesIn(ctx context.Context) (string, error) {
	prefetched := chosen(s.moods, func(m *mood) bool { return m.prefetcher != "" })
	if err := each(ctx, prefetched, func(ctx context.Context, m *mood) error { return fetch(ctx, m.pixel, m.prefetcher) }); err != nil {
		return "", err
	}
	scanned := chosen(s.moods, func(m *mood) bool { return m.scanned })
	if err := each(ctx, scanned, func(ctx context.Context, m *mood) error {
		for _, link := range append(m.links[:len(m.links):len(m.links)], m.hidden) {
			if err := fetch(ctx, link, gateway); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return "", err
	}
	s.crowd.OpensMachine = len(prefetched)
	for _, m := range scanned {
		s.crowd.ClicksMachine += len(m.links) + 1
	}
	return fmt.Sprintf("%s mails opened by mail programs, %s links followed by gateways", grouped(int64(s.crowd.OpensMachine)), grouped(int64(s.crowd.ClicksMachine))), nil
}

// reading is how long people take before they click: whoever is faster than
// five seconds counts as a machine.
const reading = 5500 * time.Millisecond

// letMembersAct lets members open, click and leave.
func (s *stage) letMembersAct(ctx context.Context) (string, error) {
	select {
	case <-time.After(time.Until(s.sent.Add(reading))):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if err := each(ctx, chosen(s.moods, func(m *mood) bool { return m.opens }), s.open); err != nil {
		return "", err
	}
	if err := each(ctx, chosen(s.moods, func(m *mood) bool { return len(m.clicks) > 0 }), s.click); err != nil {
		return "", err
	}
	if err := each(ctx, chosen(s.moods, func(m *mood) bool { return m.leaves }), s.leave); err != nil {
		return "", err
	}
	s.crowd.Followed = s.shop.tracked()
	return fmt.Sprintf("%s opens, %s clicks, of which %s came to a network with their sub-id, %s unsubscribed by one click",
		grouped(int64(s.crowd.Opens)), grouped(int64(s.crowd.Clicks)), grouped(int64(s.crowd.Followed)), grouped(int64(s.crowd.Unsubscribes))), nil
}

// open reads a mail, some people twice.
func (s *stage) open(ctx context.Context, m *mood) error {
	times := 1
	if m.again {
		times = 2
	}
	for range times {
		if err := fetch(ctx, m.pixel, m.agent); err != nil {
			return err
		}
	}
	s.tally(func(c *deeds) {
		c.Opens += times
		if m.tracked {
			c.OpensUnique++
		}
	})
	return nil
}

// click follows links to where they lead, over the network.
func (s *stage) click(ctx context.Context, m *mood) error {
	for _, link := range m.clicks {
		for range 3 { // our door, the network, the shop
			status, next, err := visit(ctx, http.MethodGet, link, m.agent, nil)
			if err != nil {
				return err
			}
			if status != http.StatusFound {
				break
			}
			if link = next; next[0] == '/' {
				link = s.shop.url + next
			}
		}
	}
	s.tally(func(c *deeds) {
		c.Clicks += len(m.clicks)
		if m.tracked {
			c.ClicksUnique++
		}
	})
	return nil
}

// leave is the button that mail programs show (RFC 8058).
func (s *stage) leave(ctx context.Context, m *mood) error {
	status, page, err := visit(ctx, http.MethodPost, m.unsubscribe, "", url.Values{"List-Unsubscribe": {"One-Click"}})
	if err == nil && status >= 300 {
		err = fmt.Errorf("unsubscribing: %d %s", status, words(page))
	}
	s.tally(func(c *deeds) { c.Unsubscribes++ })
	return err
}

// tally adds to what the crowd did.
func (s *stage) tally(add func(*deeds)) {
	s.tallying.Lock()
	defer s.tallying.Unlock()
	add(&s.crowd)
}

// fetch asks for an address and wants an answer without a fault of ours.
func fetch(ctx context.Context, address, agent string) error {
	status, page, err := visit(ctx, http.MethodGet, address, agent, nil)
	if err == nil && status >= 400 {
		err = fmt.Errorf("%s answers %d %s", address, status, words(page))
	}
	return err
}
