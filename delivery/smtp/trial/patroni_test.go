//go:build patroni

package trial

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
)

// What becomes of a send when the PostgreSQL that takes writes is lost, as deploy
// has it run: under Patroni, which elects, behind HAProxy, and by a URL that names
// both servers. `make failover` runs these.

const rehearsed = 50_000

// mayDoubt is what may be in doubt where it takes longer than a lease until another
// server leads: whoever couldn't renew it loses its batch to another worker, and with it
// what was under way, though it lives.
const mayDoubt = 3 * connections * processes

// TestPatroniSwitchesOver has the standby lead in order, as for an upgrade.
func TestPatroniSwitchesOver(t *testing.T) {
	r := newRehearsal(t, rehearsed)
	was := r.on.leader()
	r.hit()
	r.on.ctl("switchover", "keur", "--candidate", r.on.other(was).name, "--force")
	r.end(t, 0)
	if !r.on.other(was).is("primary") {
		t.Error("the standby doesn't lead")
	}
	r.on.awaitPair()
}

// TestPatroniLosesThePrimary loses a machine that has PostgreSQL, its Patroni and a
// worker. What that one had under way is in doubt. Started again, the machine follows.
func TestPatroniLosesThePrimary(t *testing.T) {
	r := newRehearsal(t, rehearsed)
	was := r.on.leader()
	r.hit()
	_ = r.workers[0].Process.Kill()
	was.signal(t, syscall.SIGKILL)
	_, _ = r.workers[0].Wait(), was.patroni.Wait()
	r.workers = r.workers[1:]
	r.end(t, mayDoubt)
	r.on.start(was)
	r.on.awaitPair()
}

// TestPatroniFreezesThePrimary has PostgreSQL and Patroni hang until the other one
// leads and mail flows by that. PostgreSQL wakes up and Patroni doesn't: no write to the
// old primary counts. Then the machine is lost, as by a watchdog that came late, and
// started again. A Patroni before 3.0.3 that woke up might take the lease back, and any
// that is started beside its old PostgreSQL lets go what waits before it stops it.
func TestPatroniFreezesThePrimary(t *testing.T) {
	r := newRehearsal(t, rehearsed)
	was := r.on.leader()
	admin := pgtest.Open(t, r.on.adminURL())
	admin.MustExec(`CREATE TABLE woken (n bigint)`)
	sleeper := pgtest.Open(t, r.on.url(r.on.account.name, "keur", was.port))
	r.hit()
	was.signal(t, syscall.SIGSTOP)
	proctest.Until(t, "the other leads", func() bool { return r.on.other(was).is("primary") })
	r.waitFor(t, r.taken.Load()+rehearsed/10)
	taken := writeOn(t, sleeper)
	_ = was.patroni.Process.Kill()
	_ = was.patroni.Wait()
	was.signal(t, syscall.SIGCONT)
	proctest.Until(t, "a write waits for the standby that the old primary had", func() bool {
		var waits bool
		return sleeper.Get(&waits, `
			SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'INSERT INTO woken%' AND wait_event = 'SyncRep')`) == nil && waits
	})
	was.signal(t, syscall.SIGKILL)
	if n := taken(); n > 0 {
		t.Errorf("the old primary took %d writes when it woke up", n)
	}
	r.end(t, mayDoubt)
	r.on.start(was)
	r.on.awaitPair()
	var kept int
	if err := admin.Get(&kept, `SELECT count(*) FROM woken`); err != nil || kept > 0 {
		t.Errorf("%d writes of the old primary are in the base, %v", kept, err)
	}
}

// writeOn writes to the table woken again and again, until it is asked how many
// writes were taken.
func writeOn(t *testing.T, db *sqlx.DB) (taken func() int64) {
	t.Helper()
	var n atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		// Each write waits as long as it takes: to cut one off would have it called
		// done, though no standby has it.
		for ctx.Err() == nil {
			if _, err := db.ExecContext(context.WithoutCancel(ctx), `INSERT INTO woken VALUES (1)`); err == nil {
				n.Add(1)
			}
		}
	})
	return func() int64 {
		stop()
		writing.Wait()
		return n.Load()
	}
}

// rehearsal is a send under way over a cluster, by three workers with leases as the
// product's: one asks HAProxy, and two a URL that names both servers.
type rehearsal struct {
	*trial
	on      *cluster
	workers []*exec.Cmd
	silence silence
}

func newRehearsal(t *testing.T, members int) *rehearsal {
	t.Helper()
	on := newCluster(t)
	r := &rehearsal{trial: newTrialAt(t, members, on.adminURL(), on.anyURL()), on: on}
	watch := func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtEnd {
			r.silence.broken()
		}
		return smtptest.Act{}
	}
	r.script.Store(&watch)
	for _, url := range []string{on.anyURL(), on.proxyURL(), on.anyURL()} {
		r.workers = append(r.workers, process(t, url, settings{port: r.server.Port(), connections: connections, tls: "none"}))
	}
	r.waitFor(t, int64(members/5)+rand.Int64N(int64(members/5)))
	return r
}

// hit is called right before what is rehearsed happens.
func (r *rehearsal) hit() { r.silence.begin() }

// end waits until the send is done and counts.
func (r *rehearsal) end(t *testing.T, mayDoubt int) {
	t.Helper()
	r.finish(t, r.workers...)
	r.mustBeRight(t, mayDoubt)
	t.Logf("mail flowed again after %.1f s; the longest time without was %.1f s", r.silence.until.Seconds(), r.silence.longest.Seconds())
}

// silence is the longest time in which no mail was taken.
type silence struct {
	mu             sync.Mutex
	from, last     time.Time
	longest, until time.Duration // until: its end, since from
}

func (s *silence) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = time.Now()
	s.last, s.longest, s.until = s.from, 0, 0
}

func (s *silence) broken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if since := now.Sub(s.last); !s.from.IsZero() && since > s.longest {
		s.longest, s.until = since, now.Sub(s.from)
	}
	s.last = now
}
