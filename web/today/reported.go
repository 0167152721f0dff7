package today

import (
	"keur/labels"
	"keur/tracking"
	"keur/web/desk"
)

// reported is a domain of whose mail receivers report trouble.
type reported struct {
	tracking.Trouble
	Label labels.Label
}

// troubled finds them, for an admin, each once.
func troubled(s *Screen, x *desk.Exchange) (all []reported, err error) {
	if !x.User.Admin {
		return nil, nil
	}
	seen := map[string]bool{}
	for _, l := range x.Sees {
		found, err := s.Reported.Troubles(x.Context(), tracking.Sends(l, ""))
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			if !seen[t.Domain] {
				seen[t.Domain], all = true, append(all, reported{t, l})
			}
		}
	}
	return all, nil
}
