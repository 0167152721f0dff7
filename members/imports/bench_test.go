//go:build bench

package imports

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/members"
)

// The targets, in rows a second on two cores with a durable server.
const (
	benchRows      = 1_000_000
	targetInserted = 60_000
	targetUpdated  = 30_000
	maxHeap        = 200 << 20
)

// TestBenchImport imports a million members into an empty base, then the same
// file with changes as an update, then that file once more. On a crowded machine
// the processor time per row tells more than the clock. Once it was 2.9 µs of
// keur and 14.4 of PostgreSQL into an empty base, 3.0 and 21.6 as an update.
func TestBenchImport(t *testing.T) {
	db := pgtest.Open(t, pgtest.Server(t).AppURL())
	store := members.NewStore(db, clock.System{}, []byte("key"))
	label := labels.ID(pgtest.Label(t, db, "nl"))
	consent := &FileConsent{Text: "Ja, stuur mij acties", Version: "1", Source: "crm", At: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	for _, run := range []struct {
		name    string
		round   int
		consent bool
		want    func(Counts) int64
		target  float64
	}{
		{"into an empty base, with consents", 0, true, func(c Counts) int64 { return c.Inserted }, targetInserted},
		{"as an update of all, three attributes", 1, true, func(c Counts) int64 { return c.Updated }, targetUpdated},
		{"the same file again", 1, true, func(c Counts) int64 { return c.Unchanged }, targetUpdated},
	} {
		file := benchFile(t, run.round)
		heap := watchHeap()
		own, server := cpuTime(t)
		start := time.Now()
		i, err := NewImporter(db, clock.System{}, store).Run(context.Background(), Options{Label: label, Declare: true, Consent: consent},
			file, nil)
		if err != nil {
			t.Fatal(err)
		}
		rate := benchRows / time.Since(start).Seconds()
		peak := heap()
		ownAfter, serverAfter := cpuTime(t)
		t.Logf("%-40s %7.0f rows/s, heap at most %d MB, processor per row: keur %.1f µs, PostgreSQL %.1f µs", run.name, rate, peak>>20,
			float64((ownAfter-own).Microseconds())/benchRows, float64((serverAfter-server).Microseconds())/benchRows)
		if run.want(i.Counts) != benchRows {
			t.Errorf("%s: %+v", run.name, i.Counts)
		}
		if rate < run.target || peak > maxHeap {
			t.Errorf("%s: %.0f rows/s of at least %.0f, heap %d MB of at most %d", run.name, rate, run.target, peak>>20, maxHeap>>20)
		}
		_ = os.Remove(file.Name())
	}
}

// benchFile writes the members to a file. Those of round 1 have other points,
// city and vip than those of round 0.
func benchFile(t *testing.T, round int) *os.File {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "members-*.csv")
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, "e-mailadres;voornaam;achternaam;geslacht;geboortedatum;woonplaats;postcode;punten;vip")
	cities := []string{"Amsterdam", "Rotterdam", "Den Haag", "Utrecht", "Eindhoven", "Groningen", "Tilburg", "Almere", "Breda", "Nijmegen"}
	names := []string{"Jan", "Anna", "Piet", "Zoë", "Willem", "Sophie", "Daan", "Emma", "Lucas", "Julia"}
	for i := range benchRows {
		n := uint32(i) * 2654435761 // in no order
		fmt.Fprintf(w, "%s.%08x@%s;%s;de Vries;%s;%04d-%02d-%02d;%s;%04d AB;%d;%s\n",
			names[i%10], n, []string{"gmail.com", "ziggo.nl", "kpnmail.nl", "hotmail.com", "gmx.de"}[i%5], names[i%10], []string{"m", "v"}[i%2],
			1940+n%65, 1+n%12, 1+n%28, cities[(int(n>>8)+round)%10], 1000+n%9000, int(n%5000)+round, []string{"ja", "nee"}[(i+round)%2])
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return file
}

// watchHeap samples the heap until the function it returns is called, which
// returns the most that was in use.
func watchHeap() (stop func() uint64) {
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); return <-peak }
}

// cpuTime returns the processor time that this process and the server, which
// are its children, have used so far. On a busy machine it says more than the
// clock does.
func cpuTime(t *testing.T) (own, server time.Duration) {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	own = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	parents, ticks := map[string]string{}, map[string]int64{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		pid, rest, _ := strings.Cut(string(stat), " ")
		fields := strings.Fields(rest[strings.LastIndexByte(rest, ')')+1:])
		parents[pid] = fields[1]
		for _, f := range fields[11:13] { // utime and stime, see proc(5)
			n, _ := strconv.ParseInt(f, 10, 64)
			ticks[pid] += n
		}
	}
	self := strconv.Itoa(os.Getpid())
	for pid := range parents {
		for up := parents[pid]; up != ""; up = parents[up] {
			if up == self {
				server += time.Duration(ticks[pid]) * 10 * time.Millisecond
			}
		}
	}
	return own, server
}
