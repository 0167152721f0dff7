// Package proctest runs a test's own program as a process that ends with the
// test, and waits for what processes and goroutines do.
package proctest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// within is set where the test's own program is not to test.
const within = "KEUR_TEST_PROCESS"

// Main is the TestMain of tests that start their own program: in such a
// process it runs program instead of the tests.
func Main(m *testing.M, program func() error) {
	if os.Getenv(within) == "" {
		os.Exit(m.Run())
	}
	if err := program(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Command returns the test's own program, which see Main, with the arguments
// and the environment besides this one's.
func Command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), within+"=1"), env...)
	return cmd
}

// Start starts such a Command. What it says goes to the test's log; it is killed when
// the test ends, in whatever way.
func Start(t testing.TB, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := Command(env, args...)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return cmd
}

// Stop ends a process as a person or a service manager does, and fails the test
// unless it ended well.
func Stop(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
}

// patience is far above what anything waited for takes, on a slow and busy
// machine too. It only catches what never comes.
const patience = 10 * time.Minute

// Until asks again and again whether it has happened, and fails the test if it
// doesn't. What takes long to ask is asked the less often, so that waiting takes
// a tenth of one core at most.
func Until(t testing.TB, what string, happened func() bool) {
	t.Helper()
	late := time.After(patience)
	for {
		asked := time.Now()
		if happened() {
			return
		}
		select {
		case <-time.After(min(max(2*time.Millisecond, 9*time.Since(asked)), 250*time.Millisecond)):
		case <-late:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// FreePort returns a port of this machine at which nobody listens.
func FreePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}
