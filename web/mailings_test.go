package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestBeginAMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s := d.as("planner")
	if r := s.get("/mailings?label=nl"); r.status != http.StatusOK || !strings.Contains(r.body, "No mailings yet") {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := s.post("/mailings/new?label=nl", url.Values{"kind": {"solo"}, "template": {"starter:solo"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", r.status)
	}
	r := s.post("/mailings/new?label=nl", url.Values{"name": {"Winterzon"}, "kind": {"solo"}, "template": {"starter:solo"}})
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/mailings/1/content" {
		t.Fatalf("%d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	if at := s.get("/mailings/1").header.Get("Location"); at != "/mailings/1/content" {
		t.Errorf("a new mailing begins at %s", at)
	}
	for _, page := range stepKeys() {
		if r := s.get("/mailings/1/" + page); r.status != http.StatusOK || !strings.Contains(r.body, "Winterzon") {
			t.Errorf("%s: %d %s", page, r.status, r.body)
		}
	}
	if r := s.get("/mailings?label=nl&q=winter&state=draft&kind=solo&sort=moment"); !strings.Contains(r.body, `<a href="/mailings/1">Winterzon</a>`) {
		t.Errorf("not in its list: %s", r.body)
	}
	if r := s.get("/mailings?label=nl&format=csv"); !strings.Contains(r.body, "1,Winterzon,solo,draft,") {
		t.Errorf("csv: %s", r.body)
	}
	for _, none := range []string{"/mailings?label=nl&q=zomer", "/mailings?label=nl&state=done"} {
		if r := s.get(none); !strings.Contains(r.body, "Nothing found") {
			t.Errorf("%s: %s", none, r.body)
		}
	}
}

func TestStepsOfAWrittenMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	m, _ := d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	s := d.as("viewer")
	if at := s.get(mailingPath(m.ID)).header.Get("Location"); at != "/mailings/1/approval" {
		t.Errorf("what is written waits for approval, not %s", at)
	}
	r := s.get("/mailings/1/preview?as=phone")
	if !strings.Contains(r.body, "Winterzon van Zonvakantie") || !strings.Contains(r.header.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("%s %s", r.header, r.body)
	}
	if r := s.get("/mailings/1/preview?as=text"); !strings.Contains(r.body, "Afmelden") || strings.Contains(r.body, "<a ") {
		t.Errorf("text: %s", r.body)
	}
	if r := s.get("/mailings/1/preview?as=bare"); !strings.Contains(r.header.Get("Content-Security-Policy"), "img-src 'none'") {
		t.Errorf("without images: %s", r.header)
	}
}

func TestLookAtMailings(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	d.look("planner", "mailings", "/mailings?label=nl")
	d.look("planner", "mailing-new", "/mailings/new?label=nl")
	d.look("planner", "mailing-approval", "/mailings/1/approval")
}
