package tracking_test

import (
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/tracking"
	"keur/tracking/bounces"
	"keur/tracking/trackingtest"
)

// overRelay is a world whose send went over a route that posts what becomes of mail.
func overRelay(t testing.TB, n int) (*trackingtest.World, *tracking.Store) {
	t.Helper()
	w := newWorld(t, n)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET reported = true`) })
	return w, store(w)
}

// arrived is a relay's word that the mails of these members arrived.
func arrived(w *trackingtest.World, members ...int64) (posted []bounces.Report) {
	for _, member := range members {
		path := string(w.Ring.AppendReturnPath(nil, w.Send, member, "bounce.label.example"))
		posted = append(posted, bounces.Report{Kind: bounces.Delivery, Addresses: []string{path}})
	}
	return posted
}

// TestWhatARelayPostsCountsOnce, in whatever order it comes and however often: what
// came back isn't delivered, whichever was known first.
func TestWhatARelayPostsCountsOnce(t *testing.T) {
	t.Parallel()
	w, s := overRelay(t, 5)
	take := func(want int, reports ...bounces.Report) {
		t.Helper()
		if n, err := s.Take(t.Context(), reports); err != nil || n != want {
			t.Errorf("%d said something new, not %d: %v", n, want, err)
		}
	}
	receive(t, w, s, 3, "5.1.1", "failed") // before it is posted
	take(3, arrived(w, 1, 2, 3)...)
	w.WantCounts(t, map[string]int{"relay_delivered": 2, "bounce_hard": 1})
	take(0, arrived(w, 3, 2, 1, 1)...)
	receive(t, w, s, 2, "4.2.2", "failed") // after it
	receive(t, w, s, 2, "5.1.1", "failed") // harder, and no second time delivered
	take(0, arrived(w, 2)...)
	w.WantCounts(t, map[string]int{"relay_delivered": 1, "bounce_hard": 2})
	if got := receive(t, w, s, 4, "2.1.5", "delivered"); !got.New {
		t.Error("a letter that says delivered says nothing")
	}
	if got := receive(t, w, s, 5, "2.1.9", "relayed"); got.New {
		t.Error("what was relayed to a server that tells nothing counts as delivered")
	}
	forged := bounces.Report{Kind: bounces.Delivery, Addresses: []string{"b+aaaa.bbbb@bounce.label.example"}}
	take(0, forged, bounces.Report{Kind: bounces.Delivery})
	w.WantCounts(t, map[string]int{"relay_delivered": 2, "bounce_hard": 2})
}

// TestWithoutSuchARouteNothingIsKept of what somebody posts or of what comes back.
func TestWithoutSuchARouteNothingIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	s := store(w)
	if n, err := s.Take(t.Context(), arrived(w, 1, 2)); n != 0 || err != nil {
		t.Errorf("%d said something new: %v", n, err)
	}
	receive(t, w, s, 1, "5.1.1", "failed")
	w.WantCounts(t, map[string]int{"bounce_hard": 1})
	if n := pgtest.Count(t, w.Owner, `SELECT count(*) FROM relay_reports`); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// TestManyPostAtOnce: each delivery counts once, whoever posts it beside others.
func TestManyPostAtOnce(t *testing.T) {
	t.Parallel()
	const members = 200
	w, s := overRelay(t, members)
	other := store(w) // of another process
	var posting sync.WaitGroup
	var mu sync.Mutex
	fresh := 0
	for i := range 16 {
		posting.Go(func() {
			for member := range int64(members) {
				to := s
				if i%2 == 1 {
					to = other
				}
				n, err := to.Take(t.Context(), arrived(w, 1+(member+int64(i)*13)%members))
				mu.Lock()
				if fresh += n; err != nil {
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	posting.Wait()
	rows := pgtest.Count(t, w.Owner, `SELECT count(*) FROM relay_reports WHERE delivered_at IS NOT NULL`)
	if rows != members || fresh < members {
		t.Errorf("%d rows, %d were new", rows, fresh)
	}
	w.WantCounts(t, map[string]int{"relay_delivered": members})
}

// TestWhatNeverLeftDidNotArrive, whatever somebody says who has its return path; nor is
// anything kept of a mail whose month was dropped, and nobody else's record lost by it.
func TestWhatNeverLeftDidNotArrive(t *testing.T) {
	t.Parallel()
	w, s := overRelay(t, 4)
	old := w.OldSend(t)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET reported = true`)
		tx.MustExec(`UPDATE deliveries SET state = 'skipped', sent_at = NULL WHERE member_id = 3`)
	})
	path := string(w.Ring.AppendReturnPath(nil, old, 1, "bounce.label.example"))
	forgotten := bounces.Report{Kind: bounces.Delivery, Addresses: []string{path}}
	if n, err := s.Take(t.Context(), append(arrived(w, 1, 2, 3), forgotten)); n != 2 || err != nil {
		t.Errorf("%d said something new: %v", n, err)
	}
	w.WantCounts(t, map[string]int{"relay_delivered": 2})
	if n := pgtest.Count(t, w.Owner, `SELECT count(*) FROM relay_reports`); n != 2 {
		t.Errorf("%d rows", n)
	}
}
