package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/lib/pq"
)

// askAgain is how long a connection is taken to lead to the server that takes
// writes, before it is asked again.
const askAgain = time.Second

// What tells that a server is none that takes writes, by what the URL wants.
// A primary that was fenced by its settings keeps its connections, and would take
// writes over them: the driver begins each transaction as one that writes.
var follows = map[pq.TargetSessionAttrs]string{
	pq.TargetSessionAttrsReadWrite: `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool`,
	pq.TargetSessionAttrsPrimary:   `SELECT pg_is_in_recovery()`,
}

// leading connects to the one of several servers that takes writes, and lets go of
// connections to one that doesn't any more: the pool opens another in their place.
type leading struct {
	driver.Connector
	cfg     pq.Config
	follows string
}

// DriverConn is what the driver's connections can do, for who makes one that does more.
type DriverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// led is a connection that is asked now and then where it leads.
type led struct {
	DriverConn
	line    *line
	follows string
	asked   time.Time
}

// Connect returns a connection to the server that takes writes.
func (l leading) Connect(ctx context.Context) (driver.Conn, error) {
	conn, line, err := connect(ctx, l.cfg)
	if err != nil {
		return nil, err
	}
	line.moved.Store(elsewhere(l.cfg, timeline(ctx, conn, line)))
	return &led{conn, line, l.follows, time.Now()}, nil
}

// ResetSession is called before the pool hands the connection out once more.
func (l *led) ResetSession(ctx context.Context) error {
	if err := l.DriverConn.ResetSession(ctx); err != nil {
		return err
	}
	return l.still(ctx)
}

// BeginTx begins a transaction: also of who keeps the connection for long, and so
// never gets it from the pool anew.
func (l *led) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := l.still(ctx); err != nil {
		return nil, err
	}
	return l.DriverConn.BeginTx(ctx, options)
}

// still returns an error unless the connection leads to the server that takes
// writes, as of a moment ago. One that doesn't answer in time is as good as gone: the
// driver itself would wait for it, whatever ctx says.
func (l *led) still(ctx context.Context) error {
	if time.Since(l.asked) < askAgain {
		return nil
	}
	if err := l.line.SetDeadline(time.Now().Add(connectWithin)); err != nil {
		return driver.ErrBadConn
	}
	defer func() { _ = l.line.SetDeadline(time.Time{}) }()
	rows, err := l.QueryContext(ctx, l.follows, nil)
	if err != nil {
		return driver.ErrBadConn
	}
	answer := make([]driver.Value, 1)
	err = errors.Join(rows.Next(answer), rows.Close()) // else what watches ctx would do so for as long as that lasts
	if follows, known := answer[0].(bool); err != nil || !known || follows {
		return driver.ErrBadConn
	}
	l.asked = time.Now()
	return nil
}

// redialler is a way to a server, which can be cut: a listener then looks for the server
// that takes writes anew, as it can't ask where it listens.
type redialler struct {
	net.Dialer
	mu   sync.Mutex
	conn *line
}

// Dial is what the driver calls where no time is set.
func (r *redialler) Dial(network, address string) (net.Conn, error) {
	return r.keep(r.Dialer.Dial(network, address))
}

// DialTimeout is what it calls where one is.
func (r *redialler) DialTimeout(network, address string, within time.Duration) (net.Conn, error) {
	return r.keep(net.DialTimeout(network, address, within))
}

// DialContext is what it calls in place of both, where it may.
func (r *redialler) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return r.keep(r.Dialer.DialContext(ctx, network, address))
}

func (r *redialler) keep(conn net.Conn, err error) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		return nil, err
	}
	r.conn = &line{Conn: conn}
	return r.conn, nil
}

// line returns the connection that was made last.
func (r *redialler) line() *line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conn
}

// cut ends the connection that was made last.
func (r *redialler) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn != nil {
		_ = r.conn.Close()
	}
}
