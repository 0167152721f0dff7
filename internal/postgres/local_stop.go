package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Stop ends the server in order and waits for it, unless other processes still
// use it: then the last of them ends it.
func (l *Local) Stop(ctx context.Context) error {
	l.cease()
	// So that nobody joins between the question who is left and the end.
	unlock, err := lockFile(ctx, filepath.Join(l.config.DataDir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	defer func() { _ = l.users.Close() }()
	last := syscall.Flock(int(l.users.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	if !last {
		if l.guard != nil {
			l.guard.leave()
		}
		return nil
	}
	return l.end(ctx)
}

// Kill ends the server as a power cut would, whoever uses it, for tests of what
// survives.
func (l *Local) Kill(ctx context.Context) error {
	l.cease()
	if pid := l.serverPID(); pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGQUIT) // immediate shutdown: no checkpoint, recovery at the next start
	}
	_ = l.users.Close()
	return l.end(ctx)
}

// InUse reports whether a process uses the server of the folder.
func InUse(dir string) bool {
	users, err := os.OpenFile(filepath.Join(dir, "users"), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer func() { _ = users.Close() }()
	return syscall.Flock(int(users.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// join marks this process as one that uses the server, until it ends.
func (l *Local) join() (err error) {
	l.users, err = os.OpenFile(filepath.Join(l.config.DataDir, "users"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("join the local server: %w", err)
	}
	if err := syscall.Flock(int(l.users.Fd()), syscall.LOCK_SH); err != nil {
		return fmt.Errorf("join the local server: %w", err)
	}
	return nil
}

// giveUp lets go of a server that isn't of use, and of another's as it is.
func (l *Local) giveUp() {
	if l.users != nil {
		_ = l.users.Close()
	}
	if l.guard != nil {
		_ = l.guard.pipe.Close()
	}
}

// end ends the server and waits until it is gone.
func (l *Local) end(ctx context.Context) error {
	if l.guard == nil {
		return l.endOther(ctx)
	}
	if err := l.guard.stop(ctx); err != nil {
		return err
	}
	for _, dir := range l.throwAway() {
		// The guard emptied it, but as another user it can't remove it everywhere.
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("throw the local server away: %w", err)
		}
	}
	return nil
}

// endOther ends a server whose starter has left before us.
func (l *Local) endOther(ctx context.Context) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for pid := l.serverPID(); pid > 0 && l.serverPID() == pid; {
		_ = syscall.Kill(pid, syscall.SIGINT) // fast shutdown, as the guard does
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for the local server to stop: %w", ctx.Err())
		}
	}
	return nil
}

// throwAway returns the folders that go with the server.
func (l *Local) throwAway() []string {
	if !l.config.Ephemeral {
		return nil
	}
	return []string{l.config.DataDir, l.socket}
}
