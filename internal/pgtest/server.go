package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"keur/internal/postgres"
)

// OwnServer is a durable server of one test, which may kill and restart it.
type OwnServer struct {
	t     testing.TB
	dir   string
	local *postgres.Local
}

// Server starts a migrated server of the test's own, with fsync on, to see
// what survives. It is gone when the test ends.
func Server(t testing.TB) *OwnServer {
	t.Helper()
	return ServerIn(t, Folder(t))
}

// ServerIn is Server in a folder that isn't there yet.
func ServerIn(t testing.TB, dir string) *OwnServer {
	t.Helper()
	s := &OwnServer{t: t, dir: dir}
	t.Cleanup(s.Kill)
	s.Start()
	if err := migrate(context.Background(), s.OwnerURL()); err != nil {
		t.Fatalf("own server: %v", err)
	}
	return s
}

// AppURL returns the application's URL, the same after each Start.
func (s *OwnServer) AppURL() string { return named(s.local.AppURL(), "keur") }

// OwnerURL returns the owner's URL, the same after each Start.
func (s *OwnServer) OwnerURL() string { return named(s.local.OwnerURL(), "keur") }

// Kill ends the server as a power cut would.
func (s *OwnServer) Kill() {
	s.t.Helper()
	if s.local == nil {
		return
	}
	if err := s.local.Kill(context.Background()); err != nil {
		s.t.Errorf("kill own server: %v", err)
	}
}

// Freeze stops the server's processes where they are, as a machine that hangs:
// it takes connections and answers nothing.
func (s *OwnServer) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on, which knows nothing of what happened meanwhile.
func (s *OwnServer) Thaw() { s.signal(syscall.SIGCONT) }

// signal tells the server's first process and then all that it started.
func (s *OwnServer) signal(what syscall.Signal) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		s.t.Fatalf("find own server: %v", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	server, err := strconv.Atoi(first)
	if err != nil {
		s.t.Fatalf("find own server: %v", err)
	}
	if err := syscall.Kill(server, what); err != nil {
		s.t.Fatalf("signal own server: %v", err)
	}
	said, err := exec.CommandContext(s.t.Context(), "ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		s.t.Fatalf("find what own server started: %v", err)
	}
	for line := range strings.Lines(string(said)) {
		var pid, parent int
		if _, err := fmt.Sscan(line, &pid, &parent); err == nil && parent == server {
			_ = syscall.Kill(pid, what) // it may have ended meanwhile
		}
	}
}

// Stop ends the server in order, as for a switchover.
func (s *OwnServer) Stop() {
	s.t.Helper()
	if err := s.local.Stop(context.Background()); err != nil {
		s.t.Errorf("stop own server: %v", err)
	}
	s.local = nil
}

// Start starts the server, which recovers what was committed.
func (s *OwnServer) Start() {
	s.t.Helper()
	local, err := postgres.StartLocal(context.Background(), postgres.LocalConfig{
		DataDir: s.dir,
	})
	if err != nil {
		s.t.Fatalf("start own server: %v", err)
	}
	s.local = local
}
