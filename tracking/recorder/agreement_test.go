package recorder_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/tracking"
	"keur/tracking/recorder"
)

// TestCountsAgreeWithTheRows lets people and scanners loose on two processes
// at once, and compares what was counted with what was kept.
func TestCountsAgreeWithTheRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	recorders := []*recorder.Recorder{record(t, w), record(t, w)}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		w.Clock.Add(time.Duration(random.IntN(4000)) * time.Millisecond)
		var all sync.WaitGroup
		for range 25 {
			r, member, link := recorders[random.IntN(2)], 1+random.Int64N(30), uint16(random.IntN(4))
			switch random.IntN(5) {
			case 0:
				all.Go(func() { open(t, r, w, member) })
			case 1:
				all.Go(func() {
					for l := range uint16(4) { // a scanner
						click(t, r, w, member, l)
					}
				})
			default:
				all.Go(func() { click(t, r, w, member, link) })
			}
		}
		all.Wait()
		if _, err := tracking.FoldOutcomes(context.Background(), w.App); err != nil {
			t.Fatal(err)
		}
	}
	counted := w.Counts(t)
	for measure, kept := range map[string]string{
		"open":              `SELECT count(*) FROM events WHERE kind = 'open' AND NOT machine`,
		"open_unique":       `SELECT count(*) FROM engagements WHERE opens > 0`,
		"click":             `SELECT count(*) FROM events WHERE kind = 'click' AND NOT machine`,
		"click_machine":     `SELECT count(*) FROM events WHERE kind = 'click' AND machine`,
		"click_unique":      `SELECT count(*) FROM engagements WHERE clicks > 0`,
		"click_link_unique": `SELECT sum(cardinality(links)) FROM engagements`,
	} {
		if want := pgtest.Count(t, w.App, kept); counted[measure] != want || want == 0 {
			t.Errorf("%s is counted as %d and kept as %d", measure, counted[measure], want)
		}
	}
	for what, query := range map[string]string{
		"engagements": `SELECT sum(opens + clicks) FROM engagements`,
		"behaviours":  `SELECT sum(n) FROM behaviours`,
	} {
		if got, want := pgtest.Count(t, w.App, query), pgtest.Count(t, w.App, `SELECT count(*) FROM events WHERE NOT machine AND member_id <> 0`); got != want {
			t.Errorf("%s hold %d of %d", what, got, want)
		}
	}
}
