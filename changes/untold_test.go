package changes_test

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// Who confirms a change is asked to prove who they are, and without that nothing
// is written.
func TestWhoConfirmsIsAskedForAProof(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	refuses := true
	d.Proving(func(context.Context, *sqlx.Tx) error {
		if refuses {
			return fault.New(fault.Forbidden, "accounts.proof_needed")
		}
		return nil
	})
	r := d.propose(t)
	if _, err := d.Confirm(d.other, r.ID); !fault.Is(err, fault.Forbidden) || d.count(t) != 0 {
		t.Fatalf("without a proof: %v, and %d doors", err, d.count(t))
	}
	if r, err := d.Get(d.other, r.ID); err != nil || !r.Waits() {
		t.Errorf("after a refused proof: %+v, %v", r, err)
	}
	refuses = false
	if r, err := d.Confirm(d.other, r.ID); err != nil || r.State != changes.Confirmed || d.count(t) != 1 {
		t.Errorf("with a proof: %+v, %v, and %d doors", r, err, d.count(t))
	}
}

// Those concerned are told of each state once, and again if what told them was
// rolled back.
func TestEachStateIsToldOnce(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	ctx := pgtest.Acting(t.Context(), "system:mail-changes")
	take := func(end error) (told []changes.State) {
		t.Helper()
		untold, err := d.Untold(ctx)
		if err != nil {
			t.Fatal(err)
		}
		err = postgres.InTx(ctx, d.App, func(tx *sqlx.Tx) error {
			for _, id := range append(untold, untold...) { // two who found it untold
				r, found, err := d.TakeUntold(ctx, tx, id)
				if err != nil {
					return err
				}
				if !found {
					continue
				}
				if r.What.String() != "a front door" {
					t.Errorf("told of %q", r.What)
				}
				told = append(told, r.State)
			}
			return end
		})
		if end == nil && err != nil {
			t.Fatal(err)
		}
		return told
	}
	r := d.propose(t)
	if told := take(context.Canceled); len(told) != 1 || told[0] != changes.Proposed {
		t.Fatalf("told of %v", told)
	}
	if told := take(nil); len(told) != 1 || told[0] != changes.Proposed {
		t.Errorf("after what told them was rolled back: %v", told)
	}
	if told := take(nil); len(told) != 0 {
		t.Errorf("told twice: %v", told)
	}
	if _, err := d.Refuse(d.other, r.ID); err != nil {
		t.Fatal(err)
	}
	if told := take(nil); len(told) != 1 || told[0] != changes.Refused {
		t.Errorf("once it was refused: %v", told)
	}
}

// What one did alone counts until another looked at it, and how many a change
// takes follows from how many admins there are.
func TestWhatIsLeftToLookThrough(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	for _, c := range []struct{ one, two bool }{{false, false}, {true, false}, {true, true}} {
		d.rules(c.one, c.two)
		guarded, err := d.Guarded(d.one)
		if err != nil || guarded != c.one {
			t.Errorf("%+v: guarded %v, %v", c, guarded, err)
		}
		if two, err := d.TakesTwo(d.one); err != nil || two != c.two {
			t.Errorf("%+v: takes two %v, %v", c, two, err)
		}
	}
	d.rules(true, false)
	r := d.propose(t)
	d.rules(true, true)
	d.propose(t) // which waits, and is nobody's alone
	if n, err := d.Alone(d.other); err != nil || n != 1 {
		t.Errorf("%d done alone, %v", n, err)
	}
	if _, err := d.See(d.one, r.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("looked at by who did it: %v", err)
	}
	if _, err := d.See(d.other, r.ID); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Alone(d.other); err != nil || n != 0 {
		t.Errorf("%d done alone once it was looked at, %v", n, err)
	}
}
