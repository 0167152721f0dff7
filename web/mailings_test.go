package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/mailings"
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
	for _, page := range []string{"content", "audience", "moment", "check", "approval", "outcome"} {
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

func TestHistoryInWords(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	b := d.Brief(t, "2026-11-24T10:00")
	m, first := d.Draft(t, b)
	b.Subjects[0].Text, b.Placements[0].Button = "De lente in", "Boek nu"
	b.Schedule.At, _ = mailings.ParseLocalTime("2026-11-25T10:00")
	d.Edit(t, m, first.ID, b)
	r := d.as("viewer").get("/mailings/1/history")
	for _, want := range []string{"<del>De winterzon in</del>", "<ins>De lente in</ins>", "<ins>Boek nu</ins>", "Moment", "Revision 2", "Mara"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the history lacks %s: %s", want, r.body)
		}
	}
	if r := d.as("viewer").get("/mailings/1/history?from=2&to=1"); !strings.Contains(r.body, "<del>De lente in</del>") {
		t.Errorf("the other way round: %s", r.body)
	}
	if r := d.as("viewer").get("/revisions/1/preview?as=phone"); !strings.Contains(r.body, "Bekijk") {
		t.Errorf("revision 1: %s", r.body)
	}
	d.look("planner", "history", "/mailings/1/history")
}
