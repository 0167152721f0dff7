package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// keepSecret returns the secret in the file at path; if there is none, it makes
// one that only this user may read.
func keepSecret(path string) ([]byte, error) {
	kept, err := os.ReadFile(path)
	switch {
	case err == nil:
		return []byte(strings.TrimSpace(string(kept))), nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	// Written whole before it gets its name, as a process that starts beside us
	// may make one too, or read ours; the first stays.
	fresh := fmt.Sprintf("%s.%d", path, os.Getpid())
	defer func() { _ = os.Remove(fresh) }()
	if err := os.WriteFile(fresh, []byte(rand.Text()+rand.Text()+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("keep the secret: %w", err)
	}
	if err := os.Link(fresh, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keep the secret: %w", err)
	}
	return keepSecret(path)
}
