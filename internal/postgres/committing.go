package postgres

import (
	"context"
	"database/sql/driver"
)

// committing makes connections that commit to the end.
type committing struct{ driver.Connector }

// Connect returns a connection that commits to the end.
func (c committing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return whole{conn.(DriverConn)}, nil
}

// whole is a connection whose transactions commit to the end: once COMMIT is under
// way, that whoever asked has given up is no reason to cut it short. Cut short while
// it waits for a standby, PostgreSQL calls it done although one machine alone has it.
// Until then a transaction ends with its context, as database/sql rolls it back.
type whole struct{ DriverConn }

// BeginTx begins a transaction that the driver doesn't cancel by itself.
func (w whole) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return w.DriverConn.BeginTx(context.WithoutCancel(ctx), options)
}
