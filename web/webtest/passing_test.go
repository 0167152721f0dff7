package webtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A browser's folder is there while its process is, and then no more.
func TestPassingFolder(t *testing.T) {
	if os.Getenv("KEUR_PASSING") != "" {
		dir, err := passing("keur-passing-")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "kept"), nil, 0o600)
		}
		fmt.Println(dir)
		if err != nil {
			t.Fatal(err)
		}
		os.Exit(0) // as a process that nothing cleans up after
	}
	t.Parallel()
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPassingFolder$")
	again.Env = append(os.Environ(), "KEUR_PASSING=1")
	said, err := again.Output()
	dir := strings.TrimSpace(string(said))
	if err != nil || !filepath.IsAbs(dir) {
		t.Fatalf("%v: %s", err, said)
	}
	for until := time.Now().Add(Patience); ; {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%s is left behind", dir)
		}
	}
}
