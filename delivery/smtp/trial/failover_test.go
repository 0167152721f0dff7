package trial

import (
	"math/rand/v2"
	"os/exec"
	"testing"

	"keur/internal/pgtest"
	"keur/internal/proctest"
)

// What becomes of a send when the PostgreSQL that takes writes is lost and its
// standby takes over. The long forms are in `make crash`.

func TestThePrimaryIsLost(t *testing.T) {
	t.Parallel()
	losePrimary(t, 2000)
}

func TestThePrimaryIsStopped(t *testing.T) {
	t.Parallel()
	switchOver(t, 2000)
}

func TestThePrimaryHangs(t *testing.T) {
	t.Parallel()
	freezePrimary(t, 2000)
}

func TestThePrimaryIsLostWithItsWorkers(t *testing.T) {
	t.Parallel()
	loseBoth(t, 2000)
}

// processes is how many workers share a send.
const processes = 3

// newFailover is a trial over two servers, of which the second follows the first
// and is waited for at each commit; three workers are under way.
func newFailover(t *testing.T, members int) (c *trial, standby *pgtest.OwnServer, workers []*exec.Cmd) {
	t.Helper()
	c = newTrial(t, members)
	standby = c.database.Standby()
	c.url = c.database.AnyURL(standby)
	c.app = pgtest.Open(t, c.url)
	for range processes {
		workers = append(workers, c.work(t))
	}
	c.waitFor(t, int64(members/5)+rand.Int64N(int64(members/5)))
	return c, standby, workers
}

// settle finishes a send after PostgreSQL was away, by workers that live on: what they
// claimed without hearing so they let go of, and what they know they write.
func (c *trial) settle(t *testing.T, workers ...*exec.Cmd) {
	t.Helper()
	proctest.Until(t, "all is known of each delivery", func() bool {
		return c.count(t, `SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending', 'in_doubt')`) == 0
	})
	c.finish(t, workers...)
}

// losePrimary ends the primary as a power cut would, for good. The workers live on
// and know what they sent.
func losePrimary(t *testing.T, members int) {
	c, standby, workers := newFailover(t, members)
	c.database.Kill()
	standby.Promote()
	c.settle(t, workers...)
	c.mustBeRight(t, 0)
}

// loseBoth ends the primary and all workers at once. What was between a durable
// intent and its outcome is in doubt, and nothing else.
func loseBoth(t *testing.T, members int) {
	c, standby, workers := newFailover(t, members)
	for _, worker := range workers {
		_ = worker.Process.Kill()
	}
	c.database.Kill()
	for _, worker := range workers {
		_ = worker.Wait()
	}
	standby.Promote()
	// Nobody renews their leases now.
	pgtest.Open(t, standby.OwnerURL()).MustExec(`UPDATE delivery_batches SET lease_until = now() - interval '1 second' WHERE state = 'running'`)
	c.finish(t, c.work(t))
	c.mustBeRight(t, 3*connections*processes)
}

// switchOver stops the primary in order, as for an upgrade.
func switchOver(t *testing.T, members int) {
	c, standby, workers := newFailover(t, members)
	c.database.Stop()
	standby.Promote()
	c.settle(t, workers...)
	c.mustBeRight(t, 0)
}

// freezePrimary stops the primary where it is and lets the standby take over, by
// which mail flows while nothing tells the workers that the primary hangs. It wakes up
// again until what watches over both ends it: nothing is durable there without its
// standby.
func freezePrimary(t *testing.T, members int) {
	c, standby, workers := newFailover(t, members)
	c.database.Freeze()
	standby.Promote()
	c.waitFor(t, c.taken.Load()+int64(members/5))
	c.database.Thaw()
	c.database.Kill()
	c.settle(t, workers...)
	c.mustBeRight(t, 0)
}
