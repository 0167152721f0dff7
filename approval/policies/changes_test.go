package policies_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/policies"
	"keur/changes"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/mailings/mailingstest"
)

// Once there are two admins, neither sets a policy alone, with psql neither.
func TestAPolicyTakesTwoAdmins(t *testing.T) {
	t.Parallel()
	w, db := mailingstest.Fresh(t, 1)
	set := policies.NewStore(w.DB, w.Clock)
	var admins []accounts.User
	for _, name := range []string{"ada", "bob"} {
		u, err := w.Accounts.Create(pgtest.Acting(t.Context(), "console:test"), accounts.User{
			Email: name + "@spaarzegel.example", Name: name, Locale: "nl", Admin: true,
		}, "")
		must(t, err)
		admins = append(admins, u)
	}
	requests := changes.NewStore(w.DB, w.Clock, policies.Changes())
	p := policies.Default(w.Label.ID)
	p.DriftPercent, p.Version = 80, 0
	asked, err := set.Set(mailingstest.As(admins[0]), p)
	must(t, err)
	if asked.Change == nil || !strings.Contains(asked.Change.What.String(), "Spaarzegel: client's step waivable false, by approver") {
		t.Fatalf("%+v", asked)
	}
	now, err := set.For(t.Context(), w.Label.ID, nil)
	must(t, err)
	if now.DriftPercent != 10 {
		t.Errorf("it holds before it was confirmed: %+v", now)
	}
	_, err = requests.Confirm(mailingstest.As(admins[1]), asked.Change.ID)
	must(t, err)
	if now, err = set.For(t.Context(), w.Label.ID, nil); err != nil || now.DriftPercent != 80 {
		t.Errorf("%+v, %v", now, err)
	}
	for _, sql := range []string{
		`UPDATE approval_policies SET client_waivable = true`, `DELETE FROM approval_policies WHERE label_id = $1`,
		`INSERT INTO approval_policies (label_id, advertiser_id, drift_percent) SELECT $1, id, 100 FROM advertisers LIMIT 1`,
		`INSERT INTO smtp_routes (name, host, port) VALUES ('r', 'r.example', 25)`,
		`INSERT INTO dkim_keys (label_id, domain, selector, private_key_sealed) VALUES ($1, 'd.example', 's', 'k')`,
	} {
		var args []any
		if strings.Contains(sql, "$1") {
			args = []any{w.Label.ID}
		}
		err := postgres.InTx(mailingstest.As(admins[0]), db.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(sql, args...)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "one admin proposes") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
