//go:build patroni

package trial

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/mailings"
)

// TestPatroniRestores goes back to a moment in mid-send, by a backup that was made
// while mail left and by the log since. The ledger is as it stood then; who does next
// what docs/backup.md says mails nobody twice.
func TestPatroniRestores(t *testing.T) {
	const members = 30_000
	r := newRehearsal(t, members)
	r.on.backUp(r.on.leader(), "--type=full", "backup")
	for _, worker := range r.workers {
		proctest.Stop(t, worker)
	}
	admin := pgtest.Open(t, r.on.adminURL())
	stood := standing(t, admin)
	var moment string
	if err := admin.Get(&moment, `SELECT clock_timestamp()::text`); err != nil {
		t.Fatal(err)
	}
	r.finish(t, r.work(t)) // by the base that will be lost
	r.mustBeRight(t, 0)
	r.on.archived(admin)

	restored := r.on.restore(moment)
	if got := standing(t, pgtest.Open(t, restored.admin)); !reflect.DeepEqual(got, stood) {
		t.Errorf("restored: %v, and there were %v", got, stood)
	}
	if stood["queued"] == 0 || stood["sent"] == 0 {
		t.Errorf("the moment wasn't in mid-send: %v", stood)
	}

	// The desk alone runs, and what left since is cancelled.
	app := pgtest.Open(t, restored.app)
	stage, err := deliverytest.At(pgtest.Open(t, restored.admin), app, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Sends.Update(pgtest.Acting(t.Context(), "system:trial"), r.send.ID, func(s *mailings.Send) error {
		return s.MoveTo(mailings.SendCancelled, time.Now())
	}); err != nil {
		t.Fatal(err)
	}
	// Then the rest: another mailing shows that workers work.
	next, err := stage.NewSend(t.Context(), deliverytest.Content(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Start(t.Context(), next, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: next.SlotAt}); err != nil {
		t.Fatal(err)
	}
	r.url, r.app = restored.app, app
	worker := r.work(t)
	proctest.Until(t, "the next mailing has left", func() bool {
		return r.count(t, `SELECT count(*) FROM delivery_batches WHERE send_id = $1 AND state <> 'done'`, next.ID) == 0
	})
	proctest.Stop(t, worker)
	boxes := map[string]int{}
	for receipt, n := range r.server.Counts() {
		boxes[receipt.To] += n
	}
	wrong := 0
	for _, n := range boxes {
		if n != 2 {
			wrong++
		}
	}
	if wrong > 0 || len(boxes) != members {
		t.Errorf("of %d members %d got another number of mails than one of each mailing", len(boxes), wrong)
	}
	t.Logf("restored to %s: %v; %d mails in all", moment, stood, r.taken.Load())
}

// standing is how many deliveries are in each state, and what is counted.
func standing(t *testing.T, db *sqlx.DB) map[string]int {
	t.Helper()
	var parts []struct {
		What string
		N    int
	}
	if err := db.Select(&parts, `
		SELECT state::text AS what, count(*) AS n FROM deliveries GROUP BY 1
		UNION ALL SELECT 'counted ' || measure, sum(n)::int FROM outcomes GROUP BY measure
		UNION ALL SELECT 'batches ' || state, count(*)::int FROM delivery_batches GROUP BY state`); err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, part := range parts {
		all[part.What] = part.N
	}
	return all
}

// archived waits until the log up to now is in the repository.
func (c *cluster) archived(admin *sqlx.DB) {
	c.t.Helper()
	var last string
	if err := admin.Get(&last, `SELECT pg_walfile_name(pg_switch_wal())`); err != nil {
		c.t.Fatal(err)
	}
	proctest.Until(c.t, "the log is archived", func() bool {
		var done bool
		return admin.Get(&done, `SELECT coalesce(last_archived_wal >= $1, false) FROM pg_stat_archiver`, last) == nil && done
	})
}

// places are the URLs of a base.
type places struct{ admin, app string }

// restore starts a PostgreSQL of its own with the base as it was at that moment.
func (c *cluster) restore(moment string) places {
	c.t.Helper()
	n := c.leader()
	folder, port := c.makeFolder("restored"), proctest.FreePort(c.t)
	data := filepath.Join(folder, "data")
	began := time.Now()
	c.backUp(n, "--type=time", "--target="+moment, "--target-action=promote", "--pg1-path="+data, "restore")
	c.serve("restored", n.environment(c), filepath.Join(c.programs, "postgres"), "-D", data, "-c", "listen_addresses=127.0.0.1",
		"-c", fmt.Sprintf("port=%d", port), "-c", "unix_socket_directories="+folder, "-c", "archive_mode=off",
		"-c", "synchronous_standby_names=")
	at := places{admin: c.url(c.account.name, "keur", port), app: c.url("keur_login", "keur", port)}
	proctest.Until(c.t, "the restored base takes writes", func() bool {
		db, err := sqlx.Open("postgres", at.admin)
		if err != nil {
			return false
		}
		defer func() { _ = db.Close() }()
		var follows bool
		return db.Get(&follows, `SELECT pg_is_in_recovery()`) == nil && !follows
	})
	c.t.Logf("restored in %.1f s", time.Since(began).Seconds())
	return at
}
