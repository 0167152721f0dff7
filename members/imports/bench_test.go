//go:build bench

package imports

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"keur/internal/benchtest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/members"
)

const benchRows = 1_000_000

// TestBenchImport imports a million members into an empty base, then the same
// file with changes as an update, then that file once more; each time into a
// base of its own. On a crowded machine the processor time per row tells more
// than the clock. More than half of what PostgreSQL needs into an empty base is
// for keeping indexes.
func TestBenchImport(t *testing.T) {
	files := []string{benchFile(t, 0), benchFile(t, 1)}
	b := benchtest.New(t, pgtest.Open(t, pgtest.Server(t).OwnerURL()))
	f := b.Repeat(3, func() map[string]float64 { return benchImports(t, files) })
	for _, run := range benchRuns {
		b.Target("import "+run.name, f[run.name+" rate"], b.Rate(run.rate), "rows/s")
		b.Target("import "+run.name+", CPU of keur", f[run.name+" keur"], b.Within(run.keur), "µs a row")
		b.Target("import "+run.name+", CPU of PostgreSQL", f[run.name+" postgres"], b.Within(run.postgres), "µs a row")
		b.Target("import "+run.name+", heap", f[run.name+" heap"], benchtest.AtMost(200), "MiB")
	}
}

// benchRuns are what is imported one after the other, and what is wanted.
var benchRuns = []struct {
	name                 string
	file                 int
	want                 func(Counts) int64
	rate, keur, postgres float64
}{
	{"into an empty base, with consents", 0, func(c Counts) int64 { return c.Inserted }, 60_000, 5, 25},
	{"as an update of all, three attributes", 1, func(c Counts) int64 { return c.Updated }, 30_000, 5, 40},
	{"of the same file again", 1, func(c Counts) int64 { return c.Unchanged }, 30_000, 5, 25},
}

// benchImports makes a base and runs benchRuns over it.
func benchImports(t *testing.T, files []string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	t.Run("base", func(t *testing.T) { // whose server ends with it
		server := pgtest.Server(t)
		db, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
		store := members.NewStore(db, clock.System{}, []byte("key"))
		label := labels.ID(pgtest.Label(t, db, "nl"))
		consent := &FileConsent{Text: "Ja, stuur mij acties", Version: "1", Source: "crm", At: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
		for _, run := range benchRuns {
			file, err := os.Open(files[run.file])
			if err != nil {
				t.Fatal(err)
			}
			heap := watchHeap()
			keur, postgres, start := benchtest.OwnCPU(), benchtest.ServerCPU(t, owner), time.Now()
			i, err := NewImporter(db, clock.System{}, store).Run(t.Context(), Options{Label: label, Declare: true, Consent: consent},
				file, nil)
			took := time.Since(start)
			_ = file.Close()
			if err != nil || run.want(i.Counts) != benchRows {
				t.Fatalf("%s: %+v, %v", run.name, i.Counts, err)
			}
			each := float64(time.Microsecond) * benchRows
			values[run.name+" rate"] = benchRows / took.Seconds()
			values[run.name+" keur"] = float64(benchtest.OwnCPU()-keur) / each
			values[run.name+" postgres"] = float64(benchtest.ServerCPU(t, owner)-postgres) / each
			values[run.name+" heap"] = float64(heap() >> 20)
		}
	})
	return values
}

// benchFile writes the members to a file. Those of round 1 have other points,
// city and vip than those of round 0.
func benchFile(t *testing.T, round int) (name string) {
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
			names[i%10], n, []string{"gmail.com", "ziggo.nl", "kpnmail.nl", "hotmail.com", "gmx.de"}[i%5], names[i%10],
			[]string{"m", "v"}[i%2],
			1940+n%65, 1+n%12, 1+n%28, cities[(int(n>>8)+round)%10], 1000+n%9000, int(n%5000)+round, []string{"ja", "nee"}[(i+round)%2])
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Name()
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
