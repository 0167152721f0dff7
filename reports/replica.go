package reports

import (
	"context"
	"time"

	"keur/internal/postgres"
)

// mostBehind is how far behind a replica may be for a report to be read there.
const mostBehind = 5 * time.Minute

// Reading is where one report is read, all of it at the same place.
type Reading struct {
	*Store
	// AsOf is of when the figures are, where they are read at a replica; nil: at the
	// base itself, and so of now.
	AsOf *time.Time
}

// At returns a store that reads reports at the replica.
func (s *Store) At(r *postgres.Replica) *Store {
	both := *s
	both.replica, both.aside = r, NewStore(r.DB)
	return &both
}

// Reading chooses where a report is read that is asked for at a moment: at the
// replica, unless there is none, it can't be read or is too far behind.
func (s *Store) Reading(ctx context.Context, now time.Time) Reading {
	if s.replica == nil {
		return Reading{Store: s}
	}
	behind, err := s.replica.Behind(ctx)
	if err != nil || behind > mostBehind {
		return Reading{Store: s}
	}
	asOf := now.Add(-behind)
	return Reading{Store: s.aside, AsOf: &asOf}
}
