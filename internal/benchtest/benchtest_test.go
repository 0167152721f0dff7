package benchtest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// judged is a test that notes how it was failed.
type judged struct {
	testing.TB
	errors []string
}

func (j *judged) Helper() {}

func (j *judged) Errorf(format string, args ...any) {
	j.errors = append(j.errors, fmt.Sprintf(format, args...))
}

func TestMissedTargetsFail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		figure Figure
		want   func(*Bench) Want
		missed bool
		says   string
	}{
		{"rate reached", figure([]float64{900, 1000, 1100}), func(b *Bench) Want { return AtLeast(1000) }, false,
			"| 1000 u | 900–1100 | ≥ 1000 | ok"},
		{"rate missed", figure([]float64{900, 999, 1100}), func(b *Bench) Want { return AtLeast(1000) }, true, "| ≥ 1000 | MISSED"},
		{"size kept", figure([]float64{1, 2, 3}), func(b *Bench) Want { return AtMost(2) }, false, "| 2.00 u | 1.00–3.00 | ≤ 2.00 | ok"},
		{"size passed", figure([]float64{1, 2.1, 3}), func(b *Bench) Want { return AtMost(2) }, true, "MISSED"},
		{"half the core, half the rate", figure([]float64{500, 500, 500}), func(b *Bench) Want { return b.Rate(1000) }, false, "≥ 500"},
		{"half the core, too slow", figure([]float64{499, 499, 499}), func(b *Bench) Want { return b.Rate(1000) }, true, "≥ 500"},
		{"half the core, twice the time", figure([]float64{100, 100, 100}), func(b *Bench) Want { return b.Within(50) }, false, "≤ 100"},
		{"half the core, too long", figure([]float64{101, 101, 101}), func(b *Bench) Want { return b.Within(50) }, true, "≤ 100"},
		{"two runs", figure([]float64{9, 9}), func(b *Bench) Want { return AtLeast(1) }, true, "MISSED"},
		{"in a crowd", Figure{Median: 2, N: 3, foreign: 0.43}, func(b *Bench) Want { return AtLeast(1) }, false,
			"ok, but others took 43% of the processor"},
		{"nearly alone", Figure{Median: 2, N: 3, foreign: 0.05}, func(b *Bench) Want { return AtLeast(1) }, false, "| ok\n"},
	} {
		var out bytes.Buffer
		test := &judged{TB: t}
		b := &Bench{t: test, out: &out, scale: 0.5}
		b.Target(c.name, c.figure, c.want(b), "u")
		if got := len(test.errors) > 0; got != c.missed || !strings.Contains(out.String(), c.says) ||
			!strings.HasPrefix(out.String(), "BENCH | "+c.name+" | ") {
			t.Errorf("%s: failed %v with %q, prints %q", c.name, got, test.errors, out.String())
		}
	}
}

func TestFiguresWarmUpAndTakeTheMedian(t *testing.T) {
	t.Parallel()
	b := &Bench{t: t, out: io.Discard, scale: 1}
	values := []float64{1000, 5, 1, 3, 4}
	next := 0
	f := b.Measure(1, func() float64 { next++; return values[next-1] })
	if f.Median != 3 || f.Min != 1 || f.Max != 5 || f.N != 3 {
		t.Errorf("one to warm up and three runs make %+v", f)
	}
	if even := figure([]float64{4, 1, 2, 3}); even.Median != 2.5 {
		t.Errorf("the median of four is %v", even.Median)
	}
	if rate := figure([]float64{10, 20, 40}).Rate(100); rate.Median != 5000 || rate.Min != 2500 || rate.Max != 10000 {
		t.Errorf("a rate of %+v", rate)
	}
	if ratio := figure([]float64{10, 20, 40}).Per(10); ratio.Median != 2 || ratio.Min != 1 || ratio.Max != 4 {
		t.Errorf("a ratio of %+v", ratio)
	}
}

func TestForeignIsWhatOthersTook(t *testing.T) {
	t.Parallel()
	before := readStat("cpu  100 10 50 800 20 5 5 10 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
	after := readStat("cpu  160 10 70 900 20 9 11 20 0 0\n")
	if busy, all := after.busy-before.busy, after.all-before.all; busy != 90*tick || all != 200*tick {
		t.Fatalf("%v busy of %v", busy, all)
	}
	after.own = before.own + 50*tick
	if share := after.foreignSince(before); share != 0.2 {
		t.Errorf("others took %v", share)
	}
	after.own = before.own + 95*tick
	if share := after.foreignSince(before); share != 0 {
		t.Errorf("others took %v, when we took more than there was", share)
	}
	if (usage{}).foreignSince(usage{}) != 0 {
		t.Error("somebody took something where nothing is known")
	}
}

func TestProcessesBelowOneCount(t *testing.T) {
	t.Parallel()
	pid, p, ok := readProcess("42 (a) b (c) S 7 0 0 0 -1 0 0 0 0 0 1 2 3 4 20 0\n")
	if !ok || pid != 42 || p.parent != 7 || p.used != 10*tick {
		t.Errorf("%d %+v %v", pid, p, ok)
	}
	for _, torn := range []string{"", "42 (a) S 1", "x (a) S 7 0 0 0 -1 0 0 0 0 0 1 2 3 4 20 0"} {
		if _, _, ok := readProcess(torn); ok {
			t.Errorf("%q is read as a process", torn)
		}
	}
	running := map[int]process{
		1: {0, time.Second}, 7: {1, time.Second}, 42: {7, time.Second}, 43: {42, time.Second}, 8: {1, time.Second},
		90: {91, time.Second}, 91: {90, time.Second}, // seen when a number was taken anew
	}
	if got := spent(running, 7); got != 3*time.Second {
		t.Errorf("7 and below spent %v", got)
	}
	if _, err := os.Stat("/proc/stat"); err == nil {
		if peak := Peak(t, os.Getpid()); peak < 1 || peak > 10_000 {
			t.Errorf("this test had %.0f MiB at most", peak)
		}
		if OwnCPU() <= 0 {
			t.Error("this test took no time")
		}
		b := &Bench{}
		began, before := time.Now(), b.usage()
		for b.usage().own == before.own && time.Since(began) < 10*time.Minute {
			hashing()
		}
		if now := b.usage(); now.own <= before.own || now.all <= before.all {
			t.Errorf("hashing for %v took nothing: %+v, %+v", time.Since(began), before, now)
		}
	}
}

func TestChangedSettingsAreSaid(t *testing.T) {
	t.Parallel()
	got := changed([]setting{
		{"fsync", "off"}, {"jit", "off"}, {"listen_addresses", ""}, {"shared_buffers", "2GB"},
	}, map[string]string{"jit": "off", "shared_buffers": "512MB"})
	if want := []string{"fsync=off", "shared_buffers=2GB (usually 512MB)"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	usual := machine{core: readmeCore / 2}.lines()
	if !strings.Contains(usual[1], "0.50 of README's machine") || usual[2] != "PostgreSQL as keur starts it" {
		t.Errorf("%q", usual)
	}
	if odd := (machine{settings: got}).lines(); !strings.Contains(odd[2], "otherwise than keur starts it: fsync=off, shared_buffers") {
		t.Errorf("%q", odd)
	}
}

func TestTheDiskIsCalibrated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rate, err := syncing(dir)
	if left, _ := os.ReadDir(dir); err != nil || rate <= 0 || len(left) > 0 {
		t.Errorf("%v fsync/s, %v, leaves %v", rate, err, left)
	}
	if _, err := syncing(dir + "/nowhere"); err == nil {
		t.Error("a folder that isn't there is measured")
	}
}

func TestTheSinkIsRead(t *testing.T) {
	t.Parallel()
	var s Sink
	text := "sess=1 quit=0 mesg=0\rsess=1 quit=0 mesg=12\rsess=1 quit=0 mesg=123\rsess=2 quit=0 me"
	s.read(strings.NewReader(text))
	if s.Taken() != 123 {
		t.Errorf("%d taken", s.Taken())
	}
	s.read(io.MultiReader(strings.NewReader("sess=1 quit=0 mesg=45"), strings.NewReader("6\r")))
	if s.Taken() != 456 {
		t.Errorf("%d taken of a number that came in parts", s.Taken())
	}
}
