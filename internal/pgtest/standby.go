package pgtest

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Standby starts a server that follows s, and has s wait for it at each commit:
// what was committed is on both. It is gone when the test ends.
func (s *OwnServer) Standby() *OwnServer {
	s.t.Helper()
	follower := &OwnServer{t: s.t, dir: Folder(s.t)}
	s.t.Cleanup(follower.Kill)
	if err := s.copyTo(follower.dir); err != nil {
		s.t.Fatalf("make a standby: %v", err)
	}
	follower.Start()
	owner := Open(s.t, s.OwnerURL())
	// The standby copied the primary's settings before it was told to wait for anybody.
	owner.MustExec(`ALTER SYSTEM SET synchronous_standby_names = '*'`)
	owner.MustExec(`SELECT pg_reload_conf()`)
	for waits := false; !waits; {
		err := owner.Get(&waits, `
			SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync') FROM pg_sleep(0.02)`)
		if err != nil {
			s.t.Fatalf("wait for the standby: %v", err)
		}
	}
	return follower
}

// Promote makes a standby the server that takes writes.
func (s *OwnServer) Promote() {
	s.t.Helper()
	var promoted bool
	if err := Open(s.t, s.OwnerURL()).Get(&promoted, `SELECT pg_promote(true, 60)`); err != nil || !promoted {
		s.t.Fatalf("promote the standby: %v, %v", promoted, err)
	}
}

// AnyURL returns the application's URL over both servers: whoever connects finds
// the one that takes writes.
func (s *OwnServer) AnyURL(other *OwnServer) string {
	at, err := url.Parse(s.AppURL())
	if err != nil {
		panic(err) // made by postgres.Local itself
	}
	query := at.Query()
	query.Set("host", query.Get("host")+","+socketOf(other.AppURL()))
	at.RawQuery = query.Encode()
	return at.String()
}

// socketOf returns the folder of the socket that the URL of a server of ours names.
func socketOf(dbURL string) string {
	at, err := url.Parse(dbURL)
	if err != nil {
		panic(err) // made by postgres.Local itself
	}
	return at.Query().Get("host")
}

// copyTo makes dir a copy of the running server that will follow it.
func (s *OwnServer) copyTo(dir string) error {
	at, err := url.Parse(s.OwnerURL())
	if err != nil {
		return err
	}
	var programs string
	if err := Open(s.t, s.OwnerURL()).Get(&programs, `SELECT setting FROM pg_config WHERE name = 'BINDIR'`); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	password, _ := at.User.Password()
	base := exec.CommandContext(context.Background(), filepath.Join(programs, "pg_basebackup"), "--pgdata="+filepath.Join(dir, "data"),
		"--host="+socketOf(s.OwnerURL()), "--username="+at.User.Username(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	base.Env = append(os.Environ(), "PGPASSWORD="+password)
	if said, err := base.CombinedOutput(); err != nil {
		return errors.Join(err, errors.New(string(said)))
	}
	secret, err := os.ReadFile(filepath.Join(s.dir, "password"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "password"), secret, 0o600); err != nil {
		return err
	}
	return s.own(dir)
}

// own gives a folder and all in it to whom the server's files belong, as root
// makes copies that its account couldn't read.
func (s *OwnServer) own(dir string) error {
	info, err := os.Stat(filepath.Join(s.dir, "data"))
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	})
}
