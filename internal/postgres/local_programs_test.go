package postgres

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindPrograms(t *testing.T) {
	t.Parallel()
	real, err := findPrograms(programFolders(), "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	client, whole := filepath.Join(dir, "client"), filepath.Join(dir, "whole")
	for link, program := range map[string]string{
		filepath.Join(client, "initdb"):  real.initdb,
		filepath.Join(whole, "initdb"):   real.initdb,
		filepath.Join(whole, "postgres"): real.postgres,
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o755), os.Symlink(program, link)); err != nil {
			t.Fatal(err)
		}
	}
	places := []string{filepath.Join(dir, "none"), client, whole}
	for _, version := range []string{"", real.version()} {
		p, err := findPrograms(places, version)
		if err != nil || p.postgres != filepath.Join(whole, "postgres") {
			t.Errorf("for version %q: %+v, %v", version, p, err)
		}
	}
	if _, err := findPrograms(places, "7"); err == nil || !strings.Contains(err.Error(), "PostgreSQL 7") {
		t.Errorf("for a cluster of 7: %v", err)
	}
}

func TestNoProgramsSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	_, err := findPrograms(nil, "")
	for _, word := range []string{"apt-get install postgresql", "brew install", "KEUR_DATABASE_URL"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("no %q in %v", word, err)
		}
	}
}

func TestNumberOfFolder(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{"/usr/lib/postgresql/9/bin": 9, "/opt/homebrew/opt/postgresql@17/bin": 17,
		"/usr/local/pgsql/bin": 0} {
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
