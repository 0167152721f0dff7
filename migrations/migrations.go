// Package migrations holds the schema as numbered SQL files, one for each room
// until the first release and forward-only after it, and applies them as the
// owner of the base.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"keur/internal/postgres"
)

//go:embed 0*.sql
var files embed.FS

// ErrUnreleased is the cause of the fault that says that a base was made by
// other files than the program's, so that nothing can bring it up to date.
var ErrUnreleased = errors.New("made by other files than these")

// A step is one file of the schema, applied in one transaction.
type step struct {
	name, sql string
	mark      string // tells the file apart from any other, and from itself once it is changed
}

// Migrate brings the base at ownerURL to the newest schema and reports each
// step. Of two that start at once, one applies and the other waits and finds
// nothing left to do. A base that other files made is refused as it is.
func Migrate(ctx context.Context, ownerURL string, report func(step string)) error {
	return migrate(ctx, ownerURL, files, report)
}

// Version returns the schema that this program is written for.
func Version() int {
	steps, _ := read(files) // what is embedded can be read
	return len(steps)
}

// Mark tells the files that this program is written for apart from any others.
func Mark() string {
	steps, _ := read(files) // what is embedded can be read
	return strings.Join(marks(steps), " ")
}

// Check returns a fault that says what to do if the base's schema is not the
// one that this program is written for.
func Check(ctx context.Context, db *sqlx.DB) error {
	steps, err := read(files)
	if err != nil {
		return err
	}
	current, err := current(ctx, db, steps)
	switch {
	case err != nil:
		return err
	case current < len(steps):
		return fmt.Errorf("the base has schema %d and this keur needs %d: run keur migrate", current, len(steps))
	}
	return nil
}

// current returns how many of the steps the base has, and a fault if it has
// others. Which it has is in the comment on goose's table: goose itself only
// keeps their numbers.
func current(ctx context.Context, db *sqlx.DB, steps []step) (int, error) {
	var made struct {
		Version int64
		Marks   string
	}
	err := db.GetContext(ctx, &made, `
		SELECT coalesce(max(version_id), 0) AS version, coalesce(obj_description('goose_db_version'::regclass, 'pg_class'), '') AS marks
		  FROM goose_db_version
		 WHERE is_applied`)
	var e *pq.Error
	switch {
	case errors.As(err, &e) && e.Code == "42P01": // undefined table: never migrated
		return 0, nil
	case errors.As(err, &e) && e.Code == "42501":
		return 0, fmt.Errorf("keur's role may not read this base; run keur migrate as its owner (KEUR_OWNER_DATABASE_URL), which "+
			"grants what is needed: %w", err)
	case err != nil:
		return 0, postgres.Fault(err, "thing.schema_version")
	}
	has, ours := strings.Fields(made.Marks), marks(steps)
	common := min(len(has), len(ours))
	switch {
	case made.Version > 0 && len(has) == 0, !slices.Equal(has[:common], ours[:common]):
		return 0, fmt.Errorf("this base was made by an earlier, unreleased version of Keur, of which nothing can be kept: "+
			"begin anew with an empty base, by dropping this one or naming another, and run keur migrate: %w", ErrUnreleased)
	case len(has) > len(ours):
		return 0, fmt.Errorf("the base has schema %d, made by a newer keur than this one, which knows %d: start the newer one",
			len(has), len(ours))
	}
	return len(has), nil
}

func migrate(ctx context.Context, ownerURL string, from fs.FS, report func(step string)) error {
	db, err := postgres.Open(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	steps, err := read(from)
	if err != nil {
		return err
	}
	if _, err := current(ctx, db, steps); err != nil {
		return err
	}
	provider, err := newProvider(db.DB, steps)
	if err != nil {
		return err
	}
	// One at a time, so that a long migration is reported when it is done and not at the end.
	for {
		done, err := provider.UpByOne(ctx)
		switch {
		case errors.Is(err, goose.ErrNoNextVersion):
			return errors.Join(oneAtATime(ctx, db, allowCurrent), oneAtATime(ctx, db, closeFunctions))
		case err != nil:
			return fmt.Errorf("migrate the base: %w", err)
		}
		report(fmt.Sprintf("%s applied in %s", steps[done.Source.Version-1].name, done.Duration.Round(1e6)))
	}
}

func newProvider(db *sql.DB, steps []step) (*goose.Provider, error) {
	// Ask for the lock each second, for as long as a migration of big tables may take.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 3600))
	if err != nil {
		return nil, fmt.Errorf("lock for migrations: %w", err)
	}
	var all []*goose.Migration
	for i, s := range steps {
		comment := `COMMENT ON TABLE goose_db_version IS ` + pq.QuoteLiteral(strings.Join(marks(steps[:i+1]), " "))
		apply := func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, s.sql); err != nil {
				return fmt.Errorf("%s:%d: %w", s.name, s.line(err), err)
			}
			_, err := tx.ExecContext(ctx, comment)
			return err
		}
		all = append(all, goose.NewGoMigration(int64(i+1), &goose.GoFunc{RunTx: apply}, nil))
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, nil, goose.WithSessionLocker(locker),
		goose.WithGoMigrations(all...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// read returns the steps in order. Their numbers are 1, 2, 3, …, which a test holds.
func read(from fs.FS) ([]step, error) {
	names, err := fs.Glob(from, "0*.sql")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var steps []step
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		sum := sha256.Sum256(text)
		steps = append(steps, step{name: name, sql: string(text), mark: hex.EncodeToString(sum[:6])})
	}
	return steps, nil
}

// line returns where in the step's file the database found fault; 0 if it doesn't say.
func (s step) line(err error) int {
	var e *pq.Error
	if !errors.As(err, &e) {
		return 0
	}
	position, err := strconv.Atoi(e.Position) // in characters, from 1
	text := []rune(s.sql)
	if err != nil || position < 1 || position > len(text) {
		return 0
	}
	return 1 + strings.Count(string(text[:position-1]), "\n")
}

func marks(steps []step) []string {
	var marks []string
	for _, s := range steps {
		marks = append(marks, s.mark)
	}
	return marks
}

// oneAtATime runs what changes rights: PostgreSQL breaks off the second of two
// that change those of one thing at once.
func oneAtATime(ctx context.Context, db *sqlx.DB, statement string) error {
	return postgres.InTx(postgres.AsNobody(ctx), db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('keur.migrate'))`); err != nil {
			return postgres.Fault(err, "thing.schema_version")
		}
		_, err := tx.ExecContext(ctx, statement)
		return postgres.Fault(err, "thing.schema_version")
	})
}

// allowCurrent lets the application read which schema the base has; the table
// is goose's, so no migration can grant this before goose made it.
const allowCurrent = `
	DO $$ BEGIN
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'keur_app') THEN
			GRANT SELECT ON goose_db_version TO keur_app;
		END IF;
	END $$`

// closeFunctions takes from everyone what PostgreSQL gives by itself: the right
// to call a function that runs as the owner, and to put a trigger's function on
// a temporary table, whose rows could then say what they like. What a file
// granted stays. A function whose names are looked up as it runs, and whose file
// doesn't say where, finds them among ours first.
const closeFunctions = `
	DO $$
	DECLARE
		f regprocedure;
	BEGIN
		FOR f IN SELECT oid FROM pg_proc
		          WHERE pronamespace = 'public'::regnamespace AND proowner = current_user::regrole AND prokind = 'f'
		            AND (prosecdef OR prorettype = 'trigger'::regtype) AND has_function_privilege('public', oid, 'execute') LOOP
			EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
		END LOOP;
		FOR f IN SELECT oid FROM pg_proc
		          WHERE pronamespace = 'public'::regnamespace AND proowner = current_user::regrole AND prokind = 'f' AND prosqlbody IS NULL
		            AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false) LOOP
			EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', f);
		END LOOP;
	END $$`
