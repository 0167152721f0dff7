package approval

import (
	"context"
	"fmt"

	"keur/internal/fault"
	"keur/internal/links"
	"keur/labels"
	"keur/mailings"
)

// targets returns where the links of a content end now. Returns an Invalid
// fault that names each link that is broken; what else was found is kept, for
// approvers to see. What is renewed keeps where its links ended when it was
// approved: then it returns none, and names those that end elsewhere.
func (e *Engine) targets(
	ctx context.Context, label labels.ID, id mailings.RevisionID, content *mailings.Content, renews bool,
) ([]mailings.Target, error) {
	if e.whereTo == nil {
		return nil, nil
	}
	asked, err := e.Permitted.Asked(ctx, label, content, e.compiler)
	if err != nil {
		return nil, err
	}
	number := map[string]int{}
	for i, link := range asked {
		number[link.URL] = i
	}
	checked, err := links.Check(ctx, e.whereTo, asked)
	if err != nil {
		return nil, fmt.Errorf("follow links: %w", err)
	}
	seen, err := e.mailings.Targets(ctx, id)
	if err != nil {
		return nil, err
	}
	var broken fault.List
	targets := make([]mailings.Target, len(checked))
	for i, c := range checked {
		targets[i] = mailings.Target{URL: c.URL, Final: c.Final, Found: c.Found, SeenAt: e.clock.Now()}
		if links.SeverityOf(c.Found) == links.Blocks {
			broken.Add(fmt.Sprintf("links[%d]", number[c.URL]), "approval.link_broken", "url", c.URL, "error", c.Found)
		}
		before, known := seen[c.URL]
		if from, moved := before.Moved(c.Final); renews && known && moved && c.Final != "" {
			broken.Add(fmt.Sprintf("links[%d]", number[c.URL]), "approval.renewal_link_moved",
				"url", c.URL, "from", from, "to", links.HostOf(c.Final))
		}
	}
	if renews {
		return nil, broken.Err()
	}
	return targets, broken.Err()
}
