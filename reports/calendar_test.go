package reports_test

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/labels"
	"keur/reports"
)

func TestCalendarHasSendsAndPlans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO mailings (label_id, name, kind, created_by) VALUES (1, 'Concept', 'solo', 'user:1'), (1, 'Leeg', 'solo', 'user:1')`)
		tx.MustExec(`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES
			((SELECT id FROM mailings WHERE name = 'Concept'), 1, '{"schedule":{"kind":"once","at":"2026-12-01T10:00","from":"","until":""}}', 1)`)
		tx.MustExec(`UPDATE mailings SET revision_id = (SELECT max(id) FROM revisions) WHERE name = 'Concept'`)
	})
	of := []labels.ID{1}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	sends, err := w.reports.Calendar.Sends(t.Context(), of, day, day.AddDate(0, 0, 1))
	if err != nil || len(sends) != 2 || sends[0].Name != "Nieuws" || len(sends[0].Placed) != 2 || *sends[0].Members != 60 {
		t.Fatalf("the day has %+v, %v", sends, err)
	}
	if why, name := sends[0].Clashes(&sends[1]); why != reports.SameAdvertiser || name != "=Schoen" {
		t.Errorf("they clash in %s %s", why, name)
	}
	plans, err := w.reports.Calendar.Plans(t.Context(), of)
	if err != nil || len(plans) != 1 || plans[0].Name != "Concept" || plans[0].Schedule.At.String() != "2026-12-01T10:00" {
		t.Errorf("planned are %+v, %v", plans, err)
	}
	if none, err := w.reports.Calendar.Sends(t.Context(), []labels.ID{}, day, day.AddDate(0, 0, 9)); err != nil || len(none) != 0 {
		t.Errorf("of no label there are %+v, %v", none, err)
	}
}
