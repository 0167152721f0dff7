package benchtest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// machine is what figures depend on.
type machine struct {
	core     float64 // MB of SHA-256 a second on one core
	fsyncs   float64 // a second, where PostgreSQL keeps its data
	memory   string
	version  string   // of PostgreSQL
	settings []string // of PostgreSQL that aren't keur's own
	server   int      // the process of PostgreSQL
}

// look calibrates the machine and asks PostgreSQL behind owner what it is.
func look(owner *sqlx.DB) (machine, error) {
	m := machine{core: hashing(), memory: memory()}
	var folder string
	if err := owner.QueryRow(`
		SELECT current_setting('server_version'), current_setting('data_directory')`).Scan(&m.version, &folder); err != nil {
		return m, fmt.Errorf("ask PostgreSQL what it is: %w", err)
	}
	var err error
	if m.server, err = postmaster(owner); err != nil {
		return m, err
	}
	usual := postgres.Usual(postgres.ThisMachine(folder))
	var set []setting
	if err := owner.Select(&set, `
		SELECT name, current_setting(name) AS value FROM pg_settings
		 WHERE source IN ('command line', 'environment variable', 'database', 'user', 'global') OR name = ANY (string_to_array($1, ' '))
		 ORDER BY name`, strings.Join(slices.Collect(maps.Keys(usual)), " ")); err != nil {
		return m, fmt.Errorf("ask PostgreSQL for its settings: %w", err)
	}
	m.settings = changed(set, usual)
	m.fsyncs, err = syncing(filepath.Dir(folder))
	return m, err
}

// postmaster returns the process of PostgreSQL behind db that all others are of.
func postmaster(db *sqlx.DB) (int, error) {
	var backend int
	if err := db.Get(&backend, `SELECT pg_backend_pid()`); err != nil {
		return 0, fmt.Errorf("ask PostgreSQL for its process: %w", err)
	}
	return processes()[backend].parent, nil
}

// setting is one of PostgreSQL.
type setting struct{ Name, Value string }

// changed returns the settings that aren't as usual, each with what is usual.
func changed(set []setting, usual map[string]string) []string {
	var found []string
	for _, s := range set {
		want, known := usual[s.Name]
		switch {
		case known && s.Value != want:
			found = append(found, fmt.Sprintf("%s=%s (usually %s)", s.Name, s.Value, want))
		case !known && !slices.Contains(ofThePlace, s.Name):
			found = append(found, fmt.Sprintf("%s=%s", s.Name, s.Value))
		}
	}
	return found
}

// ofThePlace are settings that differ from server to server and slow nothing:
// where it is reached, and the best compression that it was built with.
var ofThePlace = []string{"listen_addresses", "unix_socket_directories", "unix_socket_permissions", "wal_compression"}

// lines says it all, for the top of the figures.
func (m machine) lines() []string {
	settings := "PostgreSQL as keur starts it"
	if len(m.settings) > 0 {
		settings = "PostgreSQL is set otherwise than keur starts it: " + strings.Join(m.settings, ", ")
	}
	return []string{
		fmt.Sprintf("%d cores, %s of memory, %s/%s, %s, PostgreSQL %s", runtime.NumCPU(), m.memory, runtime.GOOS, runtime.GOARCH,
			runtime.Version(), m.version),
		fmt.Sprintf("calibration: one core hashes %.0f MB/s (SHA-256), %.2f of README's machine; the disk of PostgreSQL takes %.0f fsync/s",
			m.core, m.core/readmeCore, m.fsyncs),
		settings,
	}
}

// hashing returns how many MB of SHA-256 one core does in a second. It is the
// best of many short tries: a core that others use too isn't slower for it.
func hashing() (best float64) {
	block := make([]byte, 1<<20)
	for range 100 {
		began := time.Now()
		sha256.Sum256(block)
		best = max(best, 1.048576/time.Since(began).Seconds())
	}
	return best
}

// syncing returns how many times a second the folder's disk makes 8 KB durable.
func syncing(folder string) (float64, error) {
	f, err := os.CreateTemp(folder, "fsync-")
	if err != nil {
		return 0, fmt.Errorf("measure the disk: %w", err)
	}
	defer func() { _, _ = f.Close(), os.Remove(f.Name()) }()
	page := make([]byte, 8<<10)
	n, began := 0, time.Now()
	for time.Since(began) < time.Second {
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, fmt.Errorf("measure the disk: %w", err)
		}
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("measure the disk: %w", err)
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// memory returns how much the machine has, where Linux says so.
func memory() string {
	text, _ := os.ReadFile("/proc/meminfo")
	kB, err := strconv.Atoi(field(string(text), "MemTotal:"))
	if err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.1f GiB", float64(kB)/(1<<20))
}
