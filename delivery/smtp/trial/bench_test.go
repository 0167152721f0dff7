//go:build bench

package trial

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/labels"
	"keur/mailings"
)

// The measurement of issue 2: so many members, over so many connections.
const (
	benchMembers     = 100_000
	benchConnections = 32
)

// TestBenchSend sends to Postfix's sink, and lets Postfix's own source do the
// same in the same run.
func TestBenchSend(t *testing.T) {
	server := pgtest.Server(t)
	app, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
	stage, err := deliverytest.New(t.Context(), owner, app, clock.System{}, benchMembers)
	if err != nil {
		t.Fatal(err)
	}
	send, err := stage.NewSend(t.Context(), deliverytest.Content(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	port := sink(t)
	from := time.Now()
	if _, err := stage.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt, Weights: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	t.Logf("frozen          %8.0f members/s", benchMembers/time.Since(from).Seconds())

	databaseBefore := databaseCPU(t, owner)
	worker := process(t, server.AppURL(), port, benchConnections, 30*time.Second, os.Getenv("PROFILE"))
	from = time.Now()
	proctest.Until(t, "every outcome is durable", func() (done bool) {
		if err := app.Get(&done, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE send_id = $1 AND state <> 'done')`, send.ID); err != nil {
			t.Fatal(err)
		}
		return done
	})
	took := time.Since(from)
	database := databaseCPU(t, owner) - databaseBefore
	_ = worker.Process.Signal(syscall.SIGTERM)
	if err := worker.Wait(); err != nil {
		t.Fatal(err)
	}
	usage := worker.ProcessState.SysUsage().(*syscall.Rusage)
	var sent, updates, hot int
	if err := app.Get(&sent, `SELECT count(*) FROM deliveries WHERE state = 'sent'`); err != nil || sent != benchMembers {
		t.Fatalf("%d sent, %v", sent, err)
	}
	if err := owner.QueryRow(`SELECT sum(n_tup_upd), sum(n_tup_hot_upd) FROM pg_stat_user_tables WHERE relname LIKE 'deliveries\_%'`).Scan(&updates, &hot); err != nil {
		t.Fatal(err)
	}
	size := mailSize(t, stage, send)
	reference := source(t, port, size)
	rate := benchMembers / took.Seconds()
	t.Logf("keur            %8.0f mails/s of %d bytes, from the start of its process to all outcomes durable", rate, size)
	t.Logf("smtp-source     %8.0f mails/s", reference)
	t.Logf("ratio           %8.2f", rate/reference)
	t.Logf("CPU of keur     %8.0f µs a mail", float64(worker.ProcessState.UserTime()+worker.ProcessState.SystemTime())/1e3/benchMembers)
	t.Logf("CPU of postgres %8.0f µs a mail", float64(database)/1e3/benchMembers)
	t.Logf("peak memory     %8d MiB", usage.Maxrss>>10)
	t.Logf("ledger          %d updates, %.1f%% of them HOT", updates, 100*float64(hot)/float64(max(updates, 1)))
	if rate < 6000 && rate < 0.75*reference {
		t.Errorf("%.0f mails/s, wanted 6,000 or three quarters of smtp-source", rate)
	}
	if usage.Maxrss>>10 > 256 {
		t.Errorf("%d MiB of memory, wanted at most 256", usage.Maxrss>>10)
	}
}

// TestBenchFreeze freezes the audience of a million.
func TestBenchFreeze(t *testing.T) {
	const members = 1_000_000
	server := pgtest.Server(t)
	app, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
	stage, err := deliverytest.New(t.Context(), owner, app, clock.System{}, members)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		send, err := stage.NewSend(t.Context(), deliverytest.Content(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		from := time.Now()
		frozen, err := stage.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt, Weights: []int{1, 1}})
		if err != nil {
			t.Fatal(err)
		}
		rate := float64(frozen.Queued) / time.Since(from).Seconds()
		t.Logf("frozen %d in %d batches, %.0f members/s", frozen.Queued, frozen.Batches, rate)
		if rate < 100_000 {
			t.Errorf("%.0f members/s, wanted 100,000", rate)
		}
	}
}

// sink starts smtp-sink and returns its port.
func sink(t *testing.T) int {
	t.Helper()
	port := freePort(t)
	args := []string{"127.0.0.1:" + strconv.Itoa(port), "512"}
	if me, err := user.Current(); err == nil && me.Uid == "0" {
		args = append([]string{"-u", "nobody"}, args...)
	}
	cmd := exec.Command("smtp-sink", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("smtp-sink: %v; make bench fetches it", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	proctest.Until(t, "smtp-sink listens", func() bool {
		line, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			_ = line.Close()
		}
		return err == nil
	})
	return port
}

// source returns how many mails of the size smtp-source sends in a second.
func source(t *testing.T, port, size int) float64 {
	t.Helper()
	from := time.Now()
	out, err := exec.Command("smtp-source", "-d", "-s", strconv.Itoa(benchConnections), "-l", strconv.Itoa(size),
		"-m", strconv.Itoa(benchMembers), "127.0.0.1:"+strconv.Itoa(port)).CombinedOutput()
	if err != nil {
		t.Fatalf("smtp-source: %v: %s", err, out)
	}
	return benchMembers / time.Since(from).Seconds()
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// mailSize returns the size of one of the mails, to give smtp-source the same.
func mailSize(t *testing.T, stage *deliverytest.Stage, send mailings.Send) int {
	t.Helper()
	preview, err := proofs(stage).Preview(t.Context(), send.RevisionID, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	return len(preview.Raw)
}

func proofs(stage *deliverytest.Stage) *delivery.Proofs {
	return &delivery.Proofs{
		DB: stage.App, Labels: labels.NewStore(stage.App), Clock: clock.System{},
		Mails: &delivery.Mails{Mailings: stage.Mailings, Members: stage.Members, Vouchers: stage.Vouchers, Compiler: stage.Compiler, Ring: stage.Ring},
	}
}

// databaseCPU returns the CPU time that the server behind db has used, all its
// processes together.
func databaseCPU(t *testing.T, db *sqlx.DB) time.Duration {
	t.Helper()
	var backend int
	if err := db.Get(&backend, `SELECT pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	postmaster := stat(t, strconv.Itoa(backend))[1]
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var ticks int64
	for _, path := range stats {
		pid := filepath.Base(filepath.Dir(path))
		fields := stat(t, pid)
		if len(fields) < 15 || fields[1] != postmaster && pid != postmaster {
			continue
		}
		own := fields[11:13] // utime, stime
		if pid == postmaster {
			own = fields[11:15] // and those of children that have ended
		}
		for _, field := range own {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / 100
}

// stat returns the fields of a process's stat after its name, or none when it
// is gone.
func stat(t *testing.T, pid string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
}
