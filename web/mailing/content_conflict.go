package mailing

import (
	"time"

	"keur/mailings"
	"keur/web/desk"
)

// conflict is what two people made of the same content at once.
type conflict struct {
	By      string
	At      time.Time
	Version int // of theirs
	Rows    []mailings.Difference
}

// conflictOf lays what was typed beside what a colleague saved.
func (s *Screen) conflictOf(x *desk.Exchange, work mailings.WorkingCopy, theirs, mine *mailings.Content) (*conflict, error) {
	last := work.Changes[mailings.ContentPart]
	u, err := s.Accounts.Get(x.Context(), last.By)
	if err != nil {
		return nil, err
	}
	return &conflict{By: u.Name, At: last.At, Version: last.Version, Rows: mailings.Differences(theirs, mine)}, nil
}
