package pgtest

import (
	"context"
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
	s := &OwnServer{t: t, dir: Folder(t)}
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
