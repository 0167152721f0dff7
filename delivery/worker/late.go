package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"keur/delivery"
	"keur/internal/fault"
)

// late keeps outcomes that are known here and not in the ledger, until it has
// them: in memory, and in a file that survives this process. Settling one twice
// changes nothing, so a file may hold more than is needed.
type late struct {
	folder string // empty: no file
	path   string
	settle func(context.Context, delivery.LateOutcome) (bool, error)
	log    *slog.Logger

	mu      sync.Mutex
	waiting map[place]delivery.LateOutcome
	warned  bool // that the file can't be written
	wake    chan struct{}
}

// place is one attempt of one delivery.
type place struct {
	send, member int64
	attempt      int
}

func newLate(
	folder, worker string, settle func(context.Context, delivery.LateOutcome) (bool, error), log *slog.Logger,
) *late {
	return &late{
		folder: folder, path: filepath.Join(folder, "outcomes-"+worker+".jsonl"), settle: settle, log: log,
		waiting: map[place]delivery.LateOutcome{}, wake: make(chan struct{}, 1),
	}
}

// keep takes an outcome, and returns when it is on the disk.
func (l *late) keep(o delivery.LateOutcome) {
	l.mu.Lock()
	at := place{o.Send, o.Member, o.Attempt}
	if _, known := l.waiting[at]; !known {
		l.waiting[at] = o
		l.warn(l.append(o))
	}
	l.mu.Unlock()
	wake(l.wake)
}

// run settles what is kept, and what processes before this one have left, until
// ctx ends. It looks again each time after so long.
func (l *late) run(ctx context.Context, again time.Duration) {
	l.adopt()
	for {
		l.settleAll(ctx)
		var later <-chan time.Time
		if l.left() > 0 {
			later = time.After(again)
		}
		select {
		case <-ctx.Done():
			if n := l.left(); n > 0 {
				l.log.Warn("known outcomes are not in the ledger yet: the next worker with this data folder writes them", "outcomes", n)
			}
			return
		case <-l.wake:
		case <-later:
		}
	}
}

func (l *late) left() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// settleAll tries each outcome once. One whose delivery is gone is let go.
func (l *late) settleAll(ctx context.Context) {
	l.mu.Lock()
	all := make(map[place]delivery.LateOutcome, len(l.waiting))
	for at, o := range l.waiting {
		all[at] = o
	}
	l.mu.Unlock()
	var settled []place
	for at, o := range all {
		done, err := l.settle(ctx, o)
		if err != nil && fault.Of(err) != fault.NotFound {
			if ctx.Err() == nil {
				l.log.Error("a late outcome can't be written yet", "send", o.Send, "member", o.Member, "error", err)
			}
			break // the ledger is away
		}
		if done || err != nil {
			settled = append(settled, at)
		}
	}
	if len(settled) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, at := range settled {
		delete(l.waiting, at)
	}
	l.warn(l.rewrite())
}

// append adds an outcome to the file and has it on the disk.
func (l *late) append(o delivery.LateOutcome) error {
	if l.folder == "" {
		return nil
	}
	if err := os.MkdirAll(l.folder, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(json.NewEncoder(file).Encode(o), file.Sync(), file.Close())
}

// rewrite has the file hold what is kept and no more.
func (l *late) rewrite() error {
	if l.folder == "" {
		return nil
	}
	if len(l.waiting) == 0 {
		if err := os.Remove(l.path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	file, err := os.OpenFile(l.path+".new", os.O_TRUNC|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	to := json.NewEncoder(file)
	for _, o := range l.waiting {
		if err := to.Encode(o); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(l.path+".new", l.path)
}

// adopt takes over what other processes have left in the folder. If one of them
// is alive, both settle the same.
func (l *late) adopt() {
	if l.folder == "" {
		return
	}
	left, _ := filepath.Glob(filepath.Join(l.folder, "outcomes-*.jsonl")) // the pattern is well-formed
	for _, path := range left {
		if path == l.path {
			continue
		}
		outcomes, err := readOutcomes(path)
		if err != nil {
			l.log.Error("some outcomes that a worker left behind can't be read", "file", path, "error", err)
		}
		for _, o := range outcomes {
			l.keep(o)
		}
		if err == nil {
			err = os.Remove(path)
		} else {
			err = os.Rename(path, path+".unreadable")
		}
		l.warn(err)
	}
}

// readOutcomes returns the outcomes of a file, as far as it can be read: a
// process that was killed may have left half a line.
func readOutcomes(path string) (outcomes []delivery.LateOutcome, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		var o delivery.LateOutcome
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return outcomes, fmt.Errorf("line %d: %w", n, err)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, lines.Err()
}

// warn logs once that the file can't be kept.
func (l *late) warn(err error) {
	if err != nil && !l.warned {
		l.warned = true
		l.log.Warn("outcomes that the ledger hasn't yet can't be kept on the disk, but in memory alone", "error", err)
	}
}
