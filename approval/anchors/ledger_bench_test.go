//go:build bench

package anchors_test

import (
	"runtime"
	"testing"

	"keur/approval/anchors"
	"keur/internal/benchtest"
)

// TestBenchSeals measures how long it takes to hold a million deliveries to the
// seal of their send, and the most that lies in memory while it does.
func TestBenchSeals(t *testing.T) {
	_, db, _ := world(t)
	frozen(t, db, 1_000_000)
	b := benchtest.New(t, db.Owner)
	var most uint64
	took := b.Took(3, func() error {
		_, err := anchors.Verify(t.Context(), db.App, nil, nil, anchors.Watcher{Ledger: func(n, _ int64) {
			if n%100_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}})
		return err
	})
	b.Target("holding 1,000,000 deliveries to their seal", took, b.Within(1500), "ms")
	b.Say("%.0f MiB of heap at most", float64(most)/(1<<20))
}
