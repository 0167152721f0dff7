package revision_test

import (
	"strings"
	"testing"

	"keur/mailings/schedules"
	"keur/web/webtest"
)

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
