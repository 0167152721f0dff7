package approval

import (
	"testing"

	"keur/internal/fault"
)

// TestAVerdictIsAUsersOrAContacts, and says for whom.
func TestAVerdictIsAUsersOrAContacts(t *testing.T) {
	t.Parallel()
	r := roundOf()
	r.Reviews[1].decide(Approved, Given{}, Decider{Contact: client}, now)
	if v := r.Reviews[1]; v.ContactID == nil || *v.ContactID != client || v.UserID != nil || *v.DecidedBy != client.Actor() {
		t.Errorf("a contact's is %+v", v)
	}
	r.Reviews[2].decide(Approved, Given{}, Decider{User: colleague}, now)
	if v := r.Reviews[2]; v.UserID == nil || *v.UserID != colleague || v.ContactID != nil || v.DeputyFor != nil ||
		*v.DecidedBy != colleague.Actor() {
		t.Errorf("a user's is %+v", v)
	}
	r.Reviews[3].decide(Approved, Given{For: 9}, Decider{User: lead}, now)
	if v := r.Reviews[3]; v.DeputyFor == nil || *v.DeputyFor != 9 {
		t.Errorf("a deputy's is %+v", v)
	}
}

// TestADeputyDecidesForWhoCould: for an author, or beside the steps of colleagues,
// nobody does.
func TestADeputyDecidesForWhoCould(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		settled, step int
		by            Decider
		given         Given
		refused       bool
	}{
		"a colleague for themselves": {2, 2, Decider{User: colleague}, Given{}, false},
		"for one who could":          {2, 2, Decider{User: colleague}, Given{For: 9}, false},
		"for the maker":              {2, 2, Decider{User: colleague}, Given{For: maker}, true},
		"by the maker":               {2, 2, Decider{User: maker}, Given{For: 9}, true},
		"a client for another":       {1, 1, Decider{Contact: client}, Given{For: 9}, true},
		"the maker's own step":       {0, 0, Decider{User: maker}, Given{}, false},
		"another's, at that step":    {0, 0, Decider{User: colleague}, Given{}, true},
	} {
		r := roundOf()
		for i, by := range []Decider{{User: maker}, {Contact: client}}[:try.settled] {
			r.Reviews[i].decide(Approved, Given{}, by, now)
		}
		try.given.Digest = seen
		err := r.Reviews[try.step].Approve(r, try.given, try.by, now)
		if (err != nil) != try.refused || try.refused && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
