package reports_test

import (
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/reports"
)

// TestReportsAreReadAtAReplica, where nothing can be written; of when they are is
// said. Where there is no standby of this base they are read at the base.
func TestReportsAreReadAtAReplica(t *testing.T) {
	t.Parallel()
	primary := pgtest.Server(t)
	standby := primary.Standby()
	base, owner := pgtest.Open(t, primary.AppURL()), pgtest.Open(t, primary.OwnerURL())
	follower := pgtest.Open(t, standby.OwnerURL())
	aside := func(url string) *postgres.Replica {
		t.Helper()
		r, err := postgres.OpenReplica(url, base, 2)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		return r
	}
	now := time.Now()
	replica := aside(standby.AppURL())
	store := reports.NewStore(base).At(replica)
	// What stands in the base as it was some while ago is read as of then.
	behind := func(is func(time.Duration) bool) (at reports.Reading) {
		t.Helper()
		for until := time.Now().Add(time.Minute); ; {
			at = store.Reading(t.Context(), now)
			if at.AsOf != nil && is(now.Sub(*at.AsOf)) {
				return at
			}
			if time.Now().After(until) {
				t.Fatalf("read as of %v, not of what is before %v", at.AsOf, now)
			}
		}
	}
	none := func(d time.Duration) bool { return d == 0 }
	owner.MustExec(`CREATE TABLE noted (n int)`)
	behind(none)
	follower.MustExec(`SELECT pg_wal_replay_pause()`)
	owner.MustExec(`INSERT INTO noted VALUES (1)`)
	behind(func(d time.Duration) bool { return d > 50*time.Millisecond })
	follower.MustExec(`SELECT pg_wal_replay_resume()`)
	at := behind(none)

	month := reports.Filter{From: now.AddDate(0, -1, 0), Until: now}
	for _, by := range []reports.GroupBy{
		reports.BySend, reports.ByMailing, reports.ByStep, reports.ByPlacement, reports.ByCampaign, reports.ByAdvertiser, reports.ByLabel,
		reports.ByDay, reports.ByWeek, reports.ByMonth, reports.ByPosition, reports.ByCreative, reports.ByPage,
	} {
		if _, err := at.Outcomes.By(t.Context(), by, month); err != nil {
			t.Errorf("by %s: %v", by, err)
		}
	}
	for _, by := range []reports.Dimension{reports.Hours, reports.Domains} {
		if _, err := at.Outcomes.Breakdown(t.Context(), by, month); err != nil {
			t.Errorf("by %s: %v", by, err)
		}
	}

	for what, url := range map[string]string{
		"another base": pgtest.Database(t).AppURL, "the base itself": primary.AppURL(), "nobody": "postgres://keur@127.0.0.1:1/keur",
	} {
		no := aside(url)
		if d, err := no.Behind(t.Context()); err == nil {
			t.Errorf("%s is %s behind", what, d)
		}
		if at := reports.NewStore(base).At(no).Reading(t.Context(), now); at.AsOf != nil {
			t.Errorf("read at %s", what)
		}
	}
	standby.Kill()
	for range 2 { // the second time it isn't asked
		if at = store.Reading(t.Context(), now); at.AsOf != nil {
			t.Error("read at a standby that is gone")
		}
	}
	if _, err := at.Outcomes.By(t.Context(), reports.ByDay, month); err != nil {
		t.Error(err)
	}
	if plain := reports.NewStore(base).Reading(t.Context(), now); plain.AsOf != nil {
		t.Error("there is no replica")
	}
}
