// Package pgtest gives each test a fresh database with the whole schema, on a
// real PostgreSQL server that lives exactly as long as the test binary.
package pgtest

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/migrations"
)

// Zone is the time zone of test databases: 45 minutes beside everything else
// and with summer time in January, so that a clock bug shows itself.
const Zone = "Pacific/Chatham"

// template is the migrated database that each test's own is copied from: the one
// that each local server has.
const template = "keur"

// DB is one test's database.
type DB struct {
	// App is the application's role, which owns nothing. A test fails when what
	// it tests asks this pool while it has a transaction open.
	App    *sqlx.DB
	Owner  *sqlx.DB // as the owner, for what only migrations may do
	AppURL string
	// OwnerURL is for processes that the test starts.
	OwnerURL string
}

// New returns a connection, as the application's role, to a fresh database
// that is dropped when the test ends.
func New(t testing.TB) *sqlx.DB {
	t.Helper()
	return Database(t).App
}

// Database returns a fresh database that is dropped when the test ends.
func Database(t testing.TB) DB {
	t.Helper()
	return running(t).database(t, template)
}

// Furnished returns a fresh database that holds what furnish puts into one. It
// does so once for each name, and each test gets a copy of what it made.
func Furnished(t testing.TB, name string, furnish func(t testing.TB, db DB)) DB {
	t.Helper()
	s := running(t)
	made, _ := s.furnished.LoadOrStore(name, &furnished{})
	f := made.(*furnished)
	f.once.Do(func() {
		db := s.copy(t, name, template)
		furnish(t, db)
		if err := errors.Join(db.App.Close(), db.Owner.Close(), s.empty(name)); err != nil {
			t.Fatalf("furnish a test database: %v", err)
		}
		f.whole = true
	})
	if !f.whole {
		t.Fatalf("the database %q couldn't be furnished, as another test says", name)
	}
	return s.database(t, name)
}

// furnished is a database that others are copied from.
type furnished struct {
	once  sync.Once
	whole bool
}

// running returns the server, which it starts if need be.
func running(t testing.TB) *server {
	t.Helper()
	skipShort(t)
	s, err := shared()
	if err != nil {
		t.Fatalf("test server: %v", err)
	}
	return s
}

// database returns a copy of a database that is dropped when the test ends.
func (s *server) database(t testing.TB, from string) DB {
	t.Helper()
	name := fmt.Sprintf("test_%d", s.count.Add(1))
	t.Cleanup(func() {
		// By force, since a test may leave a session of its own behind.
		if _, err := s.admin.Exec(`DROP DATABASE IF EXISTS ` + pq.QuoteIdentifier(name) + ` WITH (FORCE)`); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return s.copy(t, name, from)
}

// copy makes a database of another one.
func (s *server) copy(t testing.TB, name, from string) DB {
	t.Helper()
	if err := s.create(name, from); err != nil {
		t.Fatalf("test database: %v", err)
	}
	db := DB{AppURL: named(s.local.AppURL(), name), OwnerURL: named(s.local.OwnerURL(), name)}
	db.App, db.Owner = openGuarded(t, db.AppURL), open(t, db.OwnerURL)
	return db
}

// open connects to url when it is asked first: few tests ask the owner's side,
// and a connection costs PostgreSQL a process.
func open(t testing.TB, url string) *sqlx.DB {
	t.Helper()
	return limited(t)(postgres.Pool(url, func(c driver.Connector) driver.Connector { return c }))
}

// skipShort skips a test that needs PostgreSQL under go test -short, which
// leaves the rules that need none.
func skipShort(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs PostgreSQL, and -short leaves that out")
	}
}

// server is the one that all tests of a binary share.
type server struct {
	local     *postgres.Local
	admin     *sqlx.DB
	count     atomic.Int64
	furnished sync.Map // by name
}

// shared starts the server when the first test asks for it. Nobody stops it:
// it ends with the process, as StartLocal promises.
var shared = sync.OnceValues(func() (*server, error) {
	dir, err := temporary(inMemory())
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := fromStock(ctx, dir); err != nil {
		return nil, err
	}
	local, err := postgres.StartLocal(ctx, postgres.LocalConfig{DataDir: dir, Ephemeral: true,
		Settings: map[string]string{"max_connections": "400", "autovacuum": "off"}})
	if err != nil {
		return nil, err
	}
	s := &server{local: local}
	if s.admin, err = postgres.Open(ctx, named(local.OwnerURL(), "postgres")); err != nil {
		return nil, err
	}
	return s, s.warm(ctx)
})

// warm connects to the template: the first connection to a database keeps what
// it read of the catalogues in a file, which is copied along.
func (s *server) warm(ctx context.Context) error {
	db, err := postgres.Open(ctx, named(s.local.OwnerURL(), template))
	if err != nil {
		return err
	}
	return errors.Join(db.Close(), s.empty(template))
}

// Migrate gives the base at ownerURL the whole schema, and Key.
func Migrate(t testing.TB, ownerURL string) {
	t.Helper()
	if err := migrate(t.Context(), ownerURL); err != nil {
		t.Fatalf("migrate: %v", err)
	}
}

// empty ends the connections to a database that are still closing, and waits for
// their end, since nobody may use what is copied.
func (s *server) empty(name string) error {
	_, err := s.admin.Exec(`SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = $1`, name)
	return err
}

// migrate gives the base at ownerURL the whole schema, and Key.
func migrate(ctx context.Context, ownerURL string) error {
	if err := migrations.Migrate(ctx, ownerURL, func(string) {}); err != nil {
		return err
	}
	return Key().Install(ctx, ownerURL)
}

// create copies a database. Copying files beats writing them to the log, as
// nothing here has to survive.
func (s *server) create(name, from string) error {
	_, err := s.admin.Exec(`CREATE DATABASE ` + pq.QuoteIdentifier(name) + ` TEMPLATE ` + pq.QuoteIdentifier(from) + ` STRATEGY file_copy`)
	return err
}

// Open connects to url, one of a test server, until the test ends.
func Open(t testing.TB, url string) *sqlx.DB {
	t.Helper()
	return limited(t)(postgres.Open(context.Background(), url))
}

// limited returns what makes a pool one of a test.
func limited(t testing.TB) func(*sqlx.DB, error) *sqlx.DB {
	return func(db *sqlx.DB, err error) *sqlx.DB {
		t.Helper()
		if err != nil {
			t.Fatalf("test database: %v", err)
		}
		postgres.Limit(db, 10)
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
}

// named returns server's URL with another database and with the odd zone
// spelled out, since postgres.Open would otherwise ask for UTC.
func named(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // made by postgres.Local itself
	}
	query := u.Query()
	query.Set("timezone", Zone)
	u.Path, u.RawQuery = "/"+database, query.Encode()
	return u.String()
}

// As returns dbURL with another role's name and password.
func As(dbURL, role, password string) string {
	u, err := url.Parse(dbURL)
	if err != nil {
		panic(err) // made by Database
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// Folder returns the name of a folder that isn't there yet, for a server of
// the test's own, and removes it when the test ends. testing's own TempDir
// doesn't let the server's account in when root runs the tests.
func Folder(t testing.TB) string {
	t.Helper()
	skipShort(t)
	dir, err := temporary("")
	if err != nil {
		t.Fatalf("folder for a server: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// temporary returns the name of a folder within in that isn't there yet; the
// server's account makes its own. in may be "", for the system's usual place.
func temporary(in string) (string, error) {
	dir, err := os.MkdirTemp(in, "keur-pgtest-")
	if err != nil {
		return "", err
	}
	return filepath.Clean(dir), os.Remove(dir)
}
