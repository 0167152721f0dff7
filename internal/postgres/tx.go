package postgres

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/trace"
)

// attempts bounds how often InTx runs a transaction that PostgreSQL gave up in
// favour of another one.
const attempts = 5

type lastKey struct{}

// BeforeCommit returns a context whose transactions end with last: they commit
// only if it returns nil, and together with what it did.
func BeforeCommit(ctx context.Context, last func(ctx context.Context, tx *sqlx.Tx) error) context.Context {
	return context.WithValue(ctx, lastKey{}, last)
}

// Aside returns a context whose transactions end without what BeforeCommit
// added: for what is noted on the way, and isn't what the caller does.
func Aside(ctx context.Context) context.Context { return context.WithValue(ctx, lastKey{}, nil) }

// Beginner begins a transaction: a pool, or one connection out of it.
type Beginner interface {
	BeginTxx(ctx context.Context, options *sql.TxOptions) (*sqlx.Tx, error)
}

// OneSnapshot makes InTx's transactions see the base as it was when they began
// (REPEATABLE READ).
func OneSnapshot(db Beginner) Beginner { return oneSnapshot{db} }

type oneSnapshot struct{ db Beginner }

func (o oneSnapshot) BeginTxx(ctx context.Context, _ *sql.TxOptions) (*sqlx.Tx, error) {
	return o.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
}

// InTx runs fn in a transaction and commits it, or rolls back if fn returns an
// error or panics. After a deadlock or a serialization failure it runs fn
// again, so fn must touch nothing but the transaction and its own results.
func InTx(ctx context.Context, db Beginner, fn func(tx *sqlx.Tx) error) error {
	ctx, span := trace.Within(ctx, "transaction")
	if span == nil {
		return repeated(ctx, db, fn)
	}
	span.Word("code.function.name", caller())
	defer span.End()
	err := repeated(ctx, db, fn)
	span.Failed(err)
	return err
}

// caller names the function that asked for a transaction.
func caller() string {
	var found [8]uintptr
	frames := runtime.CallersFrames(found[:runtime.Callers(2, found[:])])
	for {
		at, more := frames.Next()
		if !more || !strings.HasPrefix(at.Function, "keur/internal/postgres.") {
			return at.Function
		}
	}
}

func repeated(ctx context.Context, db Beginner, fn func(tx *sqlx.Tx) error) error {
	for n := 1; ; n++ {
		err := once(ctx, db, fn)
		if n == attempts || !lostRace(err) {
			return err
		}
		// Uneven pauses, so that two who collided don't collide again.
		pause := time.Duration(n) * time.Duration(5+rand.IntN(20)) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Exec runs a statement in a transaction of its own, and so as done by whoever
// acts in ctx; a statement on the pool alone is nobody's.
func Exec(ctx context.Context, db Beginner, query string, args ...any) (result sql.Result, err error) {
	err = InTx(ctx, db, func(tx *sqlx.Tx) error {
		result, err = tx.ExecContext(ctx, query, args...)
		return err
	})
	return result, err
}

// Select does the same with a statement that returns rows, into a slice.
func Select(ctx context.Context, db Beginner, into any, query string, args ...any) error {
	return InTx(ctx, db, func(tx *sqlx.Tx) error { return tx.SelectContext(ctx, into, query, args...) })
}

func once(ctx context.Context, db Beginner, fn func(tx *sqlx.Tx) error) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return Fault(err, "the database")
	}
	// After a commit this does nothing; it is here for errors and panics.
	defer func() { _ = tx.Rollback() }()

	if err := Act(ctx, tx); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return unlessEnded(ctx, err)
	}
	if last, ok := ctx.Value(lastKey{}).(func(context.Context, *sqlx.Tx) error); ok {
		if err := last(ctx, tx); err != nil {
			return unlessEnded(ctx, err)
		}
	}
	// Deferred constraints and triggers speak up here, so their sentences count too.
	return Fault(unlessEnded(ctx, tx.Commit()), "what it refers to")
}

// unlessEnded returns that ctx ended instead of what followed from it: then the
// transaction is rolled back under whoever uses it.
func unlessEnded(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// lostRace reports whether PostgreSQL gave this transaction up in favour of
// another, so that running it again may succeed.
func lostRace(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}
