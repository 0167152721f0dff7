package members

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// A proof of consent names who wrote it down: whoever acts, with psql too.
func TestPsqlCannotRecordInAnothersName(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	m, err := d.Create(t.Context(), Newcomer{Label: d.nl, Address: "jan@x.nl"})
	if err != nil {
		t.Fatal(err)
	}
	record := func(by string) error {
		return postgres.InTx(postgres.WithActor(t.Context(), "user:2"), d.db, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(`
				INSERT INTO consents (member_id, label_id, kind, given, at, recorded_by) VALUES ($1, $2, 'mail', true, now(), $3)`, m.ID, d.nl, by)
			return err
		})
	}
	for _, by := range []string{"user:1", "member", "system:import", ""} {
		if err := record(by); err == nil || !strings.Contains(err.Error(), "put down as done by") {
			t.Errorf("recorded by %q: %v", by, err)
		}
	}
	if err := record("user:2"); err != nil {
		t.Error(err)
	}
}

// What a member said stays said: it is neither changed nor taken out.
func TestPsqlCannotRewriteWhatWasSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.Create(t.Context(), Newcomer{Label: d.nl, Address: "jan@x.nl", Consents: []Consent{consent(d.clock.Now())}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.Exec(`UPDATE consents SET given = false`); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("changed: %v", err)
	}
	if _, err := d.owner.Exec(`UPDATE consents SET given = false`); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("changed by the owner: %v", err)
	}
	if _, err := d.db.Exec(`DELETE FROM consents`); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("taken out: %v", err)
	}
}
