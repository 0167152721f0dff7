package approval

import (
	"context"
	"fmt"

	"keur/internal/fault"
	"keur/internal/links"
	"keur/mailings"
)

// targets returns where the links of a revision end now. Returns an Invalid
// fault that names each link that is broken; what else was found is kept, for
// approvers to see.
func (e *Engine) targets(ctx context.Context, id mailings.RevisionID) ([]mailings.Target, error) {
	if e.whereTo == nil {
		return nil, nil
	}
	asked, err := e.mailings.Asked(ctx, id)
	if err != nil {
		return nil, err
	}
	number := map[string]int{}
	for i, link := range asked {
		number[link.URL] = i
	}
	checked, err := links.Check(ctx, e.whereTo, asked)
	if err != nil {
		return nil, fmt.Errorf("follow the links of revision %d: %w", id, err)
	}
	var broken fault.List
	targets := make([]mailings.Target, len(checked))
	for i, c := range checked {
		targets[i] = mailings.Target{URL: c.URL, Final: c.Final, Found: c.Found, SeenAt: e.clock.Now()}
		if links.SeverityOf(c.Found) == links.Blocks {
			broken.Add(fmt.Sprintf("links[%d]", number[c.URL]), "approval.link_broken", "url", c.URL, "error", c.Found)
		}
	}
	return targets, broken.Err()
}
