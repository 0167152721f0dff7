package mailprovider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

const home = "/settings/mail-providers"

// mustSay fails unless the page says all of the words.
func mustSay(t *testing.T, body string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(body, w) {
			t.Errorf("the page doesn't say %q", w)
		}
	}
}

// An admin changes what a provider takes, and restores Keur's own; one that Keur
// doesn't have is added and taken out.
func TestWhatAProviderTakesIsChangedAndRestored(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin := d.As("admin")
	mustSay(t, admin.Get(home).Body, "google", "gmx", "All others", "KumoMTA")
	form := url.Values{"mx": {"google.com\ngooglemail.com"}, "connections": {"7"}, "messages": {"x"}}
	if r := admin.Post(home+"/of/google", form); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a number that is none: %d", r.Status)
	}
	mustSay(t, admin.Get(home+"/of/google").Body, `<option value="">As Keur has it: encrypted, or put off</option>`)
	form.Set("messages", "30")
	form.Set("tls", "maybe")
	r := admin.Post(home+"/of/google", form)
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "ust be required") {
		t.Errorf("a kind of encryption that is none: %d", r.Status)
	}
	form.Set("tls", "opportunistic")
	if r := admin.Post(home+"/of/google", form); r.Header.Get("Location") != home+"/of/google" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	mustSay(t, admin.Get(home+"/of/google").Body, `value="7"`, `value="30"`, `<option value="opportunistic" selected>`, "Keur&#39;s own: 5", "Yours since", "Restore Keur&#39;s own")
	if r := admin.Post(home+"/of/google/restore", nil); r.Header.Get("Location") != home+"/of/google" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if page := admin.Get(home + "/of/google").Body; !strings.Contains(page, `value="5"`) || strings.Contains(page, "Yours since") {
		t.Error("Keur's own isn't restored")
	}
	form = url.Values{"name": {"google"}, "mx": {"hoster.example"}, "connections": {"2"}}
	if r := admin.Post(home+"/new", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "already") {
		t.Errorf("a name that is taken: %d", r.Status)
	}
	form.Set("name", "hoster")
	if r := admin.Post(home+"/new", form); r.Header.Get("Location") != home+"/of/hoster" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := admin.Post(home+"/of/hoster/restore", nil); r.Header.Get("Location") != home {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// A rule is added, changed, switched off and restored; a reply is tried out.
func TestRulesAreChangedAndTriedOut(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, rules := d.As("admin"), home+"/rules"
	try := "?" + url.Values{"of": {"google"}, "said": {"421 4.7.28 an unusual rate of mail"}}.Encode()
	mustSay(t, admin.Get(rules+try).Body, "It hits unusual rate. After 2 within an hour, for 30 minutes:", "at most 10 a minute")
	mustSay(t, admin.Get(rules+"?said=250+fine").Body, "It hits none")
	rule := url.Values{"provider": {"google"}, "pattern": {"unusual rate"}, "at_least": {"1"}, "do": {"nothing"}, "minutes": {"5"}}
	mustSay(t, admin.Get(rules+"/edit?provider=google&pattern=unusual+rate").Body, "unusual rate", `value="30"`)
	if r := admin.Post(rules, rule); r.Header.Get("Location") != rules {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	mustSay(t, admin.Get(rules+try).Body, "half the rate, half the connections")
	mustSay(t, admin.Get(rules+"/edit?provider=google&pattern=unusual+rate").Body, "Keur&#39;s own: after 2 within an hour")
	if r := admin.Post(rules+"/restore", rule); r.Header.Get("Location") != rules {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	rule.Set("new", "yes")
	rule.Set("do", "slow")
	rule.Set("to", "3")
	if r := admin.Post(rules, rule); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Two rules of one provider") {
		t.Errorf("a pattern that is there: %d", r.Status)
	}
	rule.Set("pattern", "^(?!4)")
	if r := admin.Post(rules, rule); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "RE2") {
		t.Errorf("a pattern of Perl: %d", r.Status)
	}
	rule.Set("pattern", "go away")
	if r := admin.Post(rules, rule); r.Header.Get("Location") != rules {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := admin.Get(rules + "/edit?pattern=none"); r.Status != http.StatusNotFound {
		t.Errorf("a rule that isn't there: %d", r.Status)
	}
}

// lively is a desk at which providers took and refused mails.
func lively(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 1)
	now := d.Clock.Now()
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO provider_counts (provider, at, sent, deferred, refused)
			SELECT p, to_timestamp(floor(extract(epoch FROM $1::timestamptz) / 300) * 300) - i * interval '5 minutes', 200 + 7 * (i % 13), i % 5, i % 2
			  FROM generate_series(0, 200) i, (VALUES ('google'), ('outlook'), ('default')) v(p)`, now)
		tx.MustExec(`INSERT INTO provider_limits (provider, kind, value, since, until, pattern, said)
			VALUES ('google', 'rate', 10, $1::timestamptz, $1::timestamptz + interval '30 minutes', 'unusual rate', '421 4.7.28 an unusual rate of mail')`, now)
		tx.MustExec(`INSERT INTO provider_replies (provider, key, said, times, at)
			VALUES ('google', '\x01', '421 4.7.28 our system has detected an unusual rate of mail from your address', 12, $1)`, now)
		tx.MustExec(`INSERT INTO provider_connections (key, worker, provider, used, held, wanted, until)
			VALUES ('provider:google', gen_random_uuid(), 'google', 3, 4, 4, now() + interval '1 hour')`)
	})
	return d
}

// An admin sees how mail to a provider stands, stops it with a reason and resumes
// it, which lifts what its refusals came to.
func TestAProviderIsStoppedAndResumed(t *testing.T) {
	t.Parallel()
	d := lively(t)
	admin, google := d.As("admin"), home+"/of/google"
	mustSay(t, admin.Get(home).Body, "slowed down", "flows")
	mustSay(t, admin.Get(google).Body, "by the rule", "unusual rate", "12 times", "<dd>3</dd>", "data-curve")
	r := admin.Post(google+"/stop", url.Values{"hours": {"2"}})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Say why") {
		t.Errorf("without a reason: %d", r.Status)
	}
	r = admin.Post(google+"/stop", url.Values{"hours": {"2"}, "reason": {"their postmaster asked"}})
	if r.Header.Get("Location") != google {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	mustSay(t, admin.Get(google).Body, "stopped", "their postmaster asked", "Let mail leave again")
	if r := admin.Post(google+"/resume", url.Values{"reason": {"they are fine"}}); r.Header.Get("Location") != google {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := admin.Get(google).Body; strings.Contains(page, "by the rule") || !strings.Contains(page, "they are fine") {
		t.Error("what its refusals came to isn't lifted")
	}
	if r := admin.Post(home+"/of/small.example/stop", url.Values{"reason": {"x"}}); r.Status != http.StatusSeeOther {
		t.Errorf("one that isn't named: %d", r.Status)
	}
	mustSay(t, admin.Get(home).Body, "small.example")
	if r := admin.Get(home + "/of/A%20B"); r.Status != http.StatusNotFound {
		t.Errorf("no name: %d", r.Status)
	}
}

func TestLookAtProviders(t *testing.T) {
	t.Parallel()
	d := lively(t)
	d.Look("admin", "mailproviders", home)
	d.Look("admin", "mailprovider", home+"/of/google")
	d.Look("admin", "mailprovider_others", home+"/of/default")
	d.Look("admin", "mailprovider_new", home+"/new")
	d.Look("admin", "mailprovider_rules", home+"/rules?of=google&said=421+unusual+rate")
	d.Look("admin", "mailprovider_rule", home+"/rules/edit?provider=google&pattern=unusual+rate")
}
