// Package postgres opens the base, runs transactions that know who acts, turns
// the database's errors into faults, and keeps a local server when none is given.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// connections is the size of a pool unless Limit says otherwise: enough for the
// servers of one process, few enough for ten processes on a default server.
const connections = 20

// Open connects to the base at dbURL and proves that it answers. Sessions are in
// UTC and bear the name keur, unless the URL itself says otherwise.
// Returns an unavailable fault if the base can't be reached.
func Open(ctx context.Context, dbURL string) (*sqlx.DB, error) {
	return open(ctx, dbURL, func(c driver.Connector) driver.Connector { return c })
}

func open(ctx context.Context, dbURL string, wrap func(driver.Connector) driver.Connector) (*sqlx.DB, error) {
	connector, cfg, err := connectorOf(dbURL)
	if err != nil {
		return nil, err
	}
	db := pool(wrap(connector))
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("PostgreSQL at %s doesn't let keur in: %w", place(cfg), err)
	}
	return db, nil
}

// Pool is Open without a connection before the first statement, over what wrap
// makes of the connections: for what may never be asked, or be away.
func Pool(dbURL string, wrap func(driver.Connector) driver.Connector) (*sqlx.DB, error) {
	connector, _, err := connectorOf(dbURL)
	if err != nil {
		return nil, err
	}
	return pool(wrap(connector)), nil
}

func connectorOf(dbURL string) (driver.Connector, pq.Config, error) {
	cfg, err := config(dbURL)
	if err != nil {
		return nil, cfg, err
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, cfg, notAURL(err)
	}
	if asks, wants := follows[cfg.TargetSessionAttrs]; wants && len(cfg.Multi) > 0 {
		return committing{leading{connector, cfg, asks}}, cfg, nil
	}
	return committing{connector}, cfg, nil
}

func pool(connector driver.Connector) *sqlx.DB {
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	Limit(db, connections)
	return db
}

// Limit sets how many connections db may hold. Idle ones are kept, because
// opening one costs PostgreSQL a process.
func Limit(db *sqlx.DB, n int) {
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
}

// config reads dbURL and adds what every session of keur needs.
func config(dbURL string) (pq.Config, error) {
	cfg, err := pq.NewConfig(listed(dbURL))
	if err != nil {
		return cfg, notAURL(err)
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "keur"
	}
	direct(&cfg)
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	// Compiling a plan costs more than any query here takes.
	setDefault(cfg.Runtime, "jit", "off")
	setDefault(cfg.Runtime, "timezone", "UTC")
	// A temporary table that is called as one of ours isn't read in its place.
	setDefault(cfg.Runtime, "search_path", "public, pg_temp")
	return cfg, nil
}

// notAURL says what is wrong with a URL. The error of net/url quotes all of it,
// password included, so only its reason is passed on.
func notAURL(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		err = parse.Err
	}
	return fmt.Errorf("the database URL is not valid: %w", err)
}

func setDefault(settings map[string]string, key, value string) {
	if _, set := settings[key]; !set {
		settings[key] = value
	}
}
