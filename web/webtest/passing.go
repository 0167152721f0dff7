package webtest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// passing returns a new folder that is removed when this process has ended,
// however it ends: nobody is there any more to remove what a browser keeps, which
// all of a package's tests share. A shell waits for the end of a pipe that only
// this process holds.
func passing(prefix string) (string, error) {
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return "", err
	}
	end, held, err := os.Pipe()
	if err != nil {
		return "", err
	}
	// The browser may still write while it is ended. Ctrl-C is for the tests alone.
	after := exec.Command("sh", "-c", `read -r nothing; until rm -rf -- "$1"; do :; done`, "sh", dir)
	after.Stdin, after.SysProcAttr = end, &syscall.SysProcAttr{Setpgid: true}
	if err := after.Start(); err != nil {
		return "", fmt.Errorf("have %s removed: %w", dir, err)
	}
	pipes = append(pipes, held)
	return dir, end.Close()
}

// pipes are held until the process ends.
var pipes []*os.File
