package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// maxLog is the size above which the server's log is begun anew at a start.
const maxLog = 8 << 20

// initialize makes the cluster, or reads the password of the one that is there.
func (l *Local) initialize(ctx context.Context) error {
	secret := filepath.Join(l.config.DataDir, "password")
	if password, err := os.ReadFile(secret); err == nil {
		l.password = string(password)
		return nil
	}
	l.config.Log.Info("making a local PostgreSQL", "folder", l.config.DataDir)
	// No password means that an earlier initdb was cut short: nothing to keep.
	if err := os.RemoveAll(l.dataDir()); err != nil {
		return fmt.Errorf("clear a half-made local server: %w", err)
	}
	l.password = rand.Text()
	fresh := secret + ".new"
	if err := os.WriteFile(fresh, []byte(l.password), 0o600); err != nil {
		return fmt.Errorf("keep the local server's password: %w", err)
	}
	if err := os.Chown(fresh, l.account.uid, l.account.gid); err != nil {
		return fmt.Errorf("keep the local server's password: %w", err)
	}
	// C.UTF-8 sorts by code point everywhere alike; older macOS only knows it as C.
	err := l.runInitdb(ctx, fresh, "C.UTF-8")
	if err != nil {
		err = l.runInitdb(ctx, fresh, "C")
	}
	if err != nil {
		return err
	}
	return os.Rename(fresh, secret)
}

func (l *Local) runInitdb(ctx context.Context, secret, locale string) error {
	args := []string{"--pgdata=" + l.dataDir(), "--username=" + ownerRole, "--pwfile=" + secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=" + locale}
	if l.config.Ephemeral {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, l.initdb, args...)
	cmd.Dir = l.config.DataDir
	cmd.SysProcAttr = l.account.process()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb could not make a local PostgreSQL in %s: %s: %w", l.config.DataDir, complaint(out), err)
	}
	return nil
}

// start joins a server that runs already, or starts one, and waits until it
// answers. A server that is still going down makes ours give up at once, so
// that case is tried again until ctx ends.
func (l *Local) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := l.answers(ctx)
		if err == nil {
			return nil
		}
		if l.guard == nil {
			l.config.Log.Debug("starting the local PostgreSQL", "folder", l.config.DataDir)
			if l.guard, err = l.startGuard(); err != nil {
				return err
			}
		}
		select {
		case <-again.C:
		case <-l.guard.ended:
			l.guard = nil
			if !l.lockedByAnother() {
				return fmt.Errorf("the local PostgreSQL in %s doesn't start: %s", l.config.DataDir, complaint(written(l)))
			}
		case <-ctx.Done():
			l.giveUp()
			return fmt.Errorf("the local PostgreSQL in %s doesn't start: %s: %w", l.config.DataDir, complaint(written(l)), err)
		}
	}
}

// answers reports whether a server on our socket lets the owner in.
func (l *Local) answers(ctx context.Context) error {
	cfg, err := config(l.url(ownerRole, l.password, "postgres"))
	if err != nil {
		return err
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (l *Local) startGuard() (*guard, error) {
	// Appended to, as a server that is still going down writes there too.
	log, err := os.OpenFile(l.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of the local server: %w", err)
	}
	defer func() { _ = log.Close() }()
	info, err := log.Stat()
	if err != nil {
		return nil, fmt.Errorf("log of the local server: %w", err)
	}
	if l.logStart = info.Size(); l.logStart > maxLog {
		l.logStart = 0
		if err := log.Truncate(0); err != nil {
			return nil, fmt.Errorf("log of the local server: %w", err)
		}
	}
	args := []string{l.postgres, "-D", l.dataDir()}
	for name, value := range l.settings() {
		args = append(args, "--"+name+"="+value)
	}
	slices.Sort(args[3:])
	return startGuard(args, log, l.account, l.throwAway())
}

// walCompression returns the cheapest compression that the server was built with.
func (l *Local) walCompression() string {
	cmd := exec.Command(l.postgres, "-D", l.dataDir(), "--wal_compression=lz4", "-C", "wal_compression")
	cmd.Dir = l.config.DataDir
	cmd.SysProcAttr = l.account.process()
	if cmd.Run() != nil {
		return "on"
	}
	return "lz4"
}

// makeRoles makes the two roles of the application and, last, the base, whose
// presence therefore says that all are there. What keur_app may do is for the
// migrations to say.
func (l *Local) makeRoles(ctx context.Context) error {
	db, err := Open(ctx, l.url(ownerRole, l.password, "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var made bool
	if err := db.GetContext(ctx, &made, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, baseName); err != nil {
		return fmt.Errorf("look for the local server's base: %w", err)
	}
	if made {
		return nil
	}
	for _, step := range []string{
		`DROP ROLE IF EXISTS ` + appLogin + `, ` + appRole, // of an attempt that was cut short
		`CREATE ROLE ` + appRole + ` NOLOGIN`,
		`CREATE ROLE ` + appLogin + ` LOGIN PASSWORD ` + pq.QuoteLiteral(l.appPassword()) + ` IN ROLE ` + appRole,
		`CREATE DATABASE ` + baseName,
	} {
		if _, err := db.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("make the local server's roles: %w", err)
		}
	}
	return nil
}

// serverPID returns the process of the running server, or 0.
func (l *Local) serverPID() int {
	text, err := os.ReadFile(filepath.Join(l.dataDir(), "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

// lockedByAnother reports whether the server gave up because another one,
// which is starting or stopping, still holds the folder.
func (l *Local) lockedByAnother() bool {
	log := written(l)
	return bytes.Contains(log, []byte("postmaster.pid")) || bytes.Contains(log, []byte("shared memory block"))
}

// written returns what the server wrote to its log since it was started last.
func written(l *Local) []byte {
	text, _ := os.ReadFile(l.logFile())
	return text[min(int(l.logStart), len(text)):]
}

// complaint returns the line of a log that says what went wrong: the last one
// that PostgreSQL calls fatal, or else an error, or else the last one. A full
// disk is said as that, whatever the line is about.
func complaint(log []byte) string {
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	found := lines[len(lines)-1]
	for _, word := range []string{"ERROR:", "error:", "FATAL:", "PANIC:"} { // the gravest last
		for _, line := range lines {
			if bytes.Contains(line, []byte(word)) {
				found = line
			}
		}
	}
	if bytes.Contains(log, []byte("No space left on device")) {
		return "the disk is full; make room, and start again (" + string(found) + ")"
	}
	return string(found)
}
