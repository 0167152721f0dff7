package networks_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/awin"
)

// odd says of Awin that it has a transaction of which the number is none, on each of
// its pages.
type odd struct {
	awin.Adapter
	ref   string
	pages int
}

func (o odd) Transactions(_ context.Context, _ *networks.Client, q networks.Question) (networks.Answer, error) {
	a := networks.Answer{Unread: []networks.Unread{{Ref: o.ref, Err: fault.New(fault.Invalid, "networks.ref", "most", 200)}}}
	if len(q.Cursor) < o.pages-1 {
		a.Next = q.Cursor + "x"
	}
	return a, nil
}

// What can't be read is named as far as it can be, and the sweep goes on.
func TestWhatHasAnOddNumberHoldsUpNothing(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"7\x007":                       "7 7",
		"7\xff7":                       "7 7",
		"x" + strings.Repeat("é", 200): "x" + strings.Repeat("é", 199),
	} {
		d := begin(t, "awin", 0)
		d.Adapters["awin"] = odd{ref: ref}
		d.pass(t, 1)
		s := d.state(t).Sweeps[0]
		if s.Failures > 0 || s.Covered == nil || s.Unread != 1 || s.Ref != want {
			t.Errorf("%q: %+v", ref, s)
		}
	}
}

// Of a connection nothing can be kept; that is said, and the others are asked all the
// same.
func TestOneThatCannotBeKeptHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	d := begin(t, "awin", 0)
	if err := d.SetCredentials(d.user, 2, d.server.Credentials); err != nil {
		t.Fatal(err)
	}
	d.Adapters["awin"] = odd{ref: "7", pages: 10}
	d.Owner.MustExec(`
		CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for this one'; END $$;
		CREATE TRIGGER refuse_one BEFORE INSERT OR UPDATE ON network_sweeps FOR EACH ROW
		  WHEN (NEW.connection_id = 1 AND NEW.ran_at IS NOT NULL) EXECUTE FUNCTION refuse_one()`)
	if _, err := d.PollDue(t.Context()); err == nil || !strings.Contains(err.Error(), "no room for this one") {
		t.Errorf("it says %v", err)
	}
	other, err := d.State(t.Context(), 2)
	if err != nil || len(other.Sweeps) == 0 || other.Sweeps[0].Covered == nil || other.Sweeps[0].Unread != 10 {
		t.Errorf("the other connection: %+v, %v", other, err)
	}
}

// broken reads an answer beyond its end, but of one account.
type broken struct {
	odd
	of string
}

func (b broken) Transactions(ctx context.Context, c *networks.Client, q networks.Question) (networks.Answer, error) {
	if c.Ref == b.of {
		panic("beyond its end")
	}
	return b.odd.Transactions(ctx, c, q)
}

// An answer whose reading breaks is a failure of its sweep, which is tried again.
func TestAnAnswerThatBreaksHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	d := begin(t, "awin", 0)
	if err := d.SetCredentials(d.user, 2, d.server.Credentials); err != nil {
		t.Fatal(err)
	}
	d.Adapters["awin"] = broken{of: d.server.Ref}
	d.pass(t, 1)
	if s := d.state(t).Sweeps[0]; s.Failures != 1 || s.Problem.Key != "networks.failed" {
		t.Errorf("the one that breaks: %+v", s)
	}
	if other, err := d.State(t.Context(), 2); err != nil || len(other.Sweeps) == 0 || other.Sweeps[0].Covered == nil {
		t.Errorf("the other connection: %+v, %v", other, err)
	}
	d.Adapters["awin"] = odd{}
	d.clock.Add(time.Hour)
	d.pass(t, 1)
	if s := d.state(t).Sweeps[0]; s.Failures != 0 || s.Covered == nil {
		t.Errorf("mended, it stands as %+v", s)
	}
}
