package pgtest

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// guard finds what asks the pool while a transaction is open: such a call needs
// a second connection, and when all of a pool are taken by transactions that
// wait for one, none of them ever ends. It knows the caller by its goroutine,
// since database/sql calls a driver in the caller's own.
type guard struct {
	driver.Connector

	mu   sync.Mutex
	open map[string]*guarded // by goroutine: the connection of its transaction
	seen []string
}

// openGuarded is Open through a guard, whose findings fail the test.
func openGuarded(t testing.TB, url string) *sqlx.DB {
	t.Helper()
	g := newGuard()
	t.Cleanup(func() {
		for _, finding := range g.findings() {
			t.Error(finding)
		}
	})
	return limited(t)(postgres.Pool(url, g.over))
}

func newGuard() *guard { return &guard{open: map[string]*guarded{}} }

// over makes g open what c opens.
func (g *guard) over(c driver.Connector) driver.Connector {
	g.Connector = c
	return g
}

// Connect opens a connection of the pool.
func (g *guard) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := g.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &guarded{DriverConn: made.(postgres.DriverConn), guard: g}, nil
}

// check returns an error if the goroutine has a transaction on another
// connection than c.
func (g *guard) check(c *guarded, query string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	// Nobody need be told apart, which takes a trace of the stack, where no transaction is
	// open, or where it is the transaction's own connection that is asked.
	if len(g.open) == 0 || g.open[c.holder] == c {
		return nil
	}
	// Of a transaction whose context has ended, database/sql takes the connection back
	// by a goroutine of its own, in its own time.
	if held := g.open[goroutine()]; held == nil || held.ctx.Err() != nil {
		return nil
	}
	err := fmt.Errorf("the pool is asked within a transaction, by another connection: %s", strings.Join(strings.Fields(query), " "))
	g.seen = append(g.seen, err.Error()+"\n"+callers())
	return err
}

func (g *guard) began(ctx context.Context, c *guarded) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.holder, c.ctx = goroutine(), ctx
	g.open[c.holder] = c
}

// ended forgets the transaction of c. It may be another goroutine that ends it.
func (g *guard) ended(c *guarded) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[c.holder] == c {
		delete(g.open, c.holder)
	}
}

func (g *guard) findings() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen
}

// guarded is a connection whose use is checked.
type guarded struct {
	postgres.DriverConn
	guard  *guard
	holder string          // the goroutine that began its transaction
	ctx    context.Context // of that
}

// BeginTx begins a transaction, unless the goroutine has one open.
func (c *guarded) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.guard.check(c, "BEGIN"); err != nil {
		return nil, err
	}
	tx, err := c.DriverConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	c.guard.began(ctx, c)
	return &guardedTx{Tx: tx, conn: c}, nil
}

// QueryContext runs a query that is checked.
func (c *guarded) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.guard.check(c, query); err != nil {
		return nil, err
	}
	noteAsked(ctx, query, args)
	return c.DriverConn.QueryContext(ctx, query, args)
}

// ExecContext runs a statement that is checked.
func (c *guarded) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.guard.check(c, query); err != nil {
		return nil, err
	}
	noteAsked(ctx, query, args)
	return c.DriverConn.ExecContext(ctx, query, args)
}

// PrepareContext prepares a statement that is checked.
func (c *guarded) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.guard.check(c, query); err != nil {
		return nil, err
	}
	return c.DriverConn.PrepareContext(ctx, query)
}

// Close closes the connection, and with it its transaction.
func (c *guarded) Close() error {
	c.guard.ended(c)
	return c.DriverConn.Close()
}

// guardedTx is a transaction whose end is noted.
type guardedTx struct {
	driver.Tx
	conn *guarded
}

// Commit ends the transaction.
func (t *guardedTx) Commit() error {
	defer t.conn.guard.ended(t.conn)
	return t.Tx.Commit()
}

// Rollback ends the transaction.
func (t *guardedTx) Rollback() error {
	defer t.conn.guard.ended(t.conn)
	return t.Tx.Rollback()
}

// goroutine returns the number of the one that runs, which Go tells nobody but
// a trace of its stack: "goroutine 12 [running]:".
func goroutine() string {
	var trace [32]byte
	fields := bytes.Fields(trace[:runtime.Stack(trace[:], false)])
	return string(fields[1])
}

// callers returns the lines of ours that led here.
func callers() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var lines []string
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "keur/") && !strings.HasPrefix(frame.Function, "keur/internal/pgtest") {
			lines = append(lines, fmt.Sprintf("\t%s:%d", frame.Function, frame.Line))
		}
		if !more {
			return strings.Join(lines, "\n")
		}
	}
}
