package changes

import (
	"testing"
	"time"

	"keur/internal/fault"
)

// TestRequestWalk does each act in each state, by who proposed and by another.
func TestRequestWalk(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for act, do := range map[State]func(*Request, string) error{
		Confirmed: func(r *Request, by string) error { return r.Confirm(Confirmer{By: by}, now) },
		Refused:   func(r *Request, by string) error { return r.Refuse(by, now) },
		Withdrawn: func(r *Request, by string) error { return r.Withdraw(by, now) },
	} {
		for _, state := range []State{Proposed, Confirmed, Refused, Withdrawn, Expired} {
			for _, by := range []string{"user:1", "user:2"} {
				r := Request{State: state, ProposedBy: "user:1", ExpiresAt: now.Add(time.Hour)}
				err := do(&r, by)
				switch {
				case state != Proposed:
					if !fault.Is(err, fault.Conflict) || r.DecidedBy != nil {
						t.Errorf("%s by %s when %s: %v", act, by, state, err)
					}
				case (act == Withdrawn) != (by == "user:1"):
					if !fault.Is(err, fault.Forbidden) || r.State != Proposed {
						t.Errorf("%s by %s: %v", act, by, err)
					}
				case err != nil || r.State != act || *r.DecidedBy != by || r.Alone:
					t.Errorf("%s by %s: %+v, %v", act, by, r, err)
				}
			}
		}
	}
}

func TestAloneAndTooLate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := Request{State: Proposed, ProposedBy: "user:1", ExpiresAt: now.Add(time.Hour)}
	if err := r.Confirm(Confirmer{By: "user:2"}, now.Add(time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed when it had expired: %v", err)
	}
	if err := r.Confirm(Confirmer{By: "user:1", Alone: true, Program: true}, now); !fault.Is(err, fault.Forbidden) || r.State != Proposed {
		t.Errorf("a program of the only admin confirmed: %v", err)
	}
	if err := r.Confirm(Confirmer{By: "user:1", Alone: true}, now); err != nil || !r.Alone {
		t.Fatalf("%+v, %v", r, err)
	}
	root := Request{State: Proposed, ProposedBy: "console:root", ExpiresAt: now.Add(time.Hour)}
	if err := root.Confirm(Confirmer{By: "console:anna"}, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the command line is one admin, whoever sits there: %v", err)
	}
	if err := r.See(Confirmer{By: "user:1"}, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("one looks through one's own acts: %v", err)
	}
	if err := r.See(Confirmer{By: "user:2", Program: true}, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a program looked: %v", err)
	}
	if err := r.See(Confirmer{By: "user:2"}, now); err != nil || *r.SeenBy != "user:2" {
		t.Errorf("%+v, %v", r, err)
	}
	if err := r.See(Confirmer{By: "user:3"}, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("looked through twice: %v", err)
	}
}
