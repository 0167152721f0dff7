package accounts

import (
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestOneStandsInForAnother who approves for the same label, once at a time.
func TestOneStandsInForAnother(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	clk := start()
	users := NewStore(db.App, clk, pgtest.Key())
	label := addLabel(t, db.App)
	jan, els, piet := addUser(t, users, "jan@x.nl"), addUser(t, users, "els@x.nl"), addUser(t, users, "piet@x.nl")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM user_roles`)
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) VALUES ($1, $3, 'approver'), ($2, $3, 'approver')`, jan.ID, els.ID, label)
	})
	deputies, ctx := NewDeputies(users), pgtest.Acting(t.Context(), jan.ID.Actor())
	now := clk.Now()
	for name, try := range map[string]struct {
		deputy      UserID
		from, until time.Time
	}{
		"themselves":         {jan.ID, now, now.Add(time.Hour)},
		"for no time":        {els.ID, now, now},
		"for a time gone by": {els.ID, now.Add(-2 * time.Hour), now},
		"from no moment":     {els.ID, time.Time{}, now.Add(time.Hour)},
	} {
		if _, err := deputies.Name(ctx, jan.ID, try.deputy, try.from, try.until); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := deputies.Name(ctx, jan.ID, piet.ID, now, now.Add(time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("one who approves for no label of theirs: %v", err)
	}
	named, err := deputies.Name(ctx, jan.ID, els.ID, now, now.Add(24*time.Hour))
	if err != nil || named.User != jan.Name || named.Deputy != els.Name {
		t.Fatalf("%+v, %v", named, err)
	}
	if _, err := deputies.Name(ctx, jan.ID, els.ID, now.Add(time.Hour), now.Add(48*time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second at a time: %v", err)
	}
	for _, u := range []User{jan, els} {
		if of, err := deputies.Of(t.Context(), u.ID); err != nil || len(of) != 1 {
			t.Errorf("%s has %+v, %v", u.Name, of, err)
		}
	}
	if found, err := deputies.Candidates(t.Context(), jan.ID); err != nil || len(found) != 1 || found[0].ID != els.ID {
		t.Errorf("who could is %+v, %v", found, err)
	}
	for after, n := range map[time.Duration]int{0: 1, 24 * time.Hour: 0, -time.Second: 0} {
		if away, err := Away(t.Context(), db.App, now.Add(after)); err != nil || len(away) != n {
			t.Errorf("%s on, away are %+v, %v", after, away, err)
		}
	}
	if err := deputies.End(pgtest.Acting(t.Context(), els.ID.Actor()), els.ID, named.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another ends it: %v", err)
	}
	if err := deputies.End(ctx, jan.ID, named.ID); err != nil {
		t.Fatal(err)
	}
	if of, err := deputies.Of(t.Context(), jan.ID); err != nil || len(of) != 0 {
		t.Errorf("who is back has %+v, %v", of, err)
	}
	if held, err := users.WithRole(t.Context(), label, Approver); err != nil || len(held) != 2 || held[0].ID != jan.ID ||
		len(held[0].Roles[label]) != 1 {
		t.Errorf("approvers are %+v, %v", held, err)
	}
	if err := postgres.InTx(t.Context(), db.App, func(tx *sqlx.Tx) error {
		one, err := users.GetIn(t.Context(), tx, els.ID)
		if err != nil {
			return err
		}
		same, err := users.ByEmailIn(t.Context(), tx, "ELS@x.nl")
		if err != nil || one.ID != same.ID {
			return fmt.Errorf("by number %d, and by address %d: %w", one.ID, same.ID, err)
		}
		tenures, err := Tenures(t.Context(), tx, label)
		if err != nil || len(tenures) != 3 {
			return fmt.Errorf("tenures are %+v: %w", tenures, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
