//go:build bench

package tracking_test

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/benchtest"
	"keur/internal/pgtest"
	"keur/tracking/bounces"
)

// TestBenchRelayRecords takes in what a relay posts of 50,000 mails, a thousand at once.
func TestBenchRelayRecords(t *testing.T) {
	const members, atOnce = 50_000, 1_000
	w, s := overRelay(t, members)
	b := benchtest.New(t, w.Owner)
	var posts [][]bounces.Report
	for from := int64(1); from <= members; from += atOnce {
		var ids []int64
		for id := from; id < from+atOnce; id++ {
			ids = append(ids, id)
		}
		posts = append(posts, arrived(w, ids...))
	}
	took := b.Took(3, func() error {
		pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) { tx.MustExec(`TRUNCATE relay_reports`) })
		for _, post := range posts {
			if _, err := s.Take(t.Context(), post); err != nil {
				return err
			}
		}
		return nil
	})
	b.Target("records of a relay", took.Rate(members), b.Rate(10_000), "records/s")
}
