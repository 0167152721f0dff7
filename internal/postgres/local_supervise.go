package postgres

import (
	"context"
	"path/filepath"
	"syscall"
	"time"
)

// Between two attempts to start a server that ended. It is tried for good, as
// what ended it, such as a full disk, may be mended meanwhile.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
	// lookAgain is how often a process looks after a server that another started.
	lookAgain = time.Second
)

// supervisor starts the server again whenever it ends before its time: it
// crashed, was killed, or went with the process that had started it.
type supervisor struct{ *Local }

// begin supervises the server until cease is called.
func (l supervisor) begin() (cease func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for l.ended(ctx) {
			l.config.Log.Error("the local PostgreSQL ended; it is started again", "folder", l.config.DataDir,
				"it said", complaint(written(l.Local)))
			l.revive(ctx)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// ended waits until the server is gone, and returns false if ctx ends first.
func (l supervisor) ended(ctx context.Context) bool {
	if l.guard != nil {
		select {
		case <-l.guard.ended:
			l.guard = nil
			return ctx.Err() == nil
		case <-ctx.Done():
			return false
		}
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if pid := l.serverPID(); pid == 0 || syscall.Kill(pid, 0) == syscall.ESRCH {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// revive starts the server, unless another process has, until it answers or
// ctx ends.
func (l supervisor) revive(ctx context.Context) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := l.startAlone(ctx)
		if err == nil {
			l.config.Log.Info("the local PostgreSQL answers again", "folder", l.config.DataDir)
			return
		}
		if ctx.Err() != nil {
			return
		}
		l.config.Log.Error("the local PostgreSQL doesn't come back", "error", err, "again in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// startAlone starts the server while no other process does.
func (l supervisor) startAlone(ctx context.Context) error {
	unlock, err := lockFile(ctx, filepath.Join(l.config.DataDir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	return l.start(ctx)
}
