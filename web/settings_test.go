package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"keur/accounts"
	"keur/labels"
)

// labelFields are the label's form as a browser sends it.
func (d *testDesk) labelFields() url.Values {
	d.t.Helper()
	return d.as("admin").form("/settings/labels/" + itoa(d.Label.ID))
}

func TestLabelIsEdited(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	admin, path, fields := d.as("admin"), "/settings/labels/"+itoa(d.Label.ID), d.labelFields()
	fields["cap_scope"], fields["cap_days"], fields["cap_at_most"] = []string{"label", "label"}, []string{"", "7"}, []string{"", "3"}
	fields.Set("quiet_from", "21:30")
	fields.Set("quiet_until", "07:00")
	fields["blackout_day"], fields["blackout_reason"] = []string{"2026-12-25"}, []string{"Christmas"}
	fields["sender_name"], fields["sender_address"] = append(fields["sender_name"], ""), append(fields["sender_address"], "")
	fields.Set("imprint_address", "Herengracht 2\r\n1015 BR Amsterdam")
	if r := admin.post(path, fields); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	page := admin.get(path).body
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
	if r := admin.post(path, fields); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "in the meantime") {
		t.Errorf("over someone else's: %d", r.status)
	}
	fields.Set("version", "2")
	fields["sender_address"] = []string{"no address", ""}
	if r := admin.post(path, fields); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, `value="no address"`) || !strings.Contains(r.body, "senders[0].address-fault") {
		t.Errorf("a wrong sender: %d", r.status)
	}
}

func TestLabelIsMade(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	admin, fields := d.as("admin"), d.labelFields()
	fields.Set("code", "de")
	fields.Set("name", "Sparpfad")
	fields.Set("list_id", "angebote.sparpfad.example")
	if r := admin.post("/settings/labels/new", fields); r.header.Get("Location") != "/settings/dkim?label=de" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := admin.post("/settings/labels/sample", url.Values{"locale": {"de"}, "accent": {"#f5c211"}, "imprint_name": {"Sparpfad GmbH"}}); !strings.Contains(r.body, "Abmelden") || !strings.Contains(r.body, `fill="#f5c211"`) || !strings.Contains(r.body, "state care") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestCapsAcrossLabels(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	admin := d.as("admin")
	if r := admin.post("/settings/caps", url.Values{"cap_days": {"7", ""}, "cap_at_most": {"5", ""}}); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := admin.get("/settings/caps"); !strings.Contains(r.body, "From now on members get at most 5 mails of all labels together in 7 days.") {
		t.Error("nobody says what it means for members")
	}
	if r := admin.post("/settings/caps", url.Values{"cap_days": {"0"}, "cap_at_most": {"x"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, `value="x"`) {
		t.Errorf("%d", r.status)
	}
	caps, err := d.Labels.SharedCaps(t.Context())
	if err != nil || !slices.Equal(caps, []labels.Cap{{Scope: labels.AcrossLabels, Days: 7, AtMost: 5}}) {
		t.Errorf("%v %v", caps, err)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	admin := d.as("admin")
	made := admin.post("/settings/people", url.Values{"name": {"Sanne Hoekstra"}, "email": {"sanne@publisher.example"}, "locale": {"nl"}})
	path := made.header.Get("Location")
	if made.status != http.StatusSeeOther || d.mailed("sanne@publisher.example") == "" {
		t.Fatalf("%d %s", made.status, made.body)
	}
	box := itoa(d.Label.ID) + ":planner"
	r := admin.post(path, url.Values{"name": {"Sanne Hoekstra"}, "email": {"sanne@publisher.example"}, "locale": {"nl"}, "role": {box}})
	if page := admin.get(path).body; r.status != http.StatusSeeOther || !strings.Contains(page, "may for Spaarzegel: planner") || !strings.Contains(page, `value="`+box+`" aria-label="Spaarzegel: planner" checked`) {
		t.Errorf("%d %s", r.status, page)
	}
	self := "/settings/people/" + itoa(d.users["admin"].ID)
	if r := admin.post(self+"/disable", url.Values{}); r.status != http.StatusNotFound {
		t.Errorf("an admin locked themselves out: %d", r.status)
	}
	admin.post(self, url.Values{"name": {"Test Admin"}, "email": {d.users["admin"].Email}, "locale": {"en"}})
	if u, err := d.Accounts.Get(t.Context(), d.users["admin"].ID); err != nil || !u.Admin {
		t.Errorf("an admin is none any more: %v", err)
	}
	viewer := d.as("viewer")
	admin.post("/settings/people/"+itoa(d.users["viewer"].ID)+"/disable", url.Values{})
	if r := viewer.get("/account"); r.status != http.StatusSeeOther {
		t.Errorf("locked out, and still in: %d", r.status)
	}
	if r := admin.get("/settings/people?format=csv"); !strings.Contains(r.body, "nl:planner") {
		t.Errorf("%s", r.body)
	}
	if r := admin.get("/settings/people?q=hoekstra&role=" + string(accounts.Planner)); !strings.Contains(r.body, "Sanne Hoekstra") || strings.Contains(r.body, "viewer@") {
		t.Error("the list isn't narrowed")
	}
}

func TestLookAtLabelSettings(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.look("admin", "settings_labels", "/settings/labels")
	d.look("admin", "settings_label", "/settings/labels/"+itoa(d.Label.ID))
	d.look("admin", "settings_caps", "/settings/caps")
}

func TestLookAtPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.look("admin", "settings_people", "/settings/people")
	d.look("admin", "settings_person", "/settings/people/"+itoa(d.users["planner"].ID))
}
