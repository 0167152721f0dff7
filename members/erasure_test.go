package members

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/actors"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
)

// erase has one user ask for the member's erasure and another approve it.
func (d *desk) erase(id ID) error {
	var users []actors.User
	if err := d.owner.Select(&users, `
		INSERT INTO users (email, name) SELECT gen_random_uuid() || '@x.nl', 'E' FROM generate_series(1, 2) RETURNING id`); err != nil {
		return err
	}
	as := func(i int) context.Context {
		return pgtest.Acting(context.Background(), users[i].String())
	}
	e, err := NewErasures(d.Store).Ask(as(0), Erasure{Member: id, Label: d.nl, Reason: cmp.Or(d.reason, "asked by letter"),
		RequestedBy: users[0]})
	if err != nil {
		return err
	}
	_, err = NewErasures(d.Store).Update(as(1), e.ID, func(e *Erasure) error { return e.Approve(users[1], d.clock.Now()) })
	return err
}

// TestErasureWalk does each act in each state, by who asked and by another.
func TestErasureWalk(t *testing.T) {
	t.Parallel()
	now := time.Now()
	const asker, other = 1, 2
	for act, do := range map[ErasureState]func(*Erasure, actors.User, time.Time) error{
		ErasureApproved: (*Erasure).Approve, ErasureRefused: (*Erasure).Refuse, ErasureWithdrawn: (*Erasure).Withdraw,
	} {
		for _, state := range []ErasureState{ErasureWaiting, ErasureApproved, ErasureRefused, ErasureWithdrawn} {
			for _, by := range []actors.User{asker, other} {
				e := Erasure{State: state, RequestedBy: asker}
				err := do(&e, by, now)
				want := Erasure{State: state, RequestedBy: asker}
				switch {
				case state != ErasureWaiting:
					if !fault.Is(err, fault.Conflict) {
						t.Errorf("%s by %d when %s: %v", act, by, state, err)
					}
				case (act == ErasureWithdrawn) != (by == asker):
					if !fault.Is(err, fault.Forbidden) {
						t.Errorf("%s by %d when %s: %v", act, by, state, err)
					}
				default:
					want.State, want.DecidedAt = act, &now
					switch act {
					case ErasureApproved:
						want.ApprovedBy = &by
					case ErasureRefused:
						want.RefusedBy = &by
					}
				}
				if diff := gocmp.Diff(want, e); diff != "" {
					t.Errorf("%s by %d when %s: %s", act, by, state, diff)
				}
			}
		}
	}
}

func TestErasureCheck(t *testing.T) {
	t.Parallel()
	for reason, good := range map[string]bool{
		"asked by letter": true, strings.Repeat("é", maxErasureReason): true, " " + strings.Repeat("é", maxErasureReason) + "\n": true,
		"": false, " \n": false, "\u200b\u202e": false, strings.Repeat("e", maxErasureReason+1): false,
	} {
		if err := (Erasure{Reason: reason}).Check(); (err == nil) != good || err != nil && details(err)[0] != "reason" {
			t.Errorf("%.20q: %v", reason, err)
		}
	}
}

func TestNothingIsErasedBeforeASecondAgrees(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	as := func(id string) context.Context { return pgtest.Acting(t.Context(), "user:"+id) }
	d.owner.MustExec(`INSERT INTO users (email, name) VALUES ('a@b.nl', 'Ann'), ('c@b.nl', 'Ben')`)
	m, err := d.Create(t.Context(), Newcomer{Label: d.nl, Address: "jan@x.nl"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewErasures(d.Store).Ask(as("1"), Erasure{Member: m.ID, Label: d.nl, Reason: " ", RequestedBy: 1}); !fault.Is(err,
		fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	e, err := NewErasures(d.Store).Ask(as("1"), Erasure{Member: m.ID, Label: d.nl, Reason: "asked by letter", RequestedBy: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewErasures(d.Store).Ask(as("2"), Erasure{Member: m.ID, Label: d.nl, Reason: "again", RequestedBy: 2}); !fault.Is(err,
		fault.Conflict) {
		t.Errorf("asked twice: %v", err)
	}
	if _, err := d.Get(t.Context(), m.ID); err != nil {
		t.Errorf("erased at once: %v", err)
	}
	// The table refuses what a bug in Go would let through.
	forge := func(e *Erasure) error { e.RequestedBy = 9; return e.Approve(1, d.clock.Now()) }
	if _, err := NewErasures(d.Store).Update(as("1"), e.ID, forge); err == nil {
		t.Error("the table let the asker approve")
	}
	other := func(e *Erasure) error { return e.Approve(2, d.clock.Now()) }
	if _, err := NewErasures(d.Store).Update(as("1"), e.ID, other); err == nil {
		t.Error("the table let one approve in another's name")
	}
	waiting, err := NewErasures(d.Store).List(t.Context(), []labels.ID{d.nl}, true, paging.Ask{})
	if err != nil || len(waiting.Items) != 1 {
		t.Errorf("waiting: %+v %v", waiting, err)
	}
	if _, err := NewErasures(d.Store).Update(as("2"), e.ID, other); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(t.Context(), m.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("still there: %v", err)
	}
	if _, err := NewErasures(d.Store).Of(t.Context(), m.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("still waiting: %v", err)
	}
}

// TestAnErasureIsDecidedNow: by the base's own clock, whatever moment psql gives,
// and what was decided stays.
func TestAnErasureIsDecidedNow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.owner.MustExec(`INSERT INTO users (email, name) VALUES ('a@b.nl', 'Ann'), ('c@b.nl', 'Ben')`)
	pgtest.Unguarded(t, d.owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM moved_clock`)
		tx.MustExec(`INSERT INTO erasure_requests (member_id, label_id, reason, requested_by, requested_at) VALUES (1, $1, 'asked', 1, now())`, d.nl)
	})
	psql := func(sql string) error {
		return postgres.InTx(pgtest.Acting(t.Context(), "user:2"), d.db, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(sql)
			return err
		})
	}
	if err := psql(`UPDATE erasure_requests SET state = 'refused', refused_by = 2, decided_at = now() - interval '1 year'`); err != nil {
		t.Fatal(err)
	}
	if n := pgtest.Count(t, d.owner, `SELECT count(*) FROM erasure_requests WHERE decided_at BETWEEN now() - interval '1 minute' AND now()`); n != 1 {
		t.Error("an erasure isn't decided at the moment it was")
	}
	if err := psql(`UPDATE erasure_requests SET decided_at = now() - interval '1 year'`); err == nil || !strings.Contains(err.Error(), "what was asked") {
		t.Errorf("decided at another moment afterwards: %v", err)
	}
}

// TestPsqlCannotEraseAlone tries it as the application's login, with no Go between.
func TestPsqlCannotEraseAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.owner.MustExec(`INSERT INTO users (email, name) VALUES ('a@b.nl', 'Ann'), ('c@b.nl', 'Ben')`)
	m, err := d.Create(t.Context(), Newcomer{Label: d.nl, Address: "jan@x.nl", Consents: []Consent{consent(d.clock.Now())}})
	if err != nil {
		t.Fatal(err)
	}
	psql := func(actor string, statements ...string) error {
		return postgres.InTx(pgtest.Acting(t.Context(), actor), d.db, func(tx *sqlx.Tx) error {
			for _, sql := range statements {
				if _, err := tx.Exec(sql, m.ID); err != nil {
					return err
				}
			}
			return nil
		})
	}
	const (
		wanted = `INSERT INTO erasure_requests (member_id, label_id, reason, requested_by, requested_at)
			SELECT $1::bigint, min(id), 'jan@x.nl asked', 1, now() FROM labels`
		approved = `UPDATE erasure_requests SET state = 'approved', approved_by = %d, decided_at = now() WHERE member_id = $1`
		gone     = `DELETE FROM members WHERE id = $1`
	)
	refused := func(what, says, actor string, statements ...string) {
		t.Helper()
		if err := psql(actor, statements...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	const takesTwo = "another approved it"
	refused("nobody asked", takesTwo, "user:1", gone)
	refused("asked a moment ago", takesTwo, "user:1", wanted, gone)
	if err := psql("user:1", wanted); err != nil {
		t.Fatal(err)
	}
	refused("nobody approved", takesTwo, "user:2", gone)
	refused("the asker approves", "erasure_requests_check", "user:1", fmt.Sprintf(approved, 1), gone)
	refused("in another's name", "put down as done by user:2", "user:1", fmt.Sprintf(approved, 2), gone)
	refused("approved ahead", "in the transaction that approves it", "user:2", fmt.Sprintf(approved, 2))
	refused("bit by bit", "only when its member is erased", "user:2", `DELETE FROM memberships WHERE member_id = $1`)
	refused("bit by bit", "only when their member is erased", "user:2", `DELETE FROM consents WHERE member_id = $1`)
	refused("half written over", "changed together", "user:2", `UPDATE members SET address = 'x@x.nl' WHERE id = $1`)
	if err := psql("user:2", `UPDATE members SET address = 'x@x.nl', address_key = 'x@x.nl' WHERE id = $1`); err != nil {
		t.Fatal(err)
	}
	if found, err := d.Find(t.Context(), "jan@x.nl"); err != nil || found.ID != m.ID { // nothing is lost
		t.Errorf("written over: %+v %v", found, err)
	}
	refused("forgotten", "only when the member is erased", "user:2", `DELETE FROM former_addresses WHERE member_id = $1`)
	refused("the reason", "what was asked", "user:1", `UPDATE erasure_requests SET reason = 'x' WHERE member_id = $1`)
	if _, err := d.Get(t.Context(), m.ID); err != nil {
		t.Fatal(err)
	}
	if err := psql("user:2", fmt.Sprintf(approved, 2), gone); err != nil {
		t.Errorf("by two: %v", err)
	}
}
