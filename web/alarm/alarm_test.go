package alarm_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/web/webtest"
)

// alarmed is a desk with a send of which Google's members complained, and a warning
// over the day.
func alarmed(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 1)
	d.Plan()
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO part_authors (hash, user_id, kind) SELECT hash, $1, kind FROM parts_of_revision($2) ON CONFLICT DO NOTHING`,
			d.Users["planner"].ID, d.Planned.RevisionID)
		tx.MustExec(`INSERT INTO mail_alarms (kind, provider, domain, span, send_id, level, mails, events, raised_at, mails_now, events_now, looked_at)
			VALUES ('complaints', 'google', 'zuinig.example', 'send', $1, 'alarm', 12000, 41, $2, 12000, 63, $2::timestamptz + interval '1 day'),
			       ('hard_bounces', 'google', 'zuinig.example', 'day', NULL, 'warning', 12000, 250, $2, 12000, 250, $2)`, d.Planned.ID, d.Clock.Now())
	})
	return d
}

func says(t *testing.T, where, body string, want bool, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(body, w) != want {
			t.Errorf("%s says %q: %t", where, w, !want)
		}
	}
}

// Alarms wait on Today: all for admins, those of sends for who wrote them. They stand
// on the provider's page and with the outcome, until a person acknowledges them.
func TestAnAlarmIsSeenAndAcknowledged(t *testing.T) {
	t.Parallel()
	d := alarmed(t)
	admin, planner, viewer := d.As("admin"), d.As("planner"), d.As("viewer")
	const share, bounces = "0.34% of 12,000 mails", "2.1% of 12,000 mails"
	ofSend := fmt.Sprintf("/sends/%d/alarms/1", d.Planned.ID)
	says(t, "Today of an admin", admin.Get("/").Body, true, share, bounces, `href="/alarms/1"`, `href="/alarms/2"`)
	today := planner.Get("/").Body
	says(t, "Today of who wrote it", today, true, share, `href="`+ofSend+`"`)
	says(t, "Today of who wrote it", today, false, bounces)
	says(t, "Today of a viewer", viewer.Get("/").Body, false, share, bounces)
	says(t, "the provider's page", admin.Get("/settings/mail-providers/of/google").Body, true, share, bounces)
	says(t, "the alarm", planner.Get(ofSend).Body, true, share, "63 of 12,000 mails", "Acknowledge")
	if r := planner.Get(strings.TrimSuffix(ofSend, "1") + "2"); r.Status != http.StatusNotFound {
		t.Errorf("an alarm of no send below a send: %d", r.Status)
	}
	if r := planner.Post(ofSend, url.Values{"reason": {" "}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", r.Status)
	}
	reason := url.Values{"reason": {"those who never opened are left out"}}
	if r := planner.Post(ofSend, reason); r.Header.Get("Location") != ofSend {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says(t, "the alarm", admin.Get("/alarms/1").Body, true, "those who never opened are left out", "Test Planner")
	if r := admin.Post("/alarms/1", reason); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("acknowledged twice: %d", r.Status)
	}
	says(t, "Today", planner.Get("/").Body, false, share)
	says(t, "Today", admin.Get("/").Body, false, share)
	if r := admin.Post("/alarms/2", reason); r.Header.Get("Location") != "/alarms/2" {
		t.Errorf("%d", r.Status)
	}
}

// The outcome of a mailing has its alarms, for who plans or approves.
func TestAnOutcomeHasItsAlarms(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 40)
	d.Sent(webtest.Postman{})
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO mail_alarms (kind, provider, domain, span, send_id, level, mails, events, raised_at, mails_now, events_now, looked_at)
			VALUES ('complaints', 'google', 'zuinig.example', 'send', $1, 'alarm', 1000, 4, $2, 1000, 4, $2)`, d.Planned.ID, d.Clock.Now())
	})
	for _, path := range []string{webtest.MailingPath(d.Planned.MailingID) + "/outcome", "/sends/" + webtest.Itoa(d.Planned.ID)} {
		says(t, path, d.As("planner").Get(path).Body, true, "0.40% of 1,000 mails")
		says(t, path, d.As("viewer").Get(path).Body, false, "0.40% of 1,000 mails")
	}
	d.Look("planner", "alarm_outcome", webtest.MailingPath(d.Planned.MailingID)+"/outcome")
}

// An admin sets from which shares on people are told, and takes it back.
func TestLimitsAreSetAndTakenBack(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, page := d.As("admin"), "/settings/mail-providers/of/google"
	says(t, "the page", admin.Get(page).Body, true, `value="0.30"`, `value="5.00"`, `value="1000"`, "Nobody was warned")
	form := url.Values{"at_least": {"500"}, "complaints_warning": {"0.05"}, "complaints_alarm": {"0.255"},
		"hard_warning": {"1"}, "hard_alarm": {"3"}}
	if r := admin.Post(page+"/alarms", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "two digits") {
		t.Errorf("a share of three digits: %d", r.Status)
	}
	form.Set("complaints_alarm", "0.25")
	if r := admin.Post(page+"/alarms", form); r.Header.Get("Location") != page {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says(t, "the page", admin.Get(page).Body, true, `value="0.05"`, `value="0.25"`, `value="500"`, "Take these limits back")
	if r := admin.Post(page+"/alarms/restore", nil); r.Header.Get("Location") != page {
		t.Errorf("%d", r.Status)
	}
	says(t, "the page", admin.Get(page).Body, true, `value="0.30"`)
	if r := admin.Post("/settings/mail-providers/of/A%20B/alarms", form); r.Status != http.StatusNotFound {
		t.Errorf("of no provider: %d", r.Status)
	}
}

func TestLookAtAlarms(t *testing.T) {
	t.Parallel()
	d := alarmed(t)
	d.Look("admin", "alarm", "/alarms/1")
	d.Look("admin", "alarm_provider", "/settings/mail-providers/of/google")
	d.Look("admin", "alarm_today", "/")
}
