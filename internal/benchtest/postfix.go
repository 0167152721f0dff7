package benchtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"os/user"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"keur/internal/proctest"
)

// Sink is Postfix's smtp-sink: the cheapest server there is to send to. It
// takes all mail and only counts it.
type Sink struct {
	Port  int
	taken atomic.Int64
}

// Taken returns how many mails it has taken.
func (s *Sink) Taken() int64 { return s.taken.Load() }

// StartSink starts smtp-sink until the test ends.
func StartSink(t testing.TB) *Sink {
	t.Helper()
	s := &Sink{Port: proctest.FreePort(t)}
	args := []string{"-c", s.address(), "512"}
	if me, err := user.Current(); err == nil && me.Uid == "0" {
		args = append([]string{"-u", "nobody"}, args...)
	}
	cmd := exec.Command("smtp-sink", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	counts, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("smtp-sink: %v; make bench fetches it", err)
	}
	read := make(chan struct{})
	go func() { defer close(read); s.read(counts) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-read; _ = cmd.Wait() })
	proctest.Until(t, "smtp-sink listens", func() bool {
		line, err := net.Dial("tcp", s.address())
		if err == nil {
			_ = line.Close()
		}
		return err == nil
	})
	return s
}

func (s *Sink) address() string { return "127.0.0.1:" + strconv.Itoa(s.Port) }

var counted = regexp.MustCompile(`mesg=(\d+)\r`)

// read minds what smtp-sink -c writes after each mail: "sess=4 quit=4 mesg=50\r".
func (s *Sink) read(counts io.Reader) {
	var kept []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := counts.Read(buffer)
		if err != nil {
			return
		}
		kept = append(kept, buffer[:n]...)
		end := bytes.LastIndexByte(kept, '\r') + 1
		if all := counted.FindAllSubmatch(kept[max(0, end-64):end], -1); all != nil {
			taken, _ := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
			s.taken.Store(taken)
		}
		kept = append(kept[:0], kept[end:]...)
	}
}

// Source returns how many mails a second Postfix's smtp-source sends to a port
// of this machine, so many of a size over some connections.
func Source(t testing.TB, port, connections, mails, size int) float64 {
	t.Helper()
	began := time.Now()
	out, err := exec.Command("smtp-source", "-d", "-s", strconv.Itoa(connections), "-l", strconv.Itoa(size),
		"-m", strconv.Itoa(mails), fmt.Sprintf("127.0.0.1:%d", port)).CombinedOutput()
	if err != nil {
		t.Fatalf("smtp-source: %v: %s", err, out)
	}
	return float64(mails) / time.Since(began).Seconds()
}
