package approval

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"keur/internal/fault"
	"keur/mailings"
)

// How links are followed when a mailing is submitted: so many at once, and all
// within the time that a person waits for a page.
const (
	followAtOnce = 8
	followWithin = 40 * time.Second
)

// targets returns where the links of a revision end now. Returns an Invalid
// fault that names each link that is broken; one that doesn't answer is noted
// as such, since it may at the slot.
func (e *Engine) targets(ctx context.Context, id mailings.RevisionID) ([]mailings.Target, error) {
	if e.whereTo == nil {
		return nil, nil
	}
	links, err := e.mailings.Links(ctx, id)
	if err != nil {
		return nil, err
	}
	patient, cancel := context.WithTimeout(ctx, followWithin)
	defer cancel()
	var (
		kept    sync.Mutex
		group   errgroup.Group
		broken  fault.List
		targets []mailings.Target
		asked   = map[string]bool{}
	)
	group.SetLimit(followAtOnce)
	for _, link := range links {
		if asked[link.URL] {
			continue
		}
		asked[link.URL] = true
		group.Go(func() error {
			final, err := e.whereTo(patient, link.URL, link.SubIDParameter)
			kept.Lock()
			defer kept.Unlock()
			switch {
			case ctx.Err() != nil:
				return fmt.Errorf("follow the links of revision %d: %w", id, ctx.Err())
			case err == nil, fault.Is(err, fault.Unavailable), patient.Err() != nil:
				targets = append(targets, mailings.Target{URL: link.URL, Final: final, SeenAt: e.clock.Now()})
			case fault.Is(err, fault.Conflict):
				broken.Add(fmt.Sprintf("links[%d]", link.Number), "approval.link_broken", "url", link.URL, "error", err)
			default:
				return err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return targets, broken.Err()
}
