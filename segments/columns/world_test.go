package columns_test

import (
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/segments"
	"keur/segments/columns"
	"keur/segments/segmentstest"
)

// world is a database with one label, whose Engine counts from columns.
type world struct {
	*segmentstest.World
	sql    *segments.Engine   // counts by SQL
	hashes map[string][]int64 // of members, by seed
	ages   map[string]int     // by birth date, today
}

// newWorld makes a label in zone at now.
func newWorld(t *testing.T, now time.Time, zone string) *world {
	t.Helper()
	db := pgtest.Database(t)
	w := &world{World: segmentstest.New(t, db.App, db.Owner, now, zone), hashes: map[string][]int64{}, ages: map[string]int{}}
	w.sql, w.Engine = w.Engine, segments.NewEngine(db.App, w.Clock, columns.Counter{})
	return w
}

// upkeep does what duties do for counts.
func (w *world) upkeep() {
	w.T.Helper()
	if _, err := columns.NewPanels(w.App).Refresh(pgtest.Acting(w.T.Context(), "system:scheduler")); err != nil {
		w.T.Fatal(err)
	}
	if _, err := columns.NewPacks(w.App).Fill(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
}
