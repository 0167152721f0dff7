package postgres

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// proven makes connections that are proven once to be of a part of the program.
type proven struct {
	driver.Connector
	key   Key
	actor string
}

// OpenAs is Open for a part of the program, such as system:tracking, whose
// transactions are so short and so many that act() in each would cost too much: it
// has connections of its own, at most so many, and whatever is done over them is
// done by that part (prove_connection()).
func OpenAs(ctx context.Context, dbURL string, key Key, actor string, most int) (*sqlx.DB, error) {
	db, err := open(ctx, dbURL, func(c driver.Connector) driver.Connector { return proven{c, key, actor} })
	if err != nil {
		return nil, err
	}
	Limit(db, most)
	return db, nil
}

// Connect returns a connection that is proven.
func (p proven) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.prove(ctx, conn.(DriverConn)); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (p proven) prove(ctx context.Context, conn DriverConn) error {
	rows, err := conn.QueryContext(ctx, `SELECT pg_backend_pid()`, nil)
	if err != nil {
		return err
	}
	process := make([]driver.Value, 1)
	if err := rows.Next(process); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	word := rand.Text()
	_, err = conn.ExecContext(ctx, `SELECT prove_connection($1, $2, $3)`, []driver.NamedValue{
		{Ordinal: 1, Value: p.actor}, {Ordinal: 2, Value: word},
		{Ordinal: 3, Value: p.key.MAC("connection", fmt.Sprint(process[0]), p.actor, word)},
	})
	return err
}
