package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keur/internal/pgtest"
)

// TestAStoppedDemoLeavesNothing: what a demo left that was stopped between approval
// and slot is thrown away and said; what one left that came to its end stays.
func TestAStoppedDemoLeavesNothing(t *testing.T) {
	t.Parallel()
	own := Settings{DataDir: pgtest.Folder(t)}
	kept := filepath.Join(own.DataDir, "postgres", "data")
	begin := func() string {
		var out bytes.Buffer
		must(t, demoCommand{}.begin(own, console{out: &out}))
		return out.String()
	}
	if said := begin(); said != "" {
		t.Errorf("the first demo says %q", said)
	}
	must(t, os.MkdirAll(kept, 0o755))
	if said := begin(); !strings.Contains(said, "stopped half-way") {
		t.Errorf("after one that was stopped it says %q", said)
	}
	if _, err := os.Stat(kept); !os.IsNotExist(err) {
		t.Errorf("its base is still there: %v", err)
	}
	must(t, os.MkdirAll(kept, 0o755))
	must(t, os.Remove(unfinished(own))) // as at its end
	if said := begin(); said != "" {
		t.Errorf("after one that ended it says %q", said)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("what it left is gone: %v", err)
	}
}
