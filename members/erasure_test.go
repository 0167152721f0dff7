package members

import (
	"context"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

func TestErasureTakesTwo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := Erasure{State: ErasureWaiting, RequestedBy: 1}
	if err := e.Approve(1, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("approved one's own: %v", err)
	}
	if err := e.Refuse(1, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("refused one's own: %v", err)
	}
	if err := e.Withdraw(2, now); !fault.Is(err, fault.Forbidden) {
		t.Errorf("withdrew another's: %v", err)
	}
	if err := e.Approve(2, now); err != nil || e.State != ErasureApproved {
		t.Errorf("%v %s", err, e.State)
	}
	if err := e.Refuse(3, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("decided twice: %v", err)
	}
}

func TestNothingIsErasedBeforeASecondAgrees(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	as := func(id string) context.Context { return postgres.WithActor(t.Context(), "user:"+id) }
	d.owner.MustExec(`INSERT INTO users (email, name) VALUES ('a@b.nl', 'Ann'), ('c@b.nl', 'Ben')`)
	m, err := d.Create(t.Context(), Newcomer{Label: d.nl, Address: "jan@x.nl"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AskErasure(as("1"), Erasure{Member: m.ID, Label: d.nl, Reason: " ", RequestedBy: 1}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	e, err := d.AskErasure(as("1"), Erasure{Member: m.ID, Label: d.nl, Reason: "asked by letter", RequestedBy: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AskErasure(as("2"), Erasure{Member: m.ID, Label: d.nl, Reason: "again", RequestedBy: 2}); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked twice: %v", err)
	}
	if _, err := d.Get(t.Context(), m.ID); err != nil {
		t.Errorf("erased at once: %v", err)
	}
	// The table refuses what a bug in Go would let through.
	forge := func(e *Erasure) error { e.RequestedBy = 9; return e.Approve(1, d.clock.Now()) }
	if _, err := d.UpdateErasure(as("1"), e.ID, forge); err == nil {
		t.Error("the table let the asker approve")
	}
	other := func(e *Erasure) error { return e.Approve(2, d.clock.Now()) }
	if _, err := d.UpdateErasure(as("1"), e.ID, other); err == nil {
		t.Error("the table let one approve in another's name")
	}
	waiting, err := d.Erasures(t.Context(), []labels.ID{d.nl}, true, paging.Ask{})
	if err != nil || len(waiting.Items) != 1 {
		t.Errorf("waiting: %+v %v", waiting, err)
	}
	if _, err := d.UpdateErasure(as("2"), e.ID, other); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(t.Context(), m.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("still there: %v", err)
	}
	if _, err := d.ErasureOf(t.Context(), m.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("still waiting: %v", err)
	}
}
