package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/accounts"
	"keur/labels"
	"keur/web"
	"keur/web/webtest"
)

// TestNobodysLabelIsChosen: who works for several labels and chose none is asked
// for one by every page that needs it, and is given none.
func TestNobodysLabelIsChosen(t *testing.T) {
	t.Parallel()
	d := full(t)
	de := second(d)
	d.AddUser("both", accounts.User{Roles: map[labels.ID][]accounts.Role{d.Label.ID: {accounts.Planner}, de.ID: {accounts.Planner}}})
	both, asked := d.As("both"), 0
	for _, r := range web.Routes(d.Deps) {
		if r.Method != http.MethodGet || strings.Contains(r.Path, ":") || strings.HasSuffix(r.Path, "/live") {
			continue
		}
		got := both.Get(r.Path)
		if to := got.Header.Get("Location"); strings.Contains(to, "label=") {
			t.Errorf("%s leads to %s, which nobody chose", r.Path, to)
		}
		if strings.Contains(got.Body, "Under which label?") {
			asked++
			if !strings.Contains(got.Body, r.Path+"?label=de") || !strings.Contains(got.Body, r.Path+"?label=nl") {
				t.Errorf("%s doesn't offer both: %s", r.Path, got.Body)
			}
		}
	}
	if asked < 10 {
		t.Errorf("only %d pages asked", asked)
	}
	if got := both.Post("/mailings/new", url.Values{"name": {"x"}, "kind": {"solo"}}); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a mailing was made for no label: %d", got.Status)
	}
}

// TestAnotherLabelsThing: what belongs to another label than the chosen one says
// so, and leaves the choice as it is.
func TestAnotherLabelsThing(t *testing.T) {
	t.Parallel()
	d := full(t)
	de := second(d)
	for name, role := range map[string]accounts.Role{"both": accounts.Planner, "looks": accounts.Viewer} {
		d.AddUser(name, accounts.User{Roles: map[labels.ID][]accounts.Role{d.Label.ID: {accounts.Planner}, de.ID: {role}}})
	}
	mailing := webtest.MailingPath(d.Mailing.ID) + "/check"
	both := d.As("both")
	whose, campaigns := "This belongs to "+d.Label.Name+".", `href="/campaigns?label=`
	if got := both.Get(mailing).Body; !strings.Contains(got, whose) || strings.Contains(got, campaigns) {
		t.Error("a page without a chosen label chooses one, or doesn't say whose it is")
	}
	both.Get("/campaigns?label=de")
	for range 2 {
		got := both.Get(mailing).Body
		if !strings.Contains(got, whose+" You have chosen Geheim") || !strings.Contains(got, campaigns+`de"`) {
			t.Error("a page of another label doesn't say so, or leads away from the chosen one")
		}
	}
	if to := both.Get("/campaigns").Header.Get("Location"); to != "/campaigns?label=de" {
		t.Errorf("after it the chosen label leads to %q", to)
	}
	ahead, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+"/campaigns?label=nl", nil)
	if err != nil {
		t.Fatal(err)
	}
	ahead.Header.Set("Sec-Purpose", "prefetch;prerender")
	answer, err := both.Do(ahead)
	if err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	if to := both.Get("/campaigns").Header.Get("Location"); to != "/campaigns?label=de" {
		t.Errorf("a page that the browser fetched ahead chose: %q", to)
	}
	looks := d.As("looks")
	looks.Get("/campaigns?label=de")
	offer := `class="button" href="/members?label=`
	if got := looks.Get("/members").Body; !strings.Contains(got, offer+"nl") || strings.Contains(got, offer+"de") {
		t.Errorf("who may not see the chosen label's members isn't asked for another: %s", got)
	}
	if to := looks.Get("/campaigns").Header.Get("Location"); to != "/campaigns?label=de" {
		t.Errorf("being asked led to %q", to)
	}
}
