package main

import (
	"bytes"
	"strings"
	"testing"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/seal"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	const password = "correct horse battery"
	pgtest.Label(t, db.Owner, "de")
	command := func(stdin string, args ...string) (status int, out, trouble string) {
		var stdout, stderr bytes.Buffer
		args = append(args, "--database-url", db.AppURL, "--secret", pgtest.Secret)
		status = run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
		return status, stdout.String(), stderr.String()
	}
	for _, c := range []struct {
		stdin  string
		args   []string
		status int
		says   string
	}{
		{"short\n", []string{"user", "add", "an@shop.nl", "--name", "An", "--admin", "--password-stdin"}, exitTrouble,
			"password"},
		{password + "\n", []string{"user", "add", "an@shop.nl", "--name", "An", "--admin", "--password-stdin"}, exitDone,
			"user 1: an@shop.nl\n"},
		{"", []string{"user", "add", "an@shop.nl", "--name", "An"}, exitTrouble, "exists already"},
		{"", []string{"user", "add", "bo@shop.nl", "--name", "Bo", "--role", "nl:planner"}, exitTrouble, `label "nl" doesn't exist`},
		{"", []string{"user", "add", "bo@shop.nl", "--name", "Bo", "--role", "planner"}, exitTrouble, "nl:planner"},
		{"", []string{"user", "add", "bo@shop.nl", "--name", "Bo"}, exitDone, "http://localhost:8082/signin/reset/"},
		{"", []string{"user", "passwd", "bo@shop.nl"}, exitDone, "http://localhost:8082/signin/reset/"},
		{"", []string{"user", "passwd", "no@shop.nl"}, exitTrouble, "doesn't exist"},
		{"", []string{"user", "add", "ed@shop.nl", "--name", "Ed", "--admin"}, exitDone, "user "},
		{"", []string{"user", "add", "fay@shop.nl", "--name", "Fay"}, exitDone, "waits until an admin confirms it: add the user Fay"},
		{"", []string{"change", "list"}, exitDone, "add the user Fay"},
		{"", []string{"change", "confirm", "3"}, exitTrouble, "someone else must decide"},
		{"", []string{"user", "recover", "an@shop.nl"}, exitDone, "waits until an admin confirms it"},
		{"", []string{"bounces", "lift"}, exitDone, "0 suppressions of 0 members are by mails that never left"},
		{"", []string{"bounces", "lift", "--count", "3"}, exitTrouble, "you were shown 3 suppressions"},
		{"", []string{"webhooks"}, exitDone, "No service may post"},
		{"", []string{"webhooks", "--webhooks", "mailgun="}, exitTrouble, "needs the webhook signing key"},
		{"", []string{"webhooks", "--webhooks", "postmark=;kumomta="}, exitDone, "https://label.example/w/postmark/"},
		{"", []string{"user", "token", "an@shop.nl", "--name", "import", "--days=-1"}, exitTrouble, "in the future"},
		{"", []string{"user", "token", "an@shop.nl", "--name", "import", "--days=400"}, exitTrouble, "for a year at most"},
		{"", []string{"user", "token", "an@shop.nl", "--name", "import", "--scopes", "read,all"}, exitTrouble, "by some of read plan"},
		{"", []string{"user", "token", "an@shop.nl", "--name", "robot", "--scopes", "approve"}, exitTrouble, "no password"},
		{"a wrong password\n", []string{"user", "token", "an@shop.nl", "--name", "robot", "--scopes", "approve"}, exitTrouble,
			"don't belong"},
		{password + "\n", []string{"user", "token", "an@shop.nl", "--name", "robot", "--scopes", "read,approve"}, exitDone,
			"keur_"},
	} {
		status, out, trouble := command(c.stdin, c.args...)
		if status != c.status || !strings.Contains(out+trouble, c.says) {
			t.Errorf("%q: status %d, %s%s", c.args, status, out, trouble)
		}
	}

	store := accounts.NewStore(db.App, clock.System{}, pgtest.Key())
	box, err := seal.New([]byte(pgtest.Secret))
	if err != nil {
		t.Fatal(err)
	}
	signIns := accounts.NewSignIns(accounts.SignInParts{Users: store, Factors: accounts.NewFactors(store, box), Box: box})
	if _, err := signIns.SignIn(t.Context(), "an@shop.nl", password, accounts.Origin{Address: "192.0.2.1"}); err != nil {
		t.Errorf("the password doesn't sign in: %v", err)
	}
	_, token, _ := command("", "user", "token", "an@shop.nl", "--name", "import")
	if u, _, err := accounts.NewTokens(store).User(t.Context(), strings.TrimSpace(token)); err != nil || !u.Admin {
		t.Errorf("token %q is for %+v, %v", token, u, err)
	}
	var actor string
	if err := db.Owner.Get(&actor, `SELECT DISTINCT actor FROM audit_log WHERE action LIKE 'users.%'`); err != nil || !strings.HasPrefix(actor, "console:") {
		t.Errorf("the trail says it was %q, %v", actor, err)
	}
}

func TestDeskIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	add := []string{"user", "add", "an@shop.nl", "--name", "An"}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--database-url", db.OwnerURL}, "a superuser, whom no rule of the base binds"},
		{[]string{"--database-url", db.AppURL}, "set KEUR_SECRET"},
		{[]string{"--database-url", db.AppURL, "--secret", "short"}, "at least 16"},
	} {
		status, _, trouble := keur(t, append(add, c.args...)...)
		if status != exitTrouble || !strings.Contains(trouble, c.says) {
			t.Errorf("%q: status %d, %s", c.args, status, trouble)
		}
	}
	var marks string
	if err := db.Owner.Get(&marks, `SELECT obj_description('goose_db_version'::regclass, 'pg_class')`); err != nil {
		t.Fatal(err)
	}
	db.Owner.MustExec(`COMMENT ON TABLE goose_db_version IS '` + strings.Join(strings.Fields(marks)[:5], " ") + `'`)
	status, _, trouble := keur(t, append(add, "--database-url", db.AppURL)...)
	if status != exitTrouble || !strings.Contains(trouble, "has schema 5") || !strings.Contains(trouble, "run keur migrate") {
		t.Errorf("an old schema: status %d, %s", status, trouble)
	}
}
