package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keur/internal/fault"
)

func TestFindProgramsTakesTheFirstWithBoth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"client/initdb", "whole/initdb", "whole/postgres"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		version := "#!/bin/sh\necho 'postgres (PostgreSQL) 16.2 (Debian 16.2-1)'\n"
		if err := os.WriteFile(path, []byte(version), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p, err := findPrograms([]string{filepath.Join(dir, "none"), filepath.Join(dir, "client"), filepath.Join(dir, "whole")}, "")
	if err != nil || p.postgres != filepath.Join(dir, "whole", "postgres") {
		t.Errorf("%+v, %v", p, err)
	}
	if same, err := findPrograms([]string{filepath.Join(dir, "whole")}, "16"); err != nil || same != p {
		t.Errorf("for a cluster of 16: %+v, %v", same, err)
	}
	if _, err := findPrograms([]string{filepath.Join(dir, "whole")}, "15"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "PostgreSQL 15") {
		t.Errorf("for a cluster of 15: %v", err)
	}
}

func TestNoProgramsSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	_, err := findPrograms(nil, "")
	for _, word := range []string{"apt-get install postgresql", "brew install", "KEUR_DATABASE_URL"} {
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), word) {
			t.Errorf("no %q in %v", word, err)
		}
	}
}

func TestNumberOfFolder(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{"/usr/lib/postgresql/9/bin": 9, "/opt/homebrew/opt/postgresql@17/bin": 17, "/usr/local/pgsql/bin": 0} {
		if got := number(path); got != want {
			t.Errorf("%s is %d, want %d", path, got, want)
		}
	}
}

func TestClosedFolders(t *testing.T) {
	t.Parallel()
	root, err := os.MkdirTemp("", "keur-closed-") //nolint:usetesting // TempDir is closed further up
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	home := filepath.Join(root, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	other := account{name: "postgres", other: true}
	if got := other.closed(filepath.Join(home, "project", ".keur")); got != root {
		t.Errorf("%q closed, want the outermost, %q", got, root)
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := other.closed(filepath.Join(home, ".keur")); got != home {
		t.Errorf("%q closed, want %q", got, home)
	}
	if got := (account{}).closed(home); got != "" {
		t.Errorf("%q closed to ourselves", got)
	}
	if shortName(root) == shortName(home) {
		t.Error("two folders share a name")
	}
}
