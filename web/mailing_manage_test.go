package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/mailings"
)

func TestRenameCopyAndGiveUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	s := d.as("planner")
	s.post("/mailings/1/rename", url.Values{"name": {"Lentezon"}})
	if r := s.post("/mailings/1/copy", nil); r.header.Get("Location") != "/mailings/2/content" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := s.get("/mailings/2/content"); !strings.Contains(r.body, "Lentezon, copy") || !strings.Contains(r.body, "De winterzon in") {
		t.Errorf("the copy: %s", r.body)
	}
	if at := s.get("/mailings/2").header.Get("Location"); at != "/mailings/2/moment" {
		t.Errorf("a copy needs a moment, not %s", at)
	}
	if r := s.post("/mailings/1/cancel", nil); r.status != http.StatusSeeOther {
		t.Errorf("%d %s", r.status, r.body)
	}
	if m := d.read(1); m.State != mailings.Cancelled || m.Name != "Lentezon" {
		t.Errorf("%+v", m)
	}
	f := d.fields()
	f.Set("subject:a", "toch nog")
	if r := s.multipart("/mailings/1/content", f); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a mailing that was given up was edited: %d", r.status)
	}
	if r := s.get("/mailings/1/content"); !strings.Contains(r.body, "<fieldset class=\"whole\" disabled>") {
		t.Error("its form is still open")
	}
}
