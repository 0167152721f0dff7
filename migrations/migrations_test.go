package migrations_test

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"golang.org/x/sync/errgroup"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/migrations"
)

func TestTwoMigrateAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`CREATE DATABASE migrated_twice`)
	t.Cleanup(func() { db.Owner.MustExec(`DROP DATABASE migrated_twice WITH (FORCE)`) })
	empty, err := url.Parse(db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	empty.Path = "/migrated_twice"
	owner := pgtest.Open(t, empty.String())

	if current, err := migrations.Current(t.Context(), owner); current != 0 || err != nil {
		t.Errorf("an empty base has schema %d, %v", current, err)
	}
	if err := migrations.Check(t.Context(), owner); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "run keur migrate") {
		t.Errorf("an empty base is %v", err)
	}
	var steps atomic.Int64
	var both errgroup.Group
	for range 2 {
		both.Go(func() error {
			return migrations.Migrate(context.Background(), empty.String(), func(string) { steps.Add(1) })
		})
	}
	if err := both.Wait(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("0*.sql")
	if err != nil || steps.Load() != int64(len(files)) {
		t.Errorf("%d steps were applied of %d, %v", steps.Load(), len(files), err)
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
	db.Owner.MustExec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	if err := migrations.Check(t.Context(), db.App); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "start the newer one") {
		t.Errorf("a newer base is %v", err)
	}
}

// Two who work beside each other land their steps in either order.
func TestAStepMayComeInLate(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`DELETE FROM goose_db_version WHERE version_id = 2`)
	if err := migrations.Check(t.Context(), db.App); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "0002_") {
		t.Errorf("a base without a step is %v", err)
	}
	names, err := filepath.Glob("0*.sql")
	if err != nil {
		t.Fatal(err)
	}
	steps := fstest.MapFS{} // of which all but that one were done
	for _, name := range names {
		steps[name] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE late ();\n")}
	}
	if err := migrations.MigrateFrom(t.Context(), db.OwnerURL, steps, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Check(t.Context(), db.App); err != nil {
		t.Error(err)
	}
}
