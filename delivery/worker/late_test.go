package worker

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/proctest"
)

// ledger stands for the ledger: it is away, or it settles.
type ledger struct {
	mu      sync.Mutex
	answer  func(delivery.LateOutcome) (bool, error)
	settled map[int64]delivery.State // by member
}

func (l *ledger) settle(_ context.Context, o delivery.LateOutcome) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	done, err := l.answer(o)
	if done {
		l.settled[o.Member] = o.State
	}
	return done, err
}

func (l *ledger) become(answer func(delivery.LateOutcome) (bool, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = answer
}

func away(delivery.LateOutcome) (bool, error)     { return false, errors.New("the server is away") }
func underWay(delivery.LateOutcome) (bool, error) { return false, nil }
func there(delivery.LateOutcome) (bool, error)    { return true, nil }
func erased(delivery.LateOutcome) (bool, error) {
	return false, fault.New(fault.NotFound, "delivery.renders_otherwise")
}

func outcome(member int64, state delivery.State) delivery.LateOutcome {
	return delivery.LateOutcome{Send: 7, Month: "2026-03-01", Member: member, Attempt: 1, State: state, Code: 250}
}

// keeping returns late outcomes that are run, and a way to end their process.
func keeping(t *testing.T, folder, worker string, l *ledger) (kept *late, kill func()) {
	t.Helper()
	kept = newLate(folder, worker, l.settle, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { kept.run(ctx, time.Millisecond) })
	kill = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(kill)
	return kept, kill
}

// mustSettle waits until the ledger has these, and nothing is kept any more.
func mustSettle(t *testing.T, kept *late, l *ledger, want map[int64]delivery.State) {
	t.Helper()
	proctest.Until(t, "all is settled", func() bool { return kept.left() == 0 })
	l.mu.Lock()
	defer l.mu.Unlock()
	if !maps.Equal(l.settled, want) {
		t.Errorf("settled %v, want %v", l.settled, want)
	}
	if left, _ := filepath.Glob(filepath.Join(kept.folder, "*.jsonl")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestKnownOutcomesWaitUntilTheLedgerIsBack(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(delivery.LateOutcome) (bool, error){"away": away, "still under way": underWay} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &ledger{answer: first, settled: map[int64]delivery.State{}}
			kept, _ := keeping(t, t.TempDir(), "one", l)
			kept.keep(outcome(1, delivery.Sent))
			kept.keep(outcome(2, delivery.Bounced))
			kept.keep(outcome(1, delivery.Sent)) // once more: the same
			info, err := os.Stat(kept.path)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("the file: %v, %v", info, err)
			}
			l.become(there)
			mustSettle(t, kept, l, map[int64]delivery.State{1: delivery.Sent, 2: delivery.Bounced})
		})
	}
}

func TestKnownOutcomesSurviveTheirProcess(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	l := &ledger{answer: away, settled: map[int64]delivery.State{}}
	kept, kill := keeping(t, folder, "one", l)
	kept.keep(outcome(1, delivery.Sent))
	kept.keep(outcome(2, delivery.Failed))
	kill()
	l.become(there)
	next, _ := keeping(t, folder, "two", l)
	proctest.Until(t, "nothing is left", func() bool {
		left, _ := filepath.Glob(filepath.Join(folder, "*.jsonl"))
		return len(left) == 0
	})
	mustSettle(t, next, l, map[int64]delivery.State{1: delivery.Sent, 2: delivery.Failed})
}

// TestHalfALineIsToldAndKept: a process that is killed while it writes leaves
// half a line, which a person may want to see.
func TestHalfALineIsToldAndKept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "outcomes-dead.jsonl")
	whole := `{"send":7,"month":"2026-03-01","member":3,"attempt":1,"variant":0,"state":"sent"}` + "\n"
	if err := os.WriteFile(path, []byte(whole+`{"send":7,"mon`), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &ledger{answer: there, settled: map[int64]delivery.State{}}
	kept := newLate(folder, "one", l.settle, slog.New(slog.DiscardHandler))
	kept.adopt()
	kept.settleAll(t.Context())
	mustSettle(t, kept, l, map[int64]delivery.State{3: delivery.Sent})
	if _, err := os.Stat(path + ".unreadable"); err != nil {
		t.Error(err)
	}
}

func TestTheOutcomeOfWhatIsGoneIsLetGo(t *testing.T) {
	t.Parallel()
	l := &ledger{answer: erased, settled: map[int64]delivery.State{}}
	kept, _ := keeping(t, t.TempDir(), "one", l)
	kept.keep(outcome(1, delivery.Sent))
	mustSettle(t, kept, l, map[int64]delivery.State{})
}
