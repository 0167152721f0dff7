package api

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/changes"
	"keur/internal/pgtest"
)

// TestAProgramOfTheOnlyAdminProposes: what one admin may do alone, a program with
// all scopes of their token may only propose, over the API and with psql. The
// admin confirms it, or another who came meanwhile.
func TestAProgramOfTheOnlyAdminProposes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	path := "/users/" + owner(t, d, "viewer")
	var u accounts.User
	d.want(http.StatusOK, d.call("admin", "GET", path, nil), &u)
	body := map[string]any{"email": u.Email, "name": u.Name, "locale": "nl", "roles": map[string][]string{"1": {"viewer", "approver"}}}
	d.want(http.StatusOK, d.call("admin", "PUT", path, body, "If-Match", "*"), &u)
	approves := func() int {
		return pgtest.Count(t, d.deps.DB, `SELECT count(*) FROM user_roles WHERE role = 'approver' AND user_id = $1`, u.ID)
	}
	if u.Change == nil || u.Change.State != changes.Proposed || approves() != 0 {
		t.Fatalf("a program granted a role: %+v", u)
	}
	confirm := "/changes/" + strconv.Itoa(int(u.Change.ID)) + "/confirm"
	refused := d.want(http.StatusForbidden, d.call("admin", "POST", confirm, nil), nil)
	if !strings.Contains(refused.body, `"changes.own_by_token"`) {
		t.Errorf("it says %s", refused.body)
	}
	admin := owner(t, d, "admin")
	tx := d.deps.DB.MustBegin()
	tx.MustExec(`SELECT act($1, 'token', $2)`, "user:"+admin, d.tokens["admin"])
	if _, err := tx.Exec(`UPDATE change_requests SET state = 'confirmed', decided_at = now() WHERE id = $1`, u.Change.ID); err == nil ||
		!strings.Contains(err.Error(), "confirm it yourself") {
		t.Errorf("with psql and the token: %v", err)
	}
	_ = tx.Rollback()
	d.confirm()
	if approves() != 1 {
		t.Error("the admin confirmed it at the desk, and nothing came of it")
	}
}

// owner returns the number of the user whose token is called so.
func owner(t *testing.T, d *desk, name string) (id string) {
	t.Helper()
	if err := d.deps.DB.Get(&id, `SELECT user_id FROM api_tokens WHERE id = secret_id('api_tokens', $1)`, []byte(d.tokens[name])); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestATokenTakesNoFactorAway: with psql, somebody's token and the application's
// login, nobody takes away what that user proves themselves by.
func TestATokenTakesNoFactorAway(t *testing.T) {
	t.Parallel()
	o, _ := walled(t)
	admin := owner(t, o.desk, "admin")
	o.db.Owner.MustExec(`ALTER TABLE second_factors DISABLE TRIGGER USER`)
	o.db.Owner.MustExec(`INSERT INTO second_factors (user_id, secret_sealed, confirmed_at, created_at) VALUES ($1, 'x', now(), now())`, admin)
	o.db.Owner.MustExec(`ALTER TABLE second_factors ENABLE TRIGGER USER`)
	for _, statement := range []string{`DELETE FROM second_factors`, `UPDATE second_factors SET confirmed_at = NULL`, `UPDATE second_factors SET last_step = 9`} {
		tx := o.db.App.MustBegin()
		tx.MustExec(`SELECT act($1, 'token', $2)`, "user:"+admin, o.tokens["admin"])
		if _, err := tx.Exec(statement); err == nil || !strings.Contains(err.Error(), "sign in for that") {
			t.Errorf("%s: %v", statement, err)
		}
		_ = tx.Rollback()
	}
}

// TestATokenLooksAtNothing: what was done alone is for another admin's eyes, and what
// waits for a person takes a token that may decide for them, with psql as well.
func TestATokenLooksAtNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	boss := o.addUser("boss", accounts.User{Admin: true}) // by the command line alone
	o.addToken("all but approve", boss, accounts.Scopes{accounts.ScopeRead, accounts.ScopePlan, accounts.ScopeAdmin})
	pgtest.Unguarded(t, o.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO bounce_trays (provider, opened_at, suppressed, delivered, usual) VALUES ('outlook', now(), 20, 100, 0)`)
	})
	id := owner(t, o.desk, "boss")
	for _, c := range []struct{ token, statement, says string }{
		{"boss", `UPDATE change_requests SET seen_at = now() WHERE alone`, "look at it yourself"},
		{"all but approve", `UPDATE bounce_trays SET state = 'dismissed', decided_at = now(), members = 0`, "lacks the scope approve"},
	} {
		tx := o.db.App.MustBegin()
		tx.MustExec(`SELECT act($1, 'token', $2)`, "user:"+id, o.tokens[c.token])
		if _, err := tx.Exec(c.statement); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.statement, err)
		}
		_ = tx.Rollback()
	}
	o.want(http.StatusForbidden, o.call("all but approve", "POST", "/bounce-trays/1/decide", `{"state":"dismissed","members":0}`), nil)
}
