// Package benchtest is the kit of measurements. It says what machine they ran
// on, takes each figure as the median of several runs after one to warm up, and
// fails a test whose figure misses its target.
package benchtest

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// The speed of one core of the machine whose figures README.md quotes, in MB
// of SHA-256 a second. Targets that README.md promises hold for that machine
// and are scaled by it on others.
const readmeCore = 2_080

// Bench is what the measurements of one test have in common.
type Bench struct {
	t      testing.TB
	out    io.Writer
	server int // the process of PostgreSQL
	scale  float64
}

// New calibrates the machine and prints it above the test's figures. owner is a
// connection to the server that is measured, as a role that may see all of its
// settings.
func New(t testing.TB, owner *sqlx.DB) *Bench {
	t.Helper()
	m, err := look(owner)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bench{t: t, out: t.Output(), server: m.server, scale: m.core / readmeCore}
	for _, line := range m.lines() {
		b.Say("%s", line)
	}
	return b
}

// Say prints what a reader of the figures should know.
func (b *Bench) Say(format string, args ...any) {
	fmt.Fprintf(b.out, "BENCH # "+format+"\n", args...)
}

// Repeat runs do once to warm up, and then so many times, at least three, and
// returns figures of what it returned by name. Whoever else uses the processor
// meanwhile is noted with them.
func (b *Bench) Repeat(runs int, do func() map[string]float64) Figures {
	b.t.Helper()
	do()
	before := b.usage()
	all := make([]map[string]float64, max(runs, 3))
	for i := range all {
		all[i] = do()
	}
	return figuresOf(all, b.usage().foreignSince(before))
}

// Measure is Repeat for one figure.
func (b *Bench) Measure(runs int, do func() float64) Figure {
	b.t.Helper()
	return b.Repeat(runs, func() map[string]float64 { return map[string]float64{"": do()} })[""]
}

// Took is Measure of how many milliseconds do takes.
func (b *Bench) Took(runs int, do func() error) Figure {
	b.t.Helper()
	return b.Measure(runs, func() float64 {
		began := time.Now()
		if err := do(); err != nil {
			b.t.Fatal(err)
		}
		return Milliseconds(time.Since(began))
	})
}

// Milliseconds returns d in them.
func Milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// Await asks ten times a second whether something has happened, which costs
// what is measured next to nothing, and fails the test after ten minutes.
func (b *Bench) Await(what string, happened func() bool) {
	b.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Minute)
	for !happened() {
		select {
		case <-tick.C:
		case <-late:
			b.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// ServerCPU returns the processor time that the PostgreSQL behind db has used
// so far, all its processes together.
func ServerCPU(t testing.TB, db *sqlx.DB) time.Duration {
	t.Helper()
	server, err := postmaster(db)
	if err != nil {
		t.Fatal(err)
	}
	return spent(processes(), server)
}

// Target prints a figure beside what is wanted, and fails the test if its
// median misses that, or if it has fewer than three values.
func (b *Bench) Target(name string, f Figure, want Want, unit string) {
	b.t.Helper()
	verdict := "ok"
	switch {
	case f.N < 3:
		verdict = "MISSED"
		b.t.Errorf("%s: a figure of %d runs, and three are the least", name, f.N)
	case !want.holds(f.Median):
		verdict = "MISSED"
		b.t.Errorf("%s: %s %s, wanted %s", name, number(f.Median), unit, want)
	}
	if f.foreign > mayBeForeign {
		verdict += fmt.Sprintf(", but others took %.0f%% of the processor", 100*f.foreign)
	}
	fmt.Fprintf(b.out, "BENCH | %s | %s | %s–%s | %s | %s\n", name, strings.TrimSpace(number(f.Median)+" "+unit), number(f.Min),
		number(f.Max), want, verdict)
}

// mayBeForeign is the share of the machine that others may take before a
// figure says so.
const mayBeForeign = 0.05
