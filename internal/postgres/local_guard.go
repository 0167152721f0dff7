package postgres

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// guardScript runs the server ("$@") as its child and watches a pipe from
// keur. The pipe ends when keur closes it or dies in any way, kill -9 included;
// then the server gets the signal $1, and the folders in $2 are removed. It gets
// it once a second until it is gone, since one that only begins hears none yet.
// The word leave lets the server live on, for other processes that use it.
const guardScript = `
signal=$1; rubbish=$2; shift 2
"$@" & server=$!
exec 3<&0
(read -r word <&3; [ "$word" != leave ] || exit
while kill -s "$signal" "$server"; do sleep 1; done) 2>/dev/null & watch=$!
wait "$server"; status=$?
kill "$watch" 2>/dev/null
[ -z "$rubbish" ] || eval "rm -rf -- $rubbish"
exit "$status"
`

// guard is a small shell between keur and the server, so that no server is
// left behind. It does the same on every system, where a parent-death signal
// exists on Linux only and binds to a thread.
type guard struct {
	pipe  io.WriteCloser
	ended chan struct{} // closed when the server and the shell are gone
}

// startGuard starts args as a server with its output in log. If rubbish names
// folders, the server is stopped in haste and they are removed at its end.
func startGuard(args []string, log *os.File, as account, rubbish []string) (*guard, error) {
	signal, remove := "INT", "" // fast shutdown: ends sessions, writes a checkpoint
	if len(rubbish) > 0 {
		signal = "QUIT"
	}
	for _, dir := range rubbish {
		remove += " " + shellQuote(dir)
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", guardScript, "keur-guard", signal, remove}, args...)...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = as.process()
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("watch the local server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the local server: %w", err)
	}
	g := &guard{pipe: pipe, ended: make(chan struct{})}
	go func() {
		defer close(g.ended)
		_ = cmd.Wait() // what went wrong is in the server's log
	}()
	return g, nil
}

// leave lets the server live on without this process.
func (g *guard) leave() {
	_, _ = io.WriteString(g.pipe, "leave\n") // if the guard is gone, so is the server
	_ = g.pipe.Close()
}

// stop ends the server and waits until it is gone.
func (g *guard) stop(ctx context.Context) error {
	_ = g.pipe.Close()
	select {
	case <-g.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the local server to stop: %w", ctx.Err())
	}
}

// shellQuote returns s as one word of a shell command.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
