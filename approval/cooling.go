package approval

import (
	"context"
	"time"

	"keur/accounts"
	"keur/labels"
)

// CoolingOff is a label whose mailings a user decides about only from a moment on.
type CoolingOff struct {
	Label labels.ID
	From  time.Time
}

// CoolingOff returns the labels under which the user's role is too new for what
// is submitted now, by the strictest policy of each.
func (s *Store) CoolingOff(ctx context.Context, u accounts.User) ([]CoolingOff, error) {
	var found []CoolingOff
	for label := range u.Roles {
		if !u.CountsExactly(label) {
			continue // decides nothing
		}
		set, err := s.Policies(ctx, label)
		if err != nil {
			return nil, err
		}
		hours := 0
		for _, p := range set {
			hours = max(hours, p.cooling())
		}
		all, err := accounts.Tenures(ctx, s.db, label)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			from, cools := t.CountsFrom(time.Duration(hours) * time.Hour)
			if cools && t.UserID == u.ID && from.After(s.clock.Now()) {
				found = append(found, CoolingOff{label, from})
			}
		}
	}
	return found, nil
}
