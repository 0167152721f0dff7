package recorder_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/tracking"
	"keur/tracking/recorder"
	"keur/tracking/trackingtest"
)

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

func newWorld(t testing.TB, n int) *trackingtest.World {
	t.Helper()
	db := pgtest.Database(t)
	return trackingtest.New(t, db, n)
}

// record runs a recorder until the test ends.
func record(t testing.TB, w *trackingtest.World) *recorder.Recorder {
	t.Helper()
	r, err := recorder.New(context.Background(), w.App, w.AppURL, pgtest.Key(), w.Ring, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait(); r.Close() })
	return r
}

func click(t testing.TB, r *recorder.Recorder, w *trackingtest.World, member int64, link uint16) string {
	t.Helper()
	target, err := r.Click(context.Background(), w.Token(tracking.Click, member, link), "GET", browser)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func open(t testing.TB, r *recorder.Recorder, w *trackingtest.World, member int64) {
	t.Helper()
	if err := r.Open(context.Background(), w.Token(tracking.Open, member, 0), "GET", browser); err != nil {
		t.Fatal(err)
	}
}

func TestClickLeadsOnWithItsSubID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	r := record(t, w)
	target := click(t, r, w, 1, 0)
	base, subID, _ := strings.Cut(target, "&ws=")
	id, ok := w.Ring.ParseSubID(subID)
	if base != trackingtest.LinkTargets[0] || !ok || id.Send != w.Send || id.Link != 0 || id.Variant != 1 {
		t.Fatalf("leads to %s with %+v", target, id)
	}
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM events WHERE member_id = 1 AND kind = 'click' AND NOT machine AND click_ref = $1 AND detail = 'Chrome'`, recorder.ClickRef(id.Click)); n != 1 {
		t.Errorf("%d events bear the click's reference", n)
	}
	if target := click(t, r, w, 1, 2); target != trackingtest.LinkTargets[2] {
		t.Errorf("a link without a network leads to %s", target)
	}
	if _, err := url.Parse(target); err != nil {
		t.Error(err)
	}
}

func TestUniqueIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	r := record(t, w)
	var all sync.WaitGroup
	for range 8 { // at the same moment
		all.Go(func() { open(t, r, w, 1) })
		all.Go(func() { click(t, r, w, 1, 0) })
	}
	all.Wait()
	w.Clock.Add(time.Minute)
	click(t, r, w, 1, 1)
	open(t, r, w, 2)
	w.WantCounts(t, map[string]int{"open": 9, "open_unique": 2, "click": 9, "click_unique": 1, "click_link_unique": 2})
	if n := pgtest.Count(t, w.App, `SELECT sum(n) FROM behaviours WHERE member_id = 1 AND kind = 'click'`); n != 9 {
		t.Errorf("segments see %d clicks", n)
	}
	if n := pgtest.Count(t, w.App, `SELECT sum(n) FROM outcomes WHERE measure = 'open' AND domain = 'even.nl' AND variant = 0`); n != 1 {
		t.Errorf("%d opens at even.nl", n)
	}
}

func TestTwoProcessesAgreeOnUnique(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	recorders := []*recorder.Recorder{record(t, w), record(t, w)}
	var all sync.WaitGroup
	for member := range int64(30) {
		for _, r := range recorders {
			all.Go(func() { open(t, r, w, member+1) })
		}
	}
	all.Wait()
	w.WantCounts(t, map[string]int{"open": 60, "open_unique": 30})
}

func TestWithoutConsentNobodyIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	r := record(t, w)
	open(t, r, w, 3)
	click(t, r, w, 3, 0)
	w.WantCounts(t, map[string]int{"open": 1, "click": 1})
	for _, table := range []string{"events", "engagements", "behaviours"} {
		if n := pgtest.Count(t, w.App, `SELECT count(*) FROM `+table+` WHERE member_id = 3`); n != 0 {
			t.Errorf("%s names the member %d times", table, n)
		}
	}
	open(t, r, w, 1)
	w.Must(t, `UPDATE memberships SET tracking_consent = false WHERE member_id = 1`)
	open(t, r, w, 1)
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM events WHERE member_id = 1`); n != 1 {
		t.Errorf("a withdrawal didn't reach a mail already sent: %d events", n)
	}
}

func TestScannerIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	r := record(t, w)
	open(t, r, w, 1)
	for link := range uint16(3) {
		click(t, r, w, 1, link)
	}
	click(t, r, w, 1, 3)
	w.WantCounts(t, map[string]int{"open": 1, "open_unique": 1, "click_machine": 4})
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM events WHERE kind = 'click' AND reason = 'burst'`); n != 4 {
		t.Errorf("%d clicks are a burst", n)
	}
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM behaviours WHERE kind = 'click'`); n != 0 {
		t.Error("segments still see the scanner's clicks")
	}
	if n := pgtest.Count(t, w.App, `SELECT clicks + cardinality(links) FROM engagements WHERE member_id = 1 AND first_click_at IS NULL`); n != 0 {
		t.Errorf("the engagement keeps %d", n)
	}
	w.Clock.Add(time.Hour)
	click(t, r, w, 1, 2) // and then the member came
	w.WantCounts(t, map[string]int{"open": 1, "open_unique": 1, "click_machine": 4, "click": 1, "click_unique": 1, "click_link_unique": 1})
}

func TestTooSoonIsAMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	r := record(t, w)
	w.Clock.Set(w.Sent.Add(2 * time.Second))
	click(t, r, w, 1, 0)
	// In doubt: the server's reply was lost, and yet the member has it.
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'in_doubt', changed_at = sent_at, sent_at = NULL WHERE member_id = 2`)
	})
	click(t, r, w, 2, 0)
	w.WantCounts(t, map[string]int{"click_machine": 2})
	w.Clock.Add(time.Minute)
	click(t, r, w, 2, 0)
	w.WantCounts(t, map[string]int{"click_machine": 2, "click": 1, "click_unique": 1, "click_link_unique": 1})
}

func TestUnknownTokensAreNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	r := record(t, w)
	for _, token := range []string{
		"", "nonsense", w.Token(tracking.Open, 1, 0), w.Token(tracking.Click, 1, 99),
		w.Ring.Token(tracking.Ref{Kind: tracking.Click, Send: 99, Member: 1}),
	} {
		if _, err := r.Click(context.Background(), token, "GET", browser); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", token, err)
		}
	}
	// Of someone who was never sent it, nothing is kept.
	click(t, r, w, 77, 0)
	w.WantCounts(t, map[string]int{})
}

func TestStopRecordsWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	r, err := recorder.New(context.Background(), w.App, w.AppURL, pgtest.Key(), w.Ring, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { open(t, r, w, 1) })
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	finished := make(chan struct{})
	go func() { all.Wait(); close(finished) }()
	for done := false; !done; {
		r.Run(stopped) // the end of a process: nothing new, but what waits
		select {
		case <-finished:
			done = true
		default:
		}
	}
	w.WantCounts(t, map[string]int{"open": 5, "open_unique": 1})
}
