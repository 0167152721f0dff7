package past_test

import (
	"bytes"
	"testing"
	"time"

	"keur/demo"
	"keur/demo/demotest"
	"keur/demo/past"
	"keur/internal/clock"
	"keur/internal/pgtest"
)

// TestPast lets some weeks happen and looks at what the desk then has.
func TestPast(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	ctx := pgtest.Acting(t.Context(), "console:test")
	const weeks = 1
	now := time.Now()
	publishers, members := past.NewClock(now.AddDate(0, 0, -7*(weeks+2))), past.NewClock(now.AddDate(0, 0, -7*(weeks+2)))
	today := demotest.Open(t, db.AppURL, clock.System{}, nil)
	post := demo.NewPost(today.Public)
	then := demotest.Open(t, db.AppURL, publishers, past.Transport{Post: post})
	then.Work(false)
	crowd := demotest.Open(t, db.AppURL, members, nil)
	p, err := demo.New(ctx, today.Config(100, &bytes.Buffer{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Perform(ctx, p.Furnish()...); err != nil {
		t.Fatal(err)
	}
	if err := p.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	done, err := past.Play(ctx, p, past.Rooms{
		DB: db.App, Clock: publishers, Doors: then.Doors, Scheduler: then.Scheduler, Requests: then.Requests, Mail: post,
		Poller:  then.Poller,
		Members: members, Crowd: crowd.Doors,
	}, weeks, now.Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if done.Mailings < 20 || done.Mails < 100 || done.Acts < 20 {
		t.Errorf("did %+v", done)
	}
	for query, least := range map[string]int{
		`SELECT count(DISTINCT state) FROM mailings`:                                5,
		`SELECT count(*) FROM sends WHERE state = 'finished'`:                       4,
		`SELECT count(*) FROM network_connections`:                                  3,
		`SELECT count(*) FROM sends WHERE state = 'held'`:                           1,
		`SELECT count(*) FROM sends WHERE state = 'missed'`:                         1,
		`SELECT count(*) FROM events WHERE kind = 'open'`:                           10,
		`SELECT count(DISTINCT state) FROM requests`:                                4,
		`SELECT count(*) FROM request_comments WHERE author_name <> ''`:             4,
		`SELECT count(*) FROM approval_reviews WHERE verdict = 'changes_requested'`: 2,
	} {
		var n int
		if err := db.App.GetContext(ctx, &n, query); err != nil || n < least {
			t.Errorf("%s: %d, expected %d: %v", query, n, least, err)
		}
	}
}
