package connection_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/web/webtest"
)

// A connection is made, its credentials set and tried for real, and how the
// network is asked is read there; what was typed as a secret comes back nowhere.
func TestConnectionIsMadeAndTried(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, path := d.As("admin"), "/settings/networks/1"
	made := url.Values{"label": {webtest.Itoa(d.Label.ID)}, "network": {"awin"}, "name": {""}, "publisher_ref": {"45628"}}
	if r := admin.Post("/settings/networks/new", made); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "45628") {
		t.Errorf("without a name: %d", r.Status)
	}
	made.Set("name", "Awin NL")
	if r := admin.Post("/settings/networks/new", made); r.Header.Get("Location") != path {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := admin.Post(path+"/credentials", url.Values{"credentials.token": {""}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a token: %d", r.Status)
	}
	for token, says := range map[string]string{"aw-wrong": "take these credentials", "aw-6f1c2b": "They work, and open this account."} {
		if r := admin.Post(path+"/credentials", url.Values{"credentials.token": {token}}); r.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		r := admin.Post(path+"/try", url.Values{})
		if !strings.Contains(r.Body, says) || strings.Contains(r.Body, token) {
			t.Errorf("tried with %s: %d %s", token, r.Status, r.Body)
		}
	}
	admin.Post(path+"/credentials", url.Values{"credentials.token": {"aw-6f1c2b"}})
	if _, err := d.Deps.Poller.PollDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := admin.Get(path).Body
	for _, want := range []string{"New transactions", "Approved and declined", "Everything of the last months again", "The network takes"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if list := admin.Get("/settings/networks").Body; !strings.Contains(list, "Awin NL") || !strings.Contains(list, "asked ") {
		t.Errorf("the list says %s", list)
	}
}

// What a person changed meanwhile isn't written over; an address that the network
// calls is shown once; where a person opens the account, the page leads there.
func TestConnectionIsChangedAndOpened(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, path := d.As("admin"), "/settings/networks/1"
	admin.Post("/settings/networks/new", url.Values{
		"label": {webtest.Itoa(d.Label.ID)}, "network": {"daisycon"}, "name": {"Daisycon"}, "publisher_ref": {"370211"},
	})
	changed := url.Values{"version": {"1"}, "name": {"Daisycon NL"}, "publisher_ref": {"370211"}}
	if r := admin.Post(path, changed); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := admin.Post(path, changed); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "in the meantime") {
		t.Errorf("over somebody else's: %d", r.Status)
	}
	if r := admin.Post(path+"/authorize", url.Values{}); !strings.Contains(r.Body, "no credentials yet") {
		t.Errorf("opened without credentials: %d", r.Status)
	}
	admin.Post(path+"/credentials", url.Values{"credentials.client_id": {"keur-app"}, "credentials.client_secret": {"dc-91e0"}})
	if r := admin.Post(path+"/redeem", url.Values{"code": {"x"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a code that nobody asked for: %d", r.Status)
	}
	r := admin.Post(path+"/authorize", url.Values{})
	if !strings.Contains(r.Body, "code_challenge=") || strings.Contains(r.Body, "dc-91e0") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	r = admin.Post(path+"/postback", url.Values{})
	if _, secret, is := strings.Cut(r.Body, "/n/"); !is || strings.Contains(admin.Get(path).Body, secret[:20]) {
		t.Errorf("the address: %d", r.Status)
	}
}
