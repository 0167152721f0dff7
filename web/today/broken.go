package today

import (
	"keur/campaigns/targets"
	"keur/web/desk"
)

// brokenLink is a link that is broken, with what of the user's has it.
type brokenLink struct {
	targets.Target
	Uses []targets.Use
}

// mostBroken bounds the broken links on the page; the list has all.
const mostBroken = 10

// broken finds the links of the user's campaigns that the daily check found broken.
func broken(s *Screen, x *desk.Exchange) ([]brokenLink, error) {
	found, err := s.Targets.BrokenOf(x.Context(), x.User.ID, x.Seen())
	if err != nil {
		return nil, err
	}
	found = found[:min(len(found), mostBroken)]
	ids := make([]targets.ID, len(found))
	for i, t := range found {
		ids[i] = t.ID
	}
	uses, err := s.Targets.Uses(x.Context(), ids, x.Seen())
	if err != nil {
		return nil, err
	}
	all := make([]brokenLink, len(found))
	for i, t := range found {
		all[i] = brokenLink{t, uses[t.ID]}
	}
	return all, nil
}
