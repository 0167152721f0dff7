package saved_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/reports"
	"keur/reports/saved"
)

func day(t *testing.T, text string) civil.Date {
	t.Helper()
	d, err := civil.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What ended today goes on with the days; what is past stays as it was.
func TestAReportGoesOnWithTheDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, until, today, later, opensFrom, opensUntil string }{
		{"2026-11-01", "2026-11-30", "2026-11-30", "2026-12-02", "2026-11-03", "2026-12-02"},
		{"2026-11-30", "2026-11-30", "2026-11-30", "2026-12-02", "2026-12-02", "2026-12-02"},
		{"2026-10-01", "2026-10-31", "2026-11-30", "2026-12-02", "2026-10-01", "2026-10-31"},
	} {
		r := saved.Of(day(t, c.from), day(t, c.until), day(t, c.today))
		if from, until := r.Period(day(t, c.later)); from.String() != c.opensFrom || until.String() != c.opensUntil {
			t.Errorf("%s to %s opens as %s to %s", c.from, c.until, from, until)
		}
	}
}

// A report is its maker's own: others open it when it is shared, and neither share
// it nor take it away, by SQL neither.
func TestWhoseAReportIs(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	store := saved.NewStore(db.App)
	label := pgtest.Label(t, db.Owner, "nl")
	eva, bo := pgtest.User(t, db.Owner, "eva"), pgtest.User(t, db.Owner, "bo")
	asEva, asBo := as(t, eva), as(t, bo)
	r := saved.Of(day(t, "2026-11-01"), day(t, "2026-11-30"), day(t, "2026-11-30"))
	r.LabelID, r.Name, r.Group, r.Sort = labels.ID(label), "Per week", reports.ByWeek, "clicks"
	id, err := store.Save(asEva, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(asEva, r); !fault.Is(err, fault.Conflict) {
		t.Errorf("two of one name: %v", err)
	}
	r.Name = strings.Repeat("x", 121)
	if _, err := store.Save(asEva, r); !fault.Is(err, fault.Invalid) {
		t.Errorf("a name without end: %v", err)
	}
	seen := func(want int) {
		t.Helper()
		if found, err := store.Seen(asBo, labels.ID(label)); err != nil || len(found) != want {
			t.Errorf("others see %v, %v", found, err)
		}
	}
	seen(0)
	for _, err := range []error{second(store.Share(asBo, id, true)), second(store.Remove(asBo, id))} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else's: %v", err)
		}
	}
	if _, err := store.Share(asEva, id, true); err != nil {
		t.Fatal(err)
	}
	seen(1)
	if _, err := db.App.Exec(`DELETE FROM saved_reports`); err == nil {
		t.Error("who isn't its maker takes it away by SQL")
	}
	if r, err := store.Remove(asEva, id); err != nil || r.Name != "Per week" || r.Group != reports.ByWeek || *r.Days != 30 {
		t.Errorf("%+v, %v", r, err)
	}
	seen(0)
}

func second(_ saved.Report, err error) error { return err }

func as(t *testing.T, user int64) context.Context {
	t.Helper()
	return pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", user))
}
