package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

// hangs is how long an answer may take before another server is looked for. One that
// takes long is none of a server that hangs: only that another server leads by now
// tells. It is looked for as often again while there is no answer.
const hangs = 5 * time.Second

// errLedElsewhere is what became of a statement whose server was one that takes writes,
// until another took its place before it answered.
var errLedElsewhere = errors.New("the server didn't answer, and another one leads by now")

// line is a connection to one of several servers. The driver waits for an answer for
// as long as the connection stands, and a machine that hangs or is gone without a word
// may keep it standing for good.
type line struct {
	net.Conn
	bounded atomic.Bool                 // somebody else set until when to wait
	moved   atomic.Pointer[func() bool] // whether another server leads; nil: not known yet
}

// Read waits until there is an answer, or another server leads.
func (l *line) Read(into []byte) (int, error) {
	for {
		moved, err := l.wait(l.Conn.SetReadDeadline)
		if err != nil {
			return 0, err
		}
		n, err := l.Conn.Read(into)
		if n > 0 || moved == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if (*moved)() {
			return 0, l.leave("read")
		}
	}
}

// Write waits until all is taken, or another server leads: of a long statement, or of
// what is copied, a server that hangs takes no more than there is room for on the way.
func (l *line) Write(from []byte) (int, error) {
	for taken := 0; ; {
		moved, err := l.wait(l.Conn.SetWriteDeadline)
		if err != nil {
			return taken, err
		}
		n, err := l.Conn.Write(from[taken:])
		taken += n
		if moved == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return taken, err
		}
		if n == 0 && (*moved)() {
			return taken, l.leave("write")
		}
	}
}

// wait sets how long to wait before another server is looked for, and returns what
// looks; nil where nobody does.
func (l *line) wait(set func(time.Time) error) (*func() bool, error) {
	moved := l.moved.Load()
	if moved == nil || l.bounded.Load() {
		return nil, nil
	}
	return moved, set(time.Now().Add(hangs))
}

// leave ends the connection, for whoever else waits at it, too, and returns why. The
// driver takes no other kind of error for one after which nothing may be asked any more:
// what the server still says would be an answer to something else.
func (l *line) leave(doing string) error {
	_ = l.Conn.Close()
	return &net.OpError{Op: doing, Net: l.RemoteAddr().Network(), Addr: l.RemoteAddr(), Err: errLedElsewhere}
}

// SetDeadline is the driver's, while it connects.
func (l *line) SetDeadline(until time.Time) error {
	l.bounded.Store(!until.IsZero())
	return l.Conn.SetDeadline(until)
}

// SetWriteDeadline is that of TLS, which says goodbye and doesn't wait for long.
func (l *line) SetWriteDeadline(until time.Time) error {
	l.bounded.Store(!until.IsZero())
	return l.Conn.SetWriteDeadline(until)
}

// timelineSQL asks for the server's timeline, which each promotion ends.
const timelineSQL = `SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)`

// timeline returns that of a server that takes writes, or "" where it doesn't say so in
// time.
func timeline(ctx context.Context, conn DriverConn, line *line) string {
	if line.SetDeadline(time.Now().Add(connectWithin)) != nil {
		return ""
	}
	defer func() { _ = line.SetDeadline(time.Time{}) }()
	rows, err := conn.QueryContext(ctx, timelineSQL, nil)
	if err != nil {
		return ""
	}
	defer func() { _ = rows.Close() }()
	answer := make([]driver.Value, 1)
	if rows.Next(answer) != nil {
		return ""
	}
	text, _ := answer[0].(string)
	return text
}

// connect returns a connection to the server of several that takes writes, and its
// line. Asking all of them takes no longer than it may.
func connect(ctx context.Context, cfg pq.Config) (DriverConn, *line, error) {
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, nil, notAURL(err)
	}
	way := &redialler{}
	connector.Dialer(way)
	late := time.AfterFunc(2*time.Duration(1+len(cfg.Multi))*cfg.ConnectTimeout, way.cut)
	defer late.Stop()
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	return conn.(DriverConn), way.line(), nil
}

// elsewhere returns what tells whether a server of another timeline leads by now.
func elsewhere(cfg pq.Config, from string) *func() bool {
	if from == "" {
		return nil
	}
	asks := func() bool {
		ctx := context.Background()
		conn, line, err := connect(ctx, cfg)
		if err != nil {
			return false // none leads: the one that hangs may come back
		}
		defer func() { _ = conn.Close() }()
		now := timeline(ctx, conn, line)
		return now != "" && now != from
	}
	return &asks
}
