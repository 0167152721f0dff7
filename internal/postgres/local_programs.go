package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// programs are the two of PostgreSQL's programs that a local server needs.
type programs struct {
	initdb, postgres string
}

// programFolders returns where Debian, Red Hat, Homebrew and PATH keep
// PostgreSQL, the newest of a place first. Debian keeps servers out of PATH.
func programFolders() []string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/usr/local/pgsql/bin",
	} {
		found, _ := filepath.Glob(pattern) // only a bad pattern fails
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(number(b), number(a)) })
		dirs = append(dirs, found...)
	}
	return dirs
}

// findPrograms returns the programs of the first folder that has both, or a
// fault that says what to install. A cluster can only be run by the version
// that made it: with a version of "15" only such programs will do.
func findPrograms(dirs []string, version string) (programs, error) {
	for _, dir := range dirs {
		p := programs{initdb: filepath.Join(dir, "initdb"), postgres: filepath.Join(dir, "postgres")}
		if runs(p.initdb) && runs(p.postgres) && (version == "" || p.version() == version) {
			return p, nil
		}
	}
	if version != "" {
		return programs{}, fmt.Errorf("the local base was made by PostgreSQL %s, which this machine no longer has: install that "+
			"version again, or move the folder away to begin anew", version)
	}
	return programs{}, errors.New("keur needs PostgreSQL and found none on this machine: install it (Debian, Ubuntu: apt-get " +
		"install postgresql; macOS: brew install postgresql@17), or name a server that runs elsewhere in KEUR_DATABASE_URL")
}

// LocalVersion returns the major version of the PostgreSQL that makes a new
// local server, and a fault with what to install if there is none.
func LocalVersion() (string, error) {
	p, err := findPrograms(programFolders(), "")
	return p.version(), err
}

// version returns the major version, such as "15", or "" if the server doesn't tell.
func (p programs) version() string {
	out, err := exec.Command(p.postgres, "--version").Output() // postgres (PostgreSQL) 15.14 (Debian …)
	if err != nil {
		return ""
	}
	_, text, _ := strings.Cut(string(out), ") ")
	return text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
}

// clusterVersion returns the major version that made the cluster in dataDir, or
// "" if there is none.
func clusterVersion(dataDir string) string {
	text, _ := os.ReadFile(filepath.Join(dataDir, "PG_VERSION"))
	return strings.TrimSpace(string(text))
}

func runs(path string) bool {
	_, err := exec.LookPath(path)
	return err == nil
}

// number returns the first number in a path such as /usr/lib/postgresql/15/bin, or 0.
func number(path string) int {
	start := strings.IndexAny(path, "0123456789")
	if start < 0 {
		return 0
	}
	digits := path[start:]
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, _ := strconv.Atoi(digits)
	return n
}
