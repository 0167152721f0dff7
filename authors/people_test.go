package authors_test

import (
	"testing"

	"keur/accounts"
	"keur/authors"
	"keur/internal/fault"
)

// TestWhoMayDoWhat does each act by each one whom a mailing has.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	const maker, author, waived, decided, paused, other accounts.UserID = 1, 2, 3, 4, 5, 6
	people := authors.People{
		Maker: maker, Authors: ids(author), Waived: ids(waived), Decided: ids(decided), PausedBy: paused,
	}
	for act, may := range map[authors.Act][]accounts.UserID{
		authors.Decide:   ids(paused, other),
		authors.Waive:    ids(waived, paused, other), // the same one for each client of a newsletter
		authors.Release:  ids(waived, decided, paused, other),
		authors.NewSlot:  ids(waived, decided, paused, other),
		authors.Resume:   ids(waived, decided, paused, other),
		authors.LiftStop: ids(waived, decided, paused, other),
	} {
		for by := maker; by <= other; by++ {
			allowed := false
			for _, one := range may {
				allowed = allowed || one == by
			}
			if err := people.May(act, by); (err == nil) != allowed || err != nil && !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s by user %d: %v", act, by, err)
			}
		}
	}
	people.PausedBy = maker
	if err := people.May(authors.Resume, maker); err != nil {
		t.Errorf("the maker resumes what the maker paused: %v", err)
	}
	if err := people.May(authors.Resume, author); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an author resumes what the maker paused: %v", err)
	}
}
