package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"keur/internal/pgtest"
	"keur/migrations"
)

// empty returns the owner's URL of a base with nothing in it, and opens it.
func empty(t *testing.T, name string) (string, *sqlx.DB) {
	t.Helper()
	db := pgtest.Database(t)
	db.Owner.MustExec(`CREATE DATABASE ` + name)
	t.Cleanup(func() { db.Owner.MustExec(`DROP DATABASE ` + name + ` WITH (FORCE)`) })
	u, err := url.Parse(db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String(), pgtest.Open(t, u.String())
}

// schema returns the files of the schema.
func schema(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("0*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	return names
}

// silent reports to nobody.
func silent(string) {}

func TestNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	for i, name := range schema(t) {
		if !strings.HasPrefix(name, fmt.Sprintf("%04d_", i+1)) {
			t.Errorf("file %d of the schema is %s", i+1, name)
		}
	}
}

func TestTwoMigrateAtOnce(t *testing.T) {
	t.Parallel()
	to, owner := empty(t, "migrated_twice")
	if err := migrations.Check(t.Context(), owner); err == nil || !strings.Contains(err.Error(), "has schema 0") {
		t.Errorf("an empty base is %v", err)
	}
	var steps atomic.Int64
	var both errgroup.Group
	for range 2 {
		both.Go(func() error {
			return migrations.Migrate(context.Background(), to, func(string) { steps.Add(1) })
		})
	}
	if err := both.Wait(); err != nil {
		t.Fatal(err)
	}
	if files := len(schema(t)); steps.Load() != int64(files) {
		t.Errorf("%d steps were applied of %d", steps.Load(), files)
	}
	if err := migrations.Check(t.Context(), owner); err != nil {
		t.Error(err)
	}
}

func TestNewerBaseIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	if err := migrations.Check(t.Context(), db.App); err != nil {
		t.Fatal(err)
	}
	db.Owner.MustExec(`
		DO $$ BEGIN
			EXECUTE format('COMMENT ON TABLE goose_db_version IS %L', obj_description('goose_db_version'::regclass, 'pg_class') || ' 0123456789ab');
		END $$`)
	if err := migrations.Check(t.Context(), db.App); err == nil || !strings.Contains(err.Error(), "start the newer one") {
		t.Errorf("a newer base is %v", err)
	}
	if err := migrations.Migrate(t.Context(), db.OwnerURL, silent); err == nil || !strings.Contains(err.Error(), "start the newer one") {
		t.Errorf("a newer base is migrated: %v", err)
	}
}

// A release adds files after those that a base has.
func TestOlderBaseIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	to, owner := empty(t, "migrated_in_parts")
	first := fstest.MapFS{}
	for _, name := range schema(t)[:3] {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first[name] = &fstest.MapFile{Data: text}
	}
	if err := migrations.MigrateFrom(t.Context(), to, first, silent); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Check(t.Context(), owner); err == nil || !strings.Contains(err.Error(), "has schema 3") {
		t.Errorf("an older base is %v", err)
	}
	if err := migrations.Migrate(t.Context(), to, silent); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Check(t.Context(), owner); err != nil {
		t.Error(err)
	}
}

// Until the first release files are changed in place, so a base that others
// made is refused as it is, whatever its number.
func TestBaseOfOtherFilesIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, db pgtest.DB) (string, *sqlx.DB){
		"made when only numbers were kept": func(t *testing.T, db pgtest.DB) (string, *sqlx.DB) {
			db.Owner.MustExec(`COMMENT ON TABLE goose_db_version IS NULL`)
			return db.OwnerURL, db.App
		},
		"made before a file was changed": func(t *testing.T, _ pgtest.DB) (string, *sqlx.DB) {
			to, owner := empty(t, "made_otherwise")
			other := fstest.MapFS{"0001_ground.sql": {Data: []byte("CREATE TABLE ground ();")}}
			if err := migrations.MigrateFrom(t.Context(), to, other, silent); err != nil {
				t.Fatal(err)
			}
			return to, owner
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, db := spoil(t, pgtest.Database(t))
			tables := func() (names []string) {
				if err := db.Select(&names, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`); err != nil {
					t.Fatal(err)
				}
				return names
			}
			before := len(tables())
			for what, err := range map[string]error{
				"check":   migrations.Check(t.Context(), db),
				"migrate": migrations.Migrate(t.Context(), to, func(step string) { t.Errorf("applied %s", step) }),
			} {
				if !errors.Is(err, migrations.ErrUnreleased) || !strings.Contains(err.Error(), "begin anew") {
					t.Errorf("%s says %v", what, err)
				}
			}
			if after := len(tables()); after != before {
				t.Errorf("%d tables and indexes became %d", before, after)
			}
		})
	}
}

func TestErrorNamesItsLine(t *testing.T) {
	t.Parallel()
	to, _ := empty(t, "made_wrongly")
	var wrong fs.FS = fstest.MapFS{"0001_ground.sql": {Data: []byte("CREATE TABLE ö ();\n\nCREATE TABLE twice (a int,\n  b uint);\n")}}
	if err := migrations.MigrateFrom(t.Context(), to, wrong, silent); err == nil || !strings.Contains(err.Error(), "0001_ground.sql:4: ") {
		t.Errorf("the error is %v", err)
	}
}
