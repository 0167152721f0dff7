package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Who is who in a local base: the owner has every right and runs migrations;
// the app's login owns nothing and gets its rights from the role keur_app.
const (
	ownerRole = "keur_owner"
	appRole   = "keur_app"
	appLogin  = "keur_app_login"
	baseName  = "keur"
)

// LocalConfig says where a local server lives and how it is set.
type LocalConfig struct {
	DataDir   string            // kept between runs; made when it isn't there
	Log       *slog.Logger      // for what takes long; may be nil
	Settings  map[string]string // override the usual settings of the server
	Ephemeral bool              // throw DataDir away when the server ends, and don't mind durability
}

// Local is a PostgreSQL server that keur keeps for itself, reachable only
// through a socket in a folder that nobody else may enter.
type Local struct {
	config LocalConfig
	programs
	account  account
	password string
	socket   string
	logStart int64    // where the log of the last start begins
	guard    *guard   // nil when another process started the server
	users    *os.File // locked by each process that uses the server
	cease    func()   // ends the supervision
}

// StartLocal starts the server of config.DataDir, making it first if need be,
// and returns when it accepts connections. A server that another process runs
// on the same folder is joined instead. The server ends with the last process
// that stops it, or when the one that started it dies, in whatever way; a
// process that still uses it then starts it again, as when it crashes.
// Returns an unavailable fault, with what to install, if the machine has no
// PostgreSQL.
func StartLocal(ctx context.Context, config LocalConfig) (*Local, error) {
	dir, err := filepath.Abs(config.DataDir)
	if err != nil {
		return nil, fmt.Errorf("place of the local server: %w", err)
	}
	config.DataDir = dir
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	l := &Local{config: config}
	if l.programs, err = findPrograms(programFolders(), clusterVersion(l.dataDir())); err != nil {
		return nil, err
	}
	if l.account, err = serverAccount(); err != nil {
		return nil, err
	}
	if err := l.makeFolders(); err != nil {
		return nil, err
	}
	// Two processes that start at once must not both run initdb.
	unlock, err := lockFile(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := l.initialize(ctx); err != nil {
		return nil, err
	}
	if err := l.start(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(l.join(), l.makeRoles(ctx)); err != nil {
		l.giveUp()
		return nil, err
	}
	l.cease = func() {}
	if !config.Ephemeral { // that one's data goes with its server
		l.cease = supervisor{l}.begin()
	}
	return l, nil
}

// OwnerURL returns the URL for migrations, as the owner of everything.
func (l *Local) OwnerURL() string { return l.url(ownerRole, l.password, baseName) }

// AppURL returns the URL for the application, as a role that owns nothing.
func (l *Local) AppURL() string { return l.url(appLogin, l.appPassword(), baseName) }

// DataDir returns the folder that the server lives in.
func (l *Local) DataDir() string { return l.config.DataDir }

// appPassword is made of the owner's, which it doesn't tell.
func (l *Local) appPassword() string {
	sum := sha256.Sum256([]byte(appLogin + " " + l.password))
	return hex.EncodeToString(sum[:16])
}

func (l *Local) url(user, password, base string) string {
	query := url.Values{"host": {l.socket}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + base, RawQuery: query.Encode()}
	return u.String()
}

func (l *Local) dataDir() string { return filepath.Join(l.config.DataDir, "data") }
func (l *Local) logFile() string { return filepath.Join(l.config.DataDir, "server.log") }

// makeFolders makes the server's folder and the one of its socket.
func (l *Local) makeFolders() error {
	if parent := filepath.Dir(l.config.DataDir); !exists(parent) {
		// Whatever the umask, since the server's user may be another one than ours.
		if err := errors.Join(os.MkdirAll(parent, 0o755), os.Chmod(parent, 0o755)); err != nil {
			return fmt.Errorf("folder of the local server: %w", err)
		}
	}
	if closed := l.account.closed(l.config.DataDir); closed != "" {
		return fmt.Errorf("root can't run PostgreSQL, and the user %s, who runs it instead, may not enter %s; set KEUR_DATA_DIR to "+
			"a folder such as /var/lib/keur", l.account.name, closed)
	}
	l.socket = socketFolder(l.config.DataDir)
	for _, dir := range []string{l.config.DataDir, l.socket} {
		if err := l.account.makeFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// socketFolder returns a folder for the socket: within dir, or, as the kernel
// refuses paths over 107 bytes (103 on macOS), a short one for a long dir.
func socketFolder(dir string) string {
	socket := filepath.Join(dir, "socket")
	if len(filepath.Join(socket, ".s.PGSQL.5432")) < 100 {
		return socket
	}
	return filepath.Join(os.TempDir(), shortName(dir))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Usual returns the settings of every server that keur keeps on a machine: a share
// of its memory and disk, and everything durable.
func Usual(on Machine) map[string]string {
	settings := map[string]string{
		"max_connections":                     "200",
		"effective_io_concurrency":            "200",
		"random_page_cost":                    "1.1",
		"checkpoint_timeout":                  "15min",
		"jit":                                 "off",
		"max_locks_per_transaction":           "256", // a query over all partitions locks each of them
		"log_checkpoints":                     "off",
		"log_min_duration_statement":          "2s",
		"log_line_prefix":                     "%m [%p] %q%u ",
		"log_error_verbosity":                 "terse", // no DETAIL: it quotes the row, and with it an address
		"log_parameter_max_length":            "0",     // nor the parameters of slow statements
		"idle_in_transaction_session_timeout": "10min",
	}
	maps.Copy(settings, on.settings())
	return settings
}

// settings returns what this server is started with.
func (l *Local) settings() map[string]string {
	settings := Usual(ThisMachine(l.config.DataDir))
	maps.Copy(settings, map[string]string{
		"listen_addresses": "", "unix_socket_directories": l.socket, "unix_socket_permissions": "0700",
	})
	if l.config.Ephemeral { // nothing is recovered, nobody follows it, and there are no whole pages to compress
		maps.Copy(settings, map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
			"shared_buffers": "64MB", "max_wal_size": "512MB",
		})
	} else {
		settings["wal_compression"] = l.walCompression()
	}
	maps.Copy(settings, l.config.Settings)
	return settings
}

// lockFile takes the lock on the file at path, waiting until ctx ends.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the local server: %w", err)
	}
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return func() { _ = f.Close() }, nil
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("another process has been starting the local PostgreSQL in %s all the while: %w", filepath.Dir(path),
				ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
