package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/accounts"
	"keur/web"
	"keur/web/webtest"
)

// TestWhoIsAloneProvesItToo: while one admin may change alone what decides who may
// approve and where mail comes from, a browser that is found signed in may not.
func TestWhoIsAloneProvesItToo(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, found := d.As("admin"), webtest.Unproven(d, "admin")
	viewer, label := "/settings/people/"+webtest.Itoa(d.Users["viewer"].ID), "/settings/labels/"+webtest.Itoa(d.Label.ID)
	policy := "/settings/policies/" + webtest.Itoa(d.Label.ID)
	with := func(form url.Values, name string, values ...string) url.Values {
		form[name] = values
		return form
	}
	for _, c := range []struct {
		path string
		form url.Values
		done string
	}{
		{"/settings/people", url.Values{"name": {"Sanne"}, "email": {"sanne@publisher.example"}, "locale": {"nl"}}, `SELECT EXISTS (SELECT FROM users WHERE name = 'Sanne')`},
		{
			viewer, with(admin.Form(viewer), "role", webtest.Itoa(d.Label.ID)+":approver"),
			`SELECT EXISTS (SELECT FROM user_roles JOIN users u ON u.id = user_id WHERE role = 'approver' AND u.name = 'Test Viewer')`,
		},
		{label, with(admin.Form(label), "seed_address", "extra@elsewhere.example"), `SELECT EXISTS (SELECT FROM seed_addresses WHERE address LIKE 'extra@%')`},
		{policy, with(admin.Form(policy), "drift_percent", "77"), `SELECT EXISTS (SELECT FROM approval_policies WHERE drift_percent = 77)`},
		{
			"/settings/routes/new", url.Values{
				"name": {"Elsewhere"}, "host": {"mail.example"}, "port": {"587"}, "tls": {"starttls"}, "verify": {"yes"}, "auth": {"none"},
				"connections": {"5"}, "messages_per_connection": {"100"},
			}, `SELECT EXISTS (SELECT FROM smtp_routes WHERE name = 'Elsewhere')`,
		},
		{"/settings/keys", url.Values{}, `SELECT count(*) > 1 FROM token_keys`},
	} {
		d.Owner.MustExec(`DELETE FROM session_proofs`)
		done := func() (is bool) {
			noError(t, d.Owner.Get(&is, c.done))
			return is
		}
		page := found.Post(c.path, c.form)
		if page.Status != http.StatusForbidden || !strings.Contains(page.Body, `action="/proof`) || done() {
			t.Errorf("%s without a proof: %d, done %t", c.path, page.Status, done())
		}
		webtest.Prove(d, "admin")
		if got := found.Post(c.path, c.form); got.Status >= http.StatusBadRequest || !done() {
			t.Errorf("%s with a proof: %d %s", c.path, got.Status, got.Body)
		}
	}
}

// TestWhatWasDoneAloneIsForAPersonsEyes: another admin, who proves to be there, says
// that they looked at it.
func TestWhatWasDoneAloneIsForAPersonsEyes(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.AddUser("boss", accounts.User{Admin: true}) // by the command line alone
	var id int
	noError(t, d.Owner.Get(&id, `SELECT max(id) FROM change_requests WHERE alone AND seen_by IS NULL`))
	seen := func() (is bool) {
		noError(t, d.Owner.Get(&is, `SELECT seen_by IS NOT NULL FROM change_requests WHERE id = $1`, id))
		return is
	}
	found, path := webtest.Unproven(d, "boss"), "/settings/changes/"+webtest.Itoa(id)+"/see"
	if page := found.Post(path, nil); page.Status != http.StatusForbidden || !strings.Contains(page.Body, `action="/proof`) || seen() {
		t.Errorf("without a proof: %d %s", page.Status, page.Body)
	}
	webtest.Prove(d, "boss")
	if page := found.Post(path, nil); page.Status != http.StatusSeeOther || !seen() {
		t.Errorf("with a proof: %d %s", page.Status, page.Body)
	}
}

// TestEachPageOfTheSettingsSaysThatThereIsOneAdmin, and to a second one that they
// have something to look through, until they did.
func TestEachPageOfTheSettingsSaysThatThereIsOneAdmin(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	replace := strings.NewReplacer(":label", webtest.Itoa(d.Label.ID), ":person", webtest.Itoa(d.Users["viewer"].ID))
	says := func(user, words string, want bool) {
		t.Helper()
		s, pages := d.As(user), 0
		for _, r := range web.Routes(d.Deps) {
			path := replace.Replace(r.Path)
			if r.Method != http.MethodGet || !strings.HasPrefix(path, "/settings/") || strings.Contains(path, ":") {
				continue
			}
			page := s.Get(path)
			if page.Status != http.StatusOK || !strings.Contains(page.Body, "<html") {
				continue // a part of a page
			}
			if pages++; strings.Contains(page.Body, words) != want {
				t.Errorf("%s says %q: %t", path, words, !want)
			}
		}
		if pages < 15 {
			t.Errorf("%d pages were looked at", pages)
		}
	}
	says("admin", "There is one admin", true)
	d.AddUser("boss", accounts.User{Admin: true}) // by the command line alone
	says("boss", "There is one admin", false)
	says("boss", "made by one admin alone", true)
	d.Owner.MustExec(`ALTER TABLE change_requests DISABLE TRIGGER USER`)
	d.Owner.MustExec(`UPDATE change_requests SET seen_by = 'user:9', seen_at = now() WHERE alone`)
	d.Owner.MustExec(`ALTER TABLE change_requests ENABLE TRIGGER USER`)
	says("boss", "made by one admin alone", false)
}
