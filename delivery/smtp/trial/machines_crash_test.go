//go:build crash

package trial

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
)

// What becomes of a send when one of three workers, or its network, is lost, for good
// or for a while. Their leases end as in life, only sooner.

const (
	crowd      = 20_000
	crashLease = 5 * time.Second
)

// workAt starts a worker over the base at url, whose mails go to port, and returns it
// once it sends, with what the base calls it.
func (c *trial) workAt(t *testing.T, url string, port int) (worker *exec.Cmd, id string) {
	t.Helper()
	var before []string
	if err := c.app.Select(&before, `SELECT id FROM delivery_workers`); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, id := range before {
		known[id] = true
	}
	worker = c.worker(t, url, port, crashLease)
	proctest.Until(t, "the worker holds a batch", func() bool {
		var at []string
		if err := c.app.Select(&at, `SELECT DISTINCT worker FROM delivery_batches WHERE state = 'running'`); err != nil {
			t.Fatal(err)
		}
		for _, name := range at {
			if !known[name] {
				id = name
			}
		}
		return id != ""
	})
	return worker, id
}

// others starts two workers beside the first.
func (c *trial) others(t *testing.T) []*exec.Cmd {
	t.Helper()
	second, _ := c.workAt(t, c.url, c.server.Port())
	third, _ := c.workAt(t, c.url, c.server.Port())
	return []*exec.Cmd{second, third}
}

// takenOver waits until others hold all that a worker held.
func (c *trial) takenOver(t *testing.T, id string) {
	t.Helper()
	proctest.Until(t, "others have taken its batches", func() bool {
		return c.count(t, `SELECT count(*) FROM delivery_batches WHERE state = 'running' AND worker = $1`, id) == 0
	})
}

// further waits until the server took so many more mails.
func (c *trial) further(t *testing.T, share int) {
	t.Helper()
	most := int64(c.members / share)
	c.waitFor(t, min(int64(c.members)*9/10, c.taken.Load()+1+rand.Int64N(most)))
}

// still waits until the server took nothing for two seconds, as nothing else tells of
// what doesn't happen, and returns how many mails it has.
func (c *trial) still() int64 {
	for {
		was := c.taken.Load()
		<-time.After(2 * time.Second)
		if c.taken.Load() == was {
			return was
		}
	}
}

func TestCrashAnyOfThree(t *testing.T) {
	const kills = 6
	c := newTrial(t, crowd)
	var workers []*exec.Cmd
	for range processes {
		workers = append(workers, c.worker(t, c.url, c.server.Port(), crashLease))
	}
	for range kills {
		c.further(t, 2*kills)
		i := rand.IntN(processes)
		_ = workers[i].Process.Kill()
		_ = workers[i].Wait()
		workers[i] = c.worker(t, c.url, c.server.Port(), crashLease)
	}
	c.finish(t, workers...)
	c.mustBeRight(t, 3*connections*kills)
}

// TestCrashAWorkerStandsStill beyond its lease, and goes on: nothing that it writes
// then counts for a batch that is another's.
func TestCrashAWorkerStandsStill(t *testing.T) {
	c := newTrial(t, crowd)
	first, id := c.workAt(t, c.url, c.server.Port())
	workers := append(c.others(t), first)
	c.further(t, 10)
	_ = first.Process.Signal(syscall.SIGSTOP)
	c.takenOver(t, id)
	_ = first.Process.Signal(syscall.SIGCONT)
	c.finish(t, workers...)
	c.mustBeRight(t, 3*connections)
}

// TestCrashTheWayToPostgreSQLHangs for one worker until others have its batches, and
// carries on.
func TestCrashTheWayToPostgreSQLHangs(t *testing.T) {
	c := newTrial(t, crowd)
	way, at := c.wireToDatabase(t)
	first, id := c.workAt(t, at, c.server.Port())
	workers := append(c.others(t), first)
	c.further(t, 10)
	way.Hang()
	c.takenOver(t, id)
	way.Heal()
	c.finish(t, workers...)
	c.mustBeRight(t, 3*connections)
}

// TestCrashTheWayToPostgreSQLBreaks again and again, for all three: what they know they
// keep, so nothing is in doubt.
func TestCrashTheWayToPostgreSQLBreaks(t *testing.T) {
	const breaks = 10
	c := newTrial(t, crowd)
	way, at := c.wireToDatabase(t)
	var workers []*exec.Cmd
	for range processes {
		workers = append(workers, c.worker(t, at, c.server.Port(), never))
	}
	for range breaks {
		c.further(t, 2*breaks)
		way.Cut()
	}
	c.settle(t, workers...)
	c.mustBeRight(t, 0)
}

// TestCrashTheWayToTheReceiverBreaks again and again, at once or after it hung.
func TestCrashTheWayToTheReceiverBreaks(t *testing.T) {
	const breaks = 10
	c := newTrial(t, crowd)
	way := newWire(t, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.server.Port())))
	var workers []*exec.Cmd
	for range processes {
		workers = append(workers, c.worker(t, c.url, way.port(), never))
	}
	for n := range breaks {
		c.further(t, 2*breaks)
		if n%2 == 0 {
			way.Hang()
			c.still()
		}
		way.Cut()
		way.Heal()
	}
	c.finish(t, workers...)
	c.mustBeRight(t, 3*connections*processes*breaks)
}

// TestCrashPostgreSQLIsGoneForAMinute while connections to the receiver break, too:
// outcomes that are known wait as long.
func TestCrashPostgreSQLIsGoneForAMinute(t *testing.T) {
	c := newTrial(t, crowd)
	worker := c.work(t)
	c.further(t, 4)
	c.database.Kill()
	again := time.After(time.Minute)
	script := func(at smtptest.At) smtptest.Act {
		return smtptest.Act{Drop: at.Step == smtptest.AtMail && rand.IntN(20) == 0}
	}
	c.script.Store(&script)
	<-again
	c.database.Start()
	c.settle(t, worker)
	c.mustBeRight(t, 0)
}

// TestCrashTheDiskIsFull in mid-send, and has room again: until then nothing leaves that
// the ledger couldn't hold.
func TestCrashTheDiskIsFull(t *testing.T) {
	disk := smallDisk(t)
	c := newTrialOver(t, crowd, pgtest.ServerIn(t, filepath.Join(disk, "server")))
	var workers []*exec.Cmd
	for range processes {
		workers = append(workers, c.work(t))
	}
	c.further(t, 4)
	ballast := fill(t, disk)
	if c.still() == crowd {
		t.Fatal("all left before the disk was full")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	c.settle(t, workers...)
	c.mustBeRight(t, 0)
}

// wireToDatabase returns a network to the trial's base, and the base's URL over it.
func (c *trial) wireToDatabase(t *testing.T) (way *wire, at string) {
	t.Helper()
	here, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	query := here.Query()
	port := query.Get("port")
	if port == "" {
		port = "5432"
	}
	way = newWire(t, "unix", filepath.Join(query.Get("host"), ".s.PGSQL."+port))
	query.Set("host", "127.0.0.1")
	query.Set("port", strconv.Itoa(way.port()))
	query.Set("sslmode", "disable")
	here.RawQuery = query.Encode()
	return way, here.String()
}

// smallDisk returns a folder with room for a small base and little more.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := pgtest.Folder(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1g,mode=0755"); err != nil {
		t.Skipf("a disk that fills up has to be mounted, which only root may: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	return dir
}

// fill writes a file for which the disk has no more room, and returns its name.
func fill(t *testing.T, disk string) string {
	t.Helper()
	file, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for zeros := make([]byte, 1<<20); err == nil; {
		_, err = file.Write(zeros)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return file.Name()
}
