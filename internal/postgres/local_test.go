package postgres_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/proctest"
)

// parentOf names the folder whose server a child of this test is to start.
const parentOf = "KEUR_TEST_PARENT_OF"

// TestParent is not a test but the program that TestNoOrphan kills: it starts
// a server, says so, and waits for its end.
func TestParent(t *testing.T) {
	dir := os.Getenv(parentOf)
	if dir == "" {
		return
	}
	start(t, dir)
	_, _ = os.Stdout.WriteString("started\n")
	select {}
}

func TestNoOrphan(t *testing.T) {
	t.Parallel()
	dir := pgtest.Folder(t)
	child := exec.Command(os.Args[0], "-test.run=^TestParent$")
	child.Env = append(os.Environ(), parentOf+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	server := serverPID(t, dir)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()

	// At once, so that the server may still be on its way down.
	l := start(t, dir)
	if n := serverPID(t, dir); n == server {
		t.Errorf("the new server is the old one")
	}
	stop(t, l)
	waitFor(t, "the orphan to end", func() bool { return syscall.Kill(server, 0) == syscall.ESRCH })
}

func TestStopKeepsData(t *testing.T) {
	t.Parallel()
	dir := pgtest.Folder(t)
	l := start(t, dir)
	pgtest.Open(t, l.OwnerURL()).MustExec(`CREATE TABLE kept AS SELECT 7 AS n`)
	stop(t, l)
	if _, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid")); err == nil {
		t.Error("the server didn't stop in order")
	}
	again := start(t, dir)
	if l.OwnerURL() != again.OwnerURL() || l.AppURL() != again.AppURL() {
		t.Error("the URLs changed")
	}
	var n int
	if err := pgtest.Open(t, again.OwnerURL()).Get(&n, `SELECT n FROM kept`); err != nil || n != 7 {
		t.Errorf("kept %d, %v", n, err)
	}
	// A kill leaves postmaster.pid behind; its number may mean anyone by then.
	if err := again.Kill(context.Background()); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(dir, "data", "postmaster.pid")
	if err := os.WriteFile(stale, []byte(strconv.Itoa(os.Getpid())+"\n"+filepath.Join(dir, "data")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err == nil {
		owner, _ := info.Sys().(*syscall.Stat_t)
		_ = os.Chown(stale, int(owner.Uid), int(owner.Gid))
	}
	stop(t, start(t, dir))
}

func TestServerComesBack(t *testing.T) {
	t.Parallel()
	dir := pgtest.Folder(t)
	starter, joined := start(t, dir), start(t, dir)
	db := pgtest.Open(t, joined.OwnerURL())
	db.MustExec(`CREATE TABLE kept AS SELECT 7 AS n`)
	holds := func() bool {
		var n int
		return db.GetContext(t.Context(), &n, `SELECT n FROM kept`) == nil && n == 7
	}
	server := serverPID(t, dir)
	if err := syscall.Kill(server, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the killed server to come back", func() bool { return holds() && serverPID(t, dir) != server })
	if !postgres.InUse(dir) {
		t.Error("a server that two use is in use by nobody")
	}
	if err := starter.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the one that joined to start it anew", holds)
	stop(t, joined)
	if postgres.InUse(dir) {
		t.Error("a stopped server is in use")
	}
}

func TestSecondJoins(t *testing.T) {
	t.Parallel()
	dir := pgtest.Folder(t)
	both := make(chan *postgres.Local, 2)
	for range 2 {
		go func() {
			l, err := postgres.StartLocal(context.Background(), small(dir))
			if err != nil {
				t.Error(err)
			}
			both <- l
		}()
	}
	first, second := <-both, <-both
	if t.Failed() {
		return
	}
	if first.AppURL() != second.AppURL() {
		t.Error("the two have different servers")
	}
	if err := postgres.RefuseOwner(t.Context(), pgtest.Open(t, second.AppURL())); err != nil {
		t.Error(err)
	}
	if _, err := postgres.Open(t.Context(), strings.Replace(second.AppURL(), "keur_app_login", "keur_owner", 1)); err == nil {
		t.Error("the application's password is the owner's too")
	}
	// Whichever of them started it, the server lives as long as one of them.
	stop(t, first)
	if err := pgtest.Open(t, second.AppURL()).Ping(); err != nil {
		t.Error(err)
	}
	stop(t, second)
	if _, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("the server outlives its users: %v", err)
	}
}

func TestOddFolder(t *testing.T) {
	t.Parallel()
	// Longer than a socket's path may be, and hard to quote.
	dir := filepath.Join(pgtest.Folder(t), strings.Repeat("long ", 20)+"it's", "postgres")
	config := small(dir)
	config.Ephemeral = true
	l, err := postgres.StartLocal(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, l)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder outlives its ephemeral server: %v", err)
	}
}

func TestBrokenClusterSaysSo(t *testing.T) {
	t.Parallel()
	dir := pgtest.Folder(t)
	config := small(dir)
	config.Settings["shared_buffers"] = "lots"
	_, err := postgres.StartLocal(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("a wrong setting says %v", err)
	}
}

func small(dir string) postgres.LocalConfig {
	return postgres.LocalConfig{DataDir: dir, Settings: map[string]string{"shared_buffers": "32MB"}}
}

func start(t *testing.T, dir string) *postgres.Local {
	t.Helper()
	l, err := postgres.StartLocal(context.Background(), small(dir))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func stop(t *testing.T, l *postgres.Local) {
	t.Helper()
	if err := l.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func serverPID(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	proctest.Until(t, what, done)
}
