package mailing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/mailings"
	"keur/web/webtest"
)

func TestRenameCopyAndGiveUp(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	s := d.As("planner")
	s.Post("/mailings/1/rename", url.Values{"name": {"Lentezon"}})
	if r := s.Post("/mailings/1/copy", nil); r.Header.Get("Location") != "/mailings/2/content" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := s.Get("/mailings/2/content"); !strings.Contains(r.Body, "Lentezon, copy") || !strings.Contains(r.Body, "De winterzon in") {
		t.Errorf("the copy: %s", r.Body)
	}
	if at := s.Get("/mailings/2").Header.Get("Location"); at != "/mailings/2/moment" {
		t.Errorf("a copy needs a moment, not %s", at)
	}
	if r := s.Post("/mailings/1/cancel", nil); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if m := d.Read(1); m.State != mailings.Cancelled || m.Name != "Lentezon" {
		t.Errorf("%+v", m)
	}
	f := fields(d)
	f.Set("subject:a", "toch nog")
	if r := s.Multipart("/mailings/1/content", f); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a mailing that was given up was edited: %d", r.Status)
	}
	if r := s.Get("/mailings/1/content"); !strings.Contains(r.Body, "<fieldset class=\"whole\" disabled>") {
		t.Error("its form is still open")
	}
}
