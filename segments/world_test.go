package segments_test

import (
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/segments/segmentstest"
)

// world is a database with one label, whose members tests add.
type world struct{ *segmentstest.World }

// newWorld makes a label in zone at now.
func newWorld(t *testing.T, now time.Time, zone string) *world {
	t.Helper()
	db := pgtest.Database(t)
	return &world{segmentstest.New(t, db.App, db.Owner, now, zone)}
}
