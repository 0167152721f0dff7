package mailing_test

import (
	"strings"
	"testing"

	"keur/web/webtest"
)

func TestStepsOfAWrittenMailing(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	s := d.As("viewer")
	if at := s.Get(webtest.MailingPath(m.ID)).Header.Get("Location"); at != "/mailings/1/approval" {
		t.Errorf("what is written waits for approval, not %s", at)
	}
	r := s.Get("/mailings/1/preview?as=phone")
	if !strings.Contains(r.Body, "Winterzon van Zonvakantie") || !strings.Contains(r.Header.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("%s %s", r.Header, r.Body)
	}
	if r := s.Get("/mailings/1/preview?as=text"); !strings.Contains(r.Body, "Afmelden") || strings.Contains(r.Body, "<a ") {
		t.Errorf("text: %s", r.Body)
	}
	if r := s.Get("/mailings/1/preview?as=bare"); !strings.Contains(r.Header.Get("Content-Security-Policy"), "img-src 'none'") {
		t.Errorf("without images: %s", r.Header)
	}
}

func TestLookAtApproval(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, "2026-11-24T10:00"))
	d.Look("planner", "mailing-approval", "/mailings/1/approval")
}
