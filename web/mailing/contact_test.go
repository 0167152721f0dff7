package mailing_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/web/webtest"
)

// TestAClientsFirstContactIsProposedInTheFlow: whoever makes a mailing for a
// client without contacts proposes one on Check; it approves once another
// person has said so, and not before.
func TestAClientsFirstContactIsProposedInTheFlow(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec("UPDATE contacts SET may_approve = false, approves_after = NULL") })
	d.AddUser("second", accounts.User{Roles: map[labels.ID][]accounts.Role{d.Label.ID: {accounts.Planner}}})
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	planner, check := d.As("planner"), "/mailings/"+webtest.Itoa(m.ID)
	form := `action="` + check + `/contacts"`
	if part := planner.Get(check + "/foreseen").Body; !strings.Contains(part, form) {
		t.Fatalf("check offers no way to propose a contact: %s", part)
	}
	if part := d.As("approver").Get(check + "/foreseen").Body; strings.Contains(part, form) {
		t.Error("who may not propose a contact is offered it")
	}
	contact := url.Values{
		"advertiser": {webtest.Itoa(d.Advertiser.ID)}, "name": {"Eva de Bruin"}, "email": {"eva"}, "locale": {"nl"},
	}
	got := planner.Post(check+"/contacts", contact)
	if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "data-refused") {
		t.Errorf("half an address: %d", got.Status)
	}
	typed := offeredBy(got.Body, check+"/contacts")
	if !strings.Contains(typed, `value="Eva de Bruin"`) || !strings.Contains(typed, `value="eva"`) || !strings.Contains(typed, `aria-invalid="true"`) ||
		!strings.Contains(typed, `value="nl" selected`) {
		t.Errorf("what was typed isn't asked for again, with what is wrong: %s", typed)
	}
	again := regexp.MustCompile(`hx-get="([^"]*/foreseen[^"]*)"`).FindStringSubmatch(got.Body)[1]
	if part := planner.Get(again).Body; strings.Contains(part, form) {
		t.Errorf("the form stands there twice: %s", again)
	}
	contact.Set("email", "eva@klant.example")
	for id, want := range map[string]int{"999": http.StatusNotFound, webtest.Itoa(d.Advertiser.ID): http.StatusSeeOther} {
		contact.Set("advertiser", id)
		if got := planner.Post(check+"/contacts", contact); got.Status != want {
			t.Errorf("a contact of advertiser %s: %d", id, got.Status)
		}
	}
	lists := func() bool {
		return strings.Contains(strings.Split(planner.Get(check+"/foreseen").Body, "<strong>colleague")[0], "Eva de Bruin")
	}
	page := fmt.Sprintf("/advertisers/%d", d.Advertiser.ID)
	if part := planner.Get(check + "/foreseen").Body; !lists() || !strings.Contains(part, page) || !strings.Contains(part, "nobody") {
		t.Errorf("what waits isn't said: %s", part)
	}
	change := regexp.MustCompile(page + `/contact-changes/[0-9]+`).FindString(planner.Get(page).Body)
	if got := planner.Post(change, url.Values{"verdict": {"confirmed"}}); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("who proposed it confirms it: %d", got.Status)
	}
	if got := d.As("second").Post(change, url.Values{"verdict": {"confirmed"}}); got.Status != http.StatusSeeOther {
		t.Errorf("a second person confirms it: %d %s", got.Status, regexp.MustCompile(`(?s)role="alert".*?</p>`).FindString(got.Body))
	}
	if part := planner.Get(check + "/foreseen").Body; strings.Contains(part, form) || !lists() {
		t.Errorf("the contact can't approve: %s", part)
	}
}

// offeredBy is the form of a page that goes to a path.
func offeredBy(page, path string) string {
	_, form, _ := strings.Cut(page, `action="`+path+`"`)
	form, _, _ = strings.Cut(form, "</form>")
	return form
}
