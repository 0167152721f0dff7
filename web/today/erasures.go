package today

import (
	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
	"keur/web/desk"
)

// erasure is one that waits for the user, as another asked for it.
type erasure struct {
	members.Erasure
	By   string // who asked
	Code string // of the label under which it was asked
}

// erasures are those that wait under labels of which the user answers members.
func erasures(s *Screen, x *desk.Exchange) ([]erasure, error) {
	var under []labels.ID
	codes := map[labels.ID]string{}
	for _, l := range x.Sees {
		if desk.Serves(x, l.ID) {
			under, codes[l.ID] = append(under, l.ID), l.Code
		}
	}
	if len(under) == 0 {
		return nil, nil
	}
	page, err := s.Erasures.List(x.Context(), under, true, paging.Ask{Limit: paging.Most})
	if err != nil {
		return nil, err
	}
	var waiting []erasure
	for _, e := range page.Items {
		if accounts.UserID(e.RequestedBy) == x.User.ID {
			continue
		}
		by, err := s.Accounts.Get(x.Context(), accounts.UserID(e.RequestedBy))
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, erasure{e, by.Name, codes[e.Label]})
	}
	return waiting, nil
}
