package worker_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestABatchClaimedUnheardIsSent: where the answer to a claim's commit is lost, nobody
// works on its batch, and its members don't wait until its lease ends.
func TestABatchClaimedUnheardIsSent(t *testing.T) {
	t.Parallel()
	s, breaks := newBreakingStage(t, 60)
	breaks.after.Store(new("SET state = 'running'"))
	s.mustSendAll(t, breaks)
}

// TestABatchThatCouldNotBeClosedIsClosed: where the connection breaks while a batch is
// closed, it is closed when the base is back.
func TestABatchThatCouldNotBeClosedIsClosed(t *testing.T) {
	t.Parallel()
	s, breaks := newBreakingStage(t, 60)
	breaks.before.Store(new("SET state = 'done'"))
	s.mustSendAll(t, breaks)
}

// TestABatchThatIsSaidToBeLostIsTakenAgain: a primary that hung and wakes up doesn't
// know what was claimed meanwhile, and says so for as long as it lives.
func TestABatchThatIsSaidToBeLostIsTakenAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, 60)
	reached, said := make(chan struct{}), make(chan struct{})
	n := 0
	s.server.Answer = func(string, int) delivery.Reply {
		if n++; n == 20 {
			close(reached)
		}
		if n >= 20 {
			<-said
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	send := s.start(t, everyone)
	s.work(t)
	<-reached
	s.Owner.MustExec(`UPDATE delivery_batches SET fence = fence + 1 WHERE state = 'running'`)
	close(said)
	s.await(t, allDone, send.ID)
	s.await(t, `SELECT NOT EXISTS (SELECT FROM deliveries WHERE state NOT IN ('sent', 'in_doubt'))`)
	for who, n := range s.server.Took() {
		if n != 1 {
			t.Errorf("%s got %d mails", who, n)
		}
	}
}

// TestABatchThatIsSaidToBeLostWhenItEndsIsClosed: such a primary may say so only when all
// its mail is out.
func TestABatchThatIsSaidToBeLostWhenItEndsIsClosed(t *testing.T) {
	t.Parallel()
	s, breaks := newBreakingStage(t, 60)
	breaks.behind.Store(new("number = $2 AND fence = $3"))
	s.mustSendAll(t, breaks)
}

// mustSendAll sends to everybody, once a connection broke. No lease ends meanwhile.
func (s *stage) mustSendAll(t *testing.T, breaks *breaking) {
	t.Helper()
	send := s.start(t, everyone)
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 60})
	for who, n := range s.server.Took() {
		if n != 1 {
			t.Errorf("%s got %d mails", who, n)
		}
	}
	if !breaks.broke.Load() {
		t.Error("no connection broke")
	}
}

// newBreakingStage is a stage over connections that break when told so.
func newBreakingStage(t *testing.T, n int) (*stage, *breaking) {
	t.Helper()
	db := pgtest.Database(t)
	connector, err := pq.NewConnector(db.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	breaks := &breaking{Connector: connector}
	app := sqlx.NewDb(sql.OpenDB(breaks), "postgres")
	t.Cleanup(func() { _ = app.Close() })
	fake := clock.NewFake(time.Now())
	made, err := deliverytest.New(t.Context(), db.Owner, app, fake, n)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{Stage: made, url: db.AppURL, clock: fake, server: deliverytest.NewServer()}, breaks
}

// breaking makes connections of which one breaks at the commit of a transaction that
// said something: before or after PostgreSQL has committed it. Or a query that says
// something finds nothing, once, as at a server that is behind.
type breaking struct {
	driver.Connector
	before, after, behind atomic.Pointer[string]
	broke                 atomic.Bool
}

func (b *breaking) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := b.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &breakable{DriverConn: conn.(postgres.DriverConn), by: b}, nil
}

type breakable struct {
	postgres.DriverConn
	by   *breaking
	said strings.Builder // in the transaction that is open
}

func (b *breakable) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	b.said.WriteString(query)
	return b.DriverConn.ExecContext(ctx, query, args)
}

func (b *breakable) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if at := b.by.behind.Load(); at != nil && strings.Contains(query, *at) && b.by.behind.CompareAndSwap(at, nil) {
		b.by.broke.Store(true)
		query = strings.Replace(query, *at, *at+" AND false", 1)
	}
	return b.DriverConn.QueryContext(ctx, query, args)
}

func (b *breakable) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	b.said.Reset()
	tx, err := b.DriverConn.BeginTx(ctx, options)
	return breakableTx{tx, b}, err
}

type breakableTx struct {
	driver.Tx
	on *breakable
}

func (b breakableTx) Commit() error {
	if b.on.breaks(&b.on.by.before) {
		_ = b.on.Close()
		return driver.ErrBadConn
	}
	if err := b.Tx.Commit(); err != nil || !b.on.breaks(&b.on.by.after) {
		return err
	}
	_ = b.on.Close()
	return driver.ErrBadConn
}

// breaks reports whether the connection is to break now, which it does once.
func (b *breakable) breaks(at *atomic.Pointer[string]) bool {
	what := at.Load()
	if what == nil || !strings.Contains(b.said.String(), *what) || !at.CompareAndSwap(what, nil) {
		return false
	}
	b.by.broke.Store(true)
	return true
}
