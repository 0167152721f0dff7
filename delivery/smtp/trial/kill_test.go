package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
	"keur/mailings"
)

const connections = 8

// Short forms of the crash tests, for every run; `make crash` has the long ones.

func TestWorkersAreKilled(t *testing.T) {
	t.Parallel()
	killWorkers(t, 2000, 3)
}

func TestDatabaseIsKilled(t *testing.T) {
	t.Parallel()
	killDatabase(t, 2000, 2)
}

func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	breakConnections(t, 2000)
}

func TestWorkerStopsInOrder(t *testing.T) {
	t.Parallel()
	c := newTrial(t, 2000)
	for range 3 {
		worker := c.work(t)
		c.waitFor(t, c.taken.Load()+300)
		proctest.Stop(t, worker)
		if n := c.count(t, `SELECT count(*) FROM deliveries WHERE state IN ('sending', 'in_doubt')`); n > 0 {
			t.Fatalf("%d deliveries are in flight or in doubt after a clean stop", n)
		}
	}
	c.finish(t, c.work(t))
	c.mustBeRight(t, 0)
}

// trial is a send under way, and a server that counts what it takes.
type trial struct {
	stage    *deliverytest.Stage
	database *pgtest.OwnServer // of the trial's own; nil: a cluster's
	url      string            // of the base, as its workers have it
	app      *sqlx.DB
	send     mailings.Send
	members  int
	server   *smtptest.Server
	taken    atomic.Int64
	script   atomic.Pointer[func(smtptest.At) smtptest.Act]
	closed   atomic.Pointer[func(conn int)]
}

func newTrial(t *testing.T, members int) *trial {
	t.Helper()
	return newTrialOver(t, members, pgtest.Server(t))
}

// newTrialOver is a trial over a server of its own.
func newTrialOver(t *testing.T, members int, database *pgtest.OwnServer) *trial {
	t.Helper()
	c := newTrialAt(t, members, database.OwnerURL(), database.AppURL())
	c.database = database
	return c
}

// newTrialAt is a trial over a base that has the schema.
func newTrialAt(t *testing.T, members int, ownerURL, appURL string) *trial {
	t.Helper()
	c := &trial{members: members, url: appURL, app: pgtest.Open(t, appURL)}
	closed := func(conn int) {
		if told := c.closed.Load(); told != nil {
			(*told)(conn)
		}
	}
	c.server = smtptest.Start(t, smtptest.Config{KeepMails: 1, Closed: closed, Script: func(at smtptest.At) smtptest.Act {
		var act smtptest.Act
		if script := c.script.Load(); script != nil {
			act = (*script)(at)
		}
		if at.Step == smtptest.AtEnd {
			c.taken.Add(1)
		}
		return act
	}})
	var err error
	if c.stage, err = deliverytest.New(t.Context(), pgtest.Open(t, ownerURL), c.app, clock.System{}, members); err != nil {
		t.Fatal(err)
	}
	if c.send, err = c.stage.NewSend(t.Context(), deliverytest.Content(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err = c.stage.Start(t.Context(), c.send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: c.send.SlotAt}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *trial) work(t *testing.T) *exec.Cmd { return c.worker(t, c.url, c.server.Port(), never) }

// worker starts a worker over the base at url, whose mails go to port.
func (c *trial) worker(t *testing.T, url string, port int, lease time.Duration) *exec.Cmd {
	return process(t, url, settings{port: port, connections: connections, lease: lease, tls: "none"})
}

// waitFor returns when the server has taken n mails.
func (c *trial) waitFor(t *testing.T, n int64) {
	t.Helper()
	proctest.Until(t, fmt.Sprintf("%d mails are taken", n), func() bool { return c.taken.Load() >= n })
}

// finish waits until all is done, and stops the workers in order.
func (c *trial) finish(t *testing.T, workers ...*exec.Cmd) {
	t.Helper()
	proctest.Until(t, "all batches are done, and nothing is to be tried again", func() bool {
		return c.count(t, `
			SELECT (SELECT count(*) FROM delivery_batches WHERE state <> 'done') + (SELECT count(*) FROM delivery_retries)`) == 0
	})
	for _, worker := range workers {
		proctest.Stop(t, worker)
	}
}

// count returns one number, however long the database takes to come back.
func (c *trial) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	proctest.Until(t, "the database answers", func() bool { return c.app.GetContext(context.Background(), &n, query, args...) == nil })
	return n
}

// mustBeRight fails unless everyone got one mail, but for those in doubt, who
// got at most one and are at most as many as allowed.
func (c *trial) mustBeRight(t *testing.T, mayDoubt int) {
	t.Helper()
	boxes := map[string]int{}
	for receipt, n := range c.server.Counts() {
		boxes[receipt.To] += n
	}
	var all []struct {
		Address string `db:"address"`
		State   string `db:"state"`
	}
	if err := c.app.Select(&all, `SELECT m.address, d.state FROM deliveries d JOIN members m ON m.id = d.member_id`); err != nil {
		t.Fatal(err)
	}
	if len(all) != c.members {
		t.Errorf("%d deliveries of %d members", len(all), c.members)
	}
	doubts, twice, missing, wrong := 0, 0, 0, 0
	for _, d := range all {
		got := boxes[d.Address]
		if got > 1 {
			twice++
		}
		switch d.State {
		case "sent":
			if got == 0 {
				missing++
			}
		case "in_doubt":
			doubts++
		default:
			wrong++
		}
	}
	if twice+missing+wrong > 0 || doubts > mayDoubt {
		t.Errorf("%d got it twice, %d are called sent and got nothing, %d are neither sent nor in doubt; %d in doubt of at most %d",
			twice, missing, wrong, doubts, mayDoubt)
	}
	t.Logf("%d members, %d mails, %d in doubt of at most %d", c.members, c.taken.Load(), doubts, mayDoubt)
	if counted := c.count(t, `SELECT coalesce(sum(n), 0) FROM outcomes WHERE measure IN ('sent', 'in_doubt')`); counted != c.members {
		t.Errorf("%d counted of %d", counted, c.members)
	}
}

// killWorkers kills the worker at random points, round after round.
func killWorkers(t *testing.T, members, rounds int) {
	c := newTrial(t, members)
	for round := range rounds {
		worker := c.work(t)
		share := int64(members / (rounds + 1))
		c.waitFor(t, max(c.taken.Load()+1, int64(round)*share+rand.Int64N(share)))
		_ = worker.Process.Kill()
		_ = worker.Wait()
		// Nobody renews its leases now. That they end by themselves is Queue's own test.
		if _, err := c.stage.Owner.Exec(`UPDATE delivery_batches SET lease_until = now() - interval '1 second' WHERE state = 'running'`); err != nil {
			t.Fatal(err)
		}
		// Of each worker: the batch of one killed before may still have its lease.
		if n := c.count(t, `
			SELECT coalesce(max(n), 0) FROM (
			  SELECT count(*) AS n FROM delivery_batches b JOIN deliveries d ON d.send_id = b.send_id AND d.part = b.part
			   WHERE d.member_id BETWEEN b.first_member AND b.last_member AND d.state = 'sending' GROUP BY b.worker) w`); n > 3*connections {
			t.Errorf("%d under way after a kill, more than three per connection", n)
		}
	}
	c.finish(t, c.work(t))
	c.mustBeRight(t, 3*connections*rounds)
}

// killDatabase stops PostgreSQL as a power cut would, while the worker lives
// on: it knows what it sent, so nothing is in doubt.
func killDatabase(t *testing.T, members, rounds int) {
	c := newTrial(t, members)
	worker := c.work(t)
	for round := range rounds {
		share := int64(members / (rounds + 1))
		// Not before it sends: one that finds no base when it begins gives up.
		c.waitFor(t, max(c.taken.Load()+1, int64(round)*share+rand.Int64N(share)))
		c.database.Kill()
		c.database.Start()
	}
	c.settle(t, worker)
	c.mustBeRight(t, 0)
}

// breakConnections lets the server hang up at any step of one mail in fifty.
func breakConnections(t *testing.T, members int) {
	c := newTrial(t, members)
	var doubtful atomic.Int64
	steps := []smtptest.Step{smtptest.AtConnect, smtptest.AtMail, smtptest.AtRcpt, smtptest.AtData, smtptest.AtPayload, smtptest.AtEnd}
	script := func(at smtptest.At) smtptest.Act {
		if rand.IntN(50*len(steps)) != 0 && (at.Step != smtptest.AtEnd || rand.IntN(100) != 0) {
			return smtptest.Act{}
		}
		if at.Step == smtptest.AtPayload || at.Step == smtptest.AtEnd {
			doubtful.Add(1)
		}
		return smtptest.Act{Drop: true}
	}
	c.script.Store(&script)
	c.finish(t, c.work(t))
	c.mustBeRight(t, int(doubtful.Load()))
}
