package benchtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tick is the unit of processor time in /proc, see proc(5).
const tick = time.Second / 100

// usage is how much processor time there was and who used it. All is zero
// where there is no /proc.
type usage struct {
	all  time.Duration // of all cores, idle ones too
	busy time.Duration // in programs and in the kernel for them; taken by other machines on the host
	own  time.Duration // of this process, those that it started, and PostgreSQL
}

// usage returns what was used up to now.
func (b *Bench) usage() usage {
	text, _ := os.ReadFile("/proc/stat")
	u := readStat(string(text))
	running := processes()
	u.own = spent(running, os.Getpid())
	if b.server > 0 && !descends(running, b.server, os.Getpid()) {
		u.own += spent(running, b.server)
	}
	return u
}

// OwnCPU returns the processor time that this process has used so far.
func OwnCPU() time.Duration {
	var own syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	return time.Duration(own.Utime.Nano() + own.Stime.Nano())
}

// Peak returns how much memory, in MiB, a process has had at most. What its
// end reports is no less than its parent had when it was begun.
func Peak(t testing.TB, pid int) float64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	kB, err := strconv.Atoi(field(string(text), "VmHWM:"))
	if err != nil {
		t.Fatalf("memory of process %d: %v", pid, err)
	}
	return float64(kB) / 1024
}

// field returns the word after name in a text of lines such as those of /proc.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			return fields[1]
		}
	}
	return ""
}

// foreignSince returns the share of the machine that others took since before.
func (u usage) foreignSince(before usage) float64 {
	all := u.all - before.all
	if all <= 0 {
		return 0
	}
	return max(0, float64((u.busy-before.busy)-(u.own-before.own))/float64(all))
}

// readStat reads the first line of /proc/stat. Interrupts belong to nobody.
func readStat(text string) (u usage) {
	first, _, _ := strings.Cut(text, "\n")
	for i, field := range strings.Fields(strings.TrimPrefix(first, "cpu ")) {
		n, _ := strconv.ParseInt(field, 10, 64)
		switch i {
		case 0, 1, 2, 7: // user, nice, system, steal
			u.busy += time.Duration(n) * tick
			u.all += time.Duration(n) * tick
		case 3, 4, 5, 6: // idle, iowait, irq, softirq
			u.all += time.Duration(n) * tick
		}
	}
	return u
}

// process is one that runs.
type process struct {
	parent int
	used   time.Duration // its own, and that of children that have ended
}

// processes returns all that run, by number.
func processes() map[int]process {
	running := map[int]process{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		if pid, p, ok := readProcess(string(text)); ok {
			running[pid] = p
		}
	}
	return running
}

// readProcess reads a process's stat, whose second field may contain anything.
func readProcess(text string) (pid int, p process, ok bool) {
	number, rest, _ := strings.Cut(text, " ")
	fields := strings.Fields(rest[strings.LastIndexByte(rest, ')')+1:])
	if len(fields) < 15 {
		return 0, p, false
	}
	pid, err := strconv.Atoi(number)
	if err != nil {
		return 0, p, false
	}
	p.parent, err = strconv.Atoi(fields[1])
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		n, _ := strconv.ParseInt(field, 10, 64)
		p.used += time.Duration(n) * tick
	}
	return pid, p, err == nil
}

// spent returns the processor time of a process and all below it.
func spent(running map[int]process, root int) (used time.Duration) {
	for pid, p := range running {
		if descends(running, pid, root) {
			used += p.used
		}
	}
	return used
}

// descends reports whether pid is root or below it.
func descends(running map[int]process, pid, root int) bool {
	for range len(running) { // they were read one by one, so that a circle may be seen
		if pid == root {
			return true
		}
		p, known := running[pid]
		if !known {
			return false
		}
		pid = p.parent
	}
	return false
}
