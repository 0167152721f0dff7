package mailinglist_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/web/webtest"
)

func TestBeginAMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	if r := s.Get("/mailings?label=nl"); r.Status != http.StatusOK || !strings.Contains(r.Body, "No mailings yet") {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := s.Post(
		"/mailings/new?label=nl", url.Values{"kind": {"solo"}, "template": {"starter:solo"}},
	); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", r.Status)
	}
	r := s.Post("/mailings/new?label=nl", url.Values{"name": {"Winterzon"}, "kind": {"solo"}, "template": {"starter:solo"}})
	if r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/mailings/1/content" {
		t.Fatalf("%d %s %s", r.Status, r.Header.Get("Location"), r.Body)
	}
	if at := s.Get("/mailings/1").Header.Get("Location"); at != "/mailings/1/content" {
		t.Errorf("a new mailing begins at %s", at)
	}
	for _, page := range []string{"content", "audience", "moment", "check", "approval", "outcome"} {
		if r := s.Get("/mailings/1/" + page); r.Status != http.StatusOK || !strings.Contains(r.Body, "Winterzon") {
			t.Errorf("%s: %d %s", page, r.Status, r.Body)
		}
	}
	if r := s.Get("/mailings?label=nl&q=winter&state=draft&kind=solo&sort=moment"); !strings.Contains(
		r.Body, `<a href="/mailings/1">Winterzon</a>`,
	) {
		t.Errorf("not in its list: %s", r.Body)
	}
	if r := s.Get("/mailings?label=nl&format=data"); !strings.Contains(r.Body, "1,Winterzon,solo,draft,") {
		t.Errorf("csv: %s", r.Body)
	}
	for _, none := range []string{"/mailings?label=nl&q=zomer", "/mailings?label=nl&state=done"} {
		if r := s.Get(none); !strings.Contains(r.Body, "Nothing found") {
			t.Errorf("%s: %s", none, r.Body)
		}
	}
}

func TestLookAtMailings(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	d.Look("planner", "mailings", "/mailings?label=nl")
	d.Look("planner", "mailing-new", "/mailings/new?label=nl")
}
