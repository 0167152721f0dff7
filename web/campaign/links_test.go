package campaign_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/web/webtest"
)

// TestACampaignKeepsItsLinks: added once by name, and removed by who plans.
func TestACampaignKeepsItsLinks(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	path := "/campaigns/" + webtest.Itoa(d.Campaign.ID)
	home := url.Values{"name": {"Home"}, "url": {" https://shop.example/?a=1 "}, "utm": {"yes"}}
	for name, try := range map[string]struct {
		form url.Values
		want int
	}{
		"first": {home, http.StatusSeeOther}, "no address": {url.Values{"name": {"Sale"}, "url": {"shop"}}, http.StatusUnprocessableEntity},
		"no name": {url.Values{"url": {"https://shop.example"}}, http.StatusUnprocessableEntity},
	} {
		if r := s.Post(path+"/links", try.form); r.Status != try.want {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	if r := s.Post(path+"/links", home); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `value="Home"`) {
		t.Errorf("the same name again: %d", r.Status)
	}
	const shown = "https://shop.example/?a=1<"
	if page := d.As("viewer").Get(path).Body; !strings.Contains(page, shown) || strings.Contains(page, "/links/1/remove") {
		t.Errorf("who looks doesn't see it, or may remove it: %s", page)
	}
	if r := s.Post(path+"/links/99/remove", nil); r.Status != http.StatusNotFound {
		t.Errorf("one that isn't there: %d", r.Status)
	}
	if r := s.Post(path+"/links/1/remove", nil); r.Status != http.StatusSeeOther || strings.Contains(s.Get(path).Body, shown) {
		t.Errorf("it stays: %d", r.Status)
	}
}
