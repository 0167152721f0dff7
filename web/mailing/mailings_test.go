package mailing_test

import (
	"strings"
	"testing"

	"keur/mailings/schedules"
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

func TestHistoryInWords(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	b := d.Brief(t, "2026-11-24T10:00")
	m, first := d.Draft(t, b)
	b.Subjects[0].Text, b.Placements[0].Button = "De lente in", "Boek nu"
	b.Schedule.At, _ = schedules.ParseLocalTime("2026-11-25T10:00")
	d.Edit(t, m, first.ID, b)
	r := d.As("viewer").Get("/mailings/1/history")
	for _, want := range []string{"<del>De winterzon in</del>", "<ins>De lente in</ins>", "<ins>Boek nu</ins>", "Moment", "Revision 2",
		"Mara"} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the history lacks %s: %s", want, r.Body)
		}
	}
	if r := d.As("viewer").Get("/mailings/1/history?from=2&to=1"); !strings.Contains(r.Body, "<del>De lente in</del>") {
		t.Errorf("the other way round: %s", r.Body)
	}
	if r := d.As("viewer").Get("/revisions/1/preview?as=phone"); !strings.Contains(r.Body, "Bekijk") {
		t.Errorf("revision 1: %s", r.Body)
	}
	d.Look("planner", "history", "/mailings/1/history")
}
