package settings_test

import (
	"image"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/web/webtest"
)

// labelFields are the label's form as a browser sends it.
func labelFields(d *webtest.Desk) url.Values {
	d.T.Helper()
	return d.As("admin").Form("/settings/labels/" + webtest.Itoa(d.Label.ID))
}

func TestLabelIsEdited(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, path, fields := d.As("admin"), "/settings/labels/"+webtest.Itoa(d.Label.ID), labelFields(d)
	fields["cap_scope"], fields["cap_days"], fields["cap_at_most"] = []string{"label", "label"}, []string{"", "7"}, []string{"", "3"}
	fields.Set("quiet_from", "21:30")
	fields.Set("quiet_until", "07:00")
	fields["blackout_day"], fields["blackout_reason"] = []string{"2026-12-25"}, []string{"Christmas"}
	fields["sender_name"], fields["sender_address"] = append(fields["sender_name"], ""), append(fields["sender_address"], "")
	fields.Set("imprint_address", "Herengracht 2\r\n1015 BR Amsterdam")
	if r := admin.Post(path, fields); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	page := admin.Get(path).Body
	for _, want := range []string{
		"From now on members get at most 3 mails of this label in 7 days.", "between 21:30 and 07:00 (Amsterdam)",
		"No mail leaves on 25 December 2026.", "Mailings made from now on", "Test Admin",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	l, err := d.Labels.Get(t.Context(), d.Label.ID)
	if err != nil || len(l.Caps) != 1 || len(l.Senders) != 1 || l.ImprintAddress != "Herengracht 2\n1015 BR Amsterdam" {
		t.Errorf("%+v %v", l, err)
	}
	if r := admin.Post(path, fields); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "in the meantime") {
		t.Errorf("over someone else's: %d", r.Status)
	}
	fields.Set("version", "2")
	fields["sender_address"] = []string{"no address", ""}
	if r := admin.Post(
		path, fields,
	); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `value="no address"`) ||
		!strings.Contains(r.Body, "senders[0].address-fault") {
		t.Errorf("a wrong sender: %d", r.Status)
	}
}

func TestALabelGetsALogo(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, path := d.As("admin"), "/settings/labels/"+webtest.Itoa(d.Label.ID)
	var drawn strings.Builder
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 120, 40))); err != nil {
		t.Fatal(err)
	}
	logo := func() string {
		l, err := d.Labels.Get(t.Context(), d.Label.ID)
		if err != nil {
			t.Fatal(err)
		}
		return l.Logo
	}
	for _, files := range []map[string]string{nil, {"file": "no picture"}} {
		if r := admin.Files(path+"/logo", nil, files); r.Status != http.StatusUnprocessableEntity || logo() != "" {
			t.Errorf("%v: %d, %q", files, r.Status, logo())
		}
	}
	if r := admin.Files(path+"/logo", nil, map[string]string{"file": drawn.String()}); r.Status != http.StatusSeeOther || logo() == "" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := admin.Get(path).Body; !strings.Contains(page, `src="/creatives/`+logo()) {
		t.Error("the page doesn't show it")
	}
	if r := d.As("viewer").Get("/creatives/" + logo()); r.Status != http.StatusOK {
		t.Errorf("whoever has the label gets %d", r.Status)
	}
	if r := admin.Post(path, labelFields(d)); r.Status != http.StatusSeeOther || logo() == "" {
		t.Errorf("saved without the logo: %d, %q", r.Status, logo())
	}
	if r := admin.Multipart(path+"/logo", url.Values{"do": {"remove"}}); r.Status != http.StatusSeeOther || logo() != "" {
		t.Errorf("%d, %q", r.Status, logo())
	}
}

func TestLabelIsMade(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, fields := d.As("admin"), labelFields(d)
	fields.Set("code", "de")
	fields.Set("name", "Sparpfad")
	fields.Set("list_id", "angebote.sparpfad.example")
	if r := admin.Post("/settings/labels/new", fields); r.Header.Get("Location") != "/settings/dkim?label=de" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := admin.Post(
		"/settings/labels/sample", url.Values{"locale": {"de"}, "accent": {"#f5c211"}, "imprint_name": {"Sparpfad GmbH"}},
	); !strings.Contains(r.Body, "Abmelden") || !strings.Contains(r.Body, `fill="#f5c211"`) ||
		!strings.Contains(r.Body, "state care") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestCapsAcrossLabels(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin := d.As("admin")
	if r := admin.Post("/settings/caps", url.Values{"cap_days": {"7", ""}, "cap_at_most": {"5", ""}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := admin.Get("/settings/caps"); !strings.Contains(
		r.Body, "From now on members get at most 5 mails of all labels together in 7 days.",
	) {
		t.Error("nobody says what it means for members")
	}
	if r := admin.Post(
		"/settings/caps", url.Values{"cap_days": {"0"}, "cap_at_most": {"x"}},
	); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, `value="x"`) {
		t.Errorf("%d", r.Status)
	}
	caps, err := d.Labels.SharedCaps(t.Context())
	if err != nil || !slices.Equal(caps, []labels.Cap{{Scope: labels.AcrossLabels, Days: 7, AtMost: 5}}) {
		t.Errorf("%v %v", caps, err)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin := d.As("admin")
	made := admin.Post("/settings/people", url.Values{"name": {"Sanne Hoekstra"}, "email": {"sanne@publisher.example"}, "locale": {"nl"}})
	path := made.Header.Get("Location")
	if made.Status != http.StatusSeeOther || d.Mailed("sanne@publisher.example") == "" {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	if page := admin.Get(path).Body; !strings.Contains(page, "reaches nobody") || strings.Contains(page, "invited by mail") {
		t.Error("it is said that a mail left that was caught")
	}
	box := webtest.Itoa(d.Label.ID) + ":planner"
	r := admin.Post(path, url.Values{"name": {"Sanne Hoekstra"}, "email": {"sanne@publisher.example"}, "locale": {"nl"}, "role": {box}})
	if page := strings.Join(
		strings.Fields(admin.Get(path).Body), " ",
	); r.Status != http.StatusSeeOther || !strings.Contains(page, "may for Spaarzegel: planner") ||
		!strings.Contains(page, `value="`+box+`" aria-label="Spaarzegel: planner" checked`) {
		t.Errorf("%d %s", r.Status, page)
	}
	self := "/settings/people/" + webtest.Itoa(d.Users["admin"].ID)
	if r := admin.Post(self+"/disable", url.Values{}); r.Status != http.StatusNotFound {
		t.Errorf("an admin locked themselves out: %d", r.Status)
	}
	admin.Post(self, url.Values{"name": {"Test Admin"}, "email": {d.Users["admin"].Email}, "locale": {"en"}})
	if u, err := d.Accounts.Get(t.Context(), d.Users["admin"].ID); err != nil || !u.Admin {
		t.Errorf("an admin is none any more: %v", err)
	}
	viewer := d.As("viewer")
	admin.Post("/settings/people/"+webtest.Itoa(d.Users["viewer"].ID)+"/disable", url.Values{})
	if r := viewer.Get("/account"); r.Status != http.StatusSeeOther {
		t.Errorf("locked out, and still in: %d", r.Status)
	}
	if r := admin.Get("/settings/people?format=data"); !strings.Contains(r.Body, "nl:planner") {
		t.Errorf("%s", r.Body)
	}
	if r := admin.Get(
		"/settings/people?q=hoekstra&role=" + string(accounts.Planner),
	); !strings.Contains(r.Body, "Sanne Hoekstra") ||
		strings.Contains(r.Body, "viewer@") {
		t.Error("the list isn't narrowed")
	}
}

func TestLookAtLabelSettings(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Look("admin", "settings_labels", "/settings/labels")
	d.Look("admin", "settings_label", "/settings/labels/"+webtest.Itoa(d.Label.ID))
	d.Look("admin", "settings_caps", "/settings/caps")
}

func TestLookAtPeople(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Look("admin", "settings_people", "/settings/people")
	d.Look("admin", "settings_person", "/settings/people/"+webtest.Itoa(d.Users["planner"].ID))
}

// TestWhatAProviderRefusesIsDecided shows the admin who waits, and takes one
// decision for all of them.
func TestWhatAProviderRefusesIsDecided(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO bounce_trays (provider, opened_at, suppressed, delivered, usual) VALUES ('outlook', now(), 20, 100, 0.03)`)
		tx.MustExec(`INSERT INTO suppressions (member_id, reason, said, provider, tray_id)
			VALUES (1, 'hard_bounce', '550 5.5.0 no such user', 'outlook', 1)`)
	})
	admin := d.As("admin")
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO provider_limits (provider, kind, value, since, until, pattern, said)
			SELECT p, k, n, $1::timestamptz, $1::timestamptz + interval '1 hour', 'unusual rate', 'our system has detected an unusual rate of mail'
			  FROM (VALUES ('google', 'rate', 10), ('yahoo', 'rate', 0), ('outlook', 'connections', 1), ('outlook', 'messages', 2)) v(p, k, n)`, d.Clock.Now())
	})
	page := admin.Get("/settings/bounces")
	for _, words := range []string{
		"10 mails a minute", "no mail for now", "1 connection at once", "2 mails a connection", "has detected an unusual rate",
	} {
		if !strings.Contains(page.Body, words) {
			t.Errorf("of who is slowed down the page doesn't say %q", words)
		}
	}
	for _, words := range []string{"outlook", "550 5.5.0 no such user", "20 %", "/settings/bounces/1/dismissed"} {
		if !strings.Contains(page.Body, words) {
			t.Errorf("the page doesn't say %q: %d", words, page.Status)
		}
	}
	d.Look("admin", "settings_bounces", "/settings/bounces")
	if r := admin.Post("/settings/bounces/1/confirmed", url.Values{"members": {"7"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a decision on others than were shown: %d", r.Status)
	}
	if r := admin.Post("/settings/bounces/1/dismissed", url.Values{"members": {"1"}}); r.Header.Get("Location") != "/settings/bounces" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if n := pgtest.Count(t, d.DB, `SELECT count(*) FROM suppressions WHERE tray_id IS NOT NULL`); n != 0 {
		t.Errorf("%d still wait", n)
	}
}

// One of two admins proposes a label at the desk and the other confirms it.
func TestLabelIsMadeByTwo(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.AddUser("second", accounts.User{Admin: true})
	fields := labelFields(d)
	fields.Set("code", "de")
	fields.Set("name", "Sparpfad")
	fields.Set("list_id", "angebote.sparpfad.example")
	if r := d.As("admin").Post("/settings/labels/new", fields); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	made := func() bool {
		_, err := d.Labels.ByCode(t.Context(), "de")
		if err != nil && !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	waits := d.As("second").Get("/settings/changes")
	confirm := regexp.MustCompile(`/settings/changes/[0-9]+/confirm`).FindString(waits.Body)
	if made() || confirm == "" || !strings.Contains(waits.Body, "Sparpfad") {
		t.Fatalf("one admin made it, or it isn't proposed: %s", waits.Body)
	}
	if own := d.As("admin").Get("/settings/changes"); strings.Contains(own.Body, confirm) {
		t.Error("who proposed it is offered to confirm it")
	}
	if r := d.As("admin").Post(confirm, url.Values{}); r.Status != http.StatusUnprocessableEntity || made() {
		t.Errorf("who proposed it confirms: %d", r.Status)
	}
	if r := d.As("second").Post(confirm, url.Values{}); r.Status != http.StatusSeeOther || !made() {
		t.Errorf("another confirms: %d %s", r.Status, r.Body)
	}
}
