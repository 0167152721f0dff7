package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// Replica is a standby of a base, at which may be read what needn't be the newest.
type Replica struct {
	DB *sqlx.DB

	primary *sqlx.DB
	mu      sync.Mutex
	failed  time.Time
	why     error
}

// A standby that doesn't answer in time isn't asked again for a while: whoever reads
// doesn't wait for it each time.
const (
	replicaWithin = 2 * time.Second
	replicaRests  = 30 * time.Second
)

// OpenReplica names the standby at url of the base over primary, of at most so many
// connections. It needn't answer now.
func OpenReplica(url string, primary *sqlx.DB, most int) (*Replica, error) {
	db, err := Pool(url, func(c driver.Connector) driver.Connector { return c })
	if err != nil {
		return nil, err
	}
	Limit(db, most)
	return &Replica{DB: db, primary: primary}, nil
}

// Close closes the connections to the standby.
func (r *Replica) Close() { _ = r.DB.Close() }

// Behind returns how long ago the base was as the standby is: 0 if nothing was
// written since. Returns an error if it can't be read there: it doesn't answer, is no
// standby, or one of another base.
func (r *Replica) Behind(ctx context.Context) (time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock() // one asks for all who come at once
	if time.Since(r.failed) < replicaRests {
		return 0, r.why
	}
	behind, err := r.ask(ctx)
	if err != nil && ctx.Err() == nil {
		r.failed, r.why = time.Now(), err
	}
	return behind, err
}

func (r *Replica) ask(ctx context.Context) (time.Duration, error) {
	var at struct {
		System   string         `db:"system"`
		Base     string         `db:"base"`
		Position sql.NullString `db:"position"`
	}
	// Where the primary is now, before the standby is asked: what it has by then is all.
	if err := r.primary.GetContext(ctx, &at, `
		SELECT system_identifier::text AS system, current_database() AS base,
		       CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END AS position FROM pg_control_system()`); err != nil {
		return 0, Fault(err, "thing.base")
	}
	ctx, stop := context.WithTimeout(ctx, replicaWithin)
	defer stop()
	var is struct {
		Standby bool            `db:"standby"`
		Same    bool            `db:"same"`
		Whole   sql.NullBool    `db:"whole"`
		Seconds sql.NullFloat64 `db:"seconds"`
	}
	if err := r.DB.GetContext(ctx, &is, `
		SELECT pg_is_in_recovery() AS standby, system_identifier::text = $1 AND current_database() = $2 AS same,
		       pg_last_wal_replay_lsn() >= $3::pg_lsn AS whole,
		       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS seconds FROM pg_control_system()`,
		at.System, at.Base, at.Position); err != nil {
		return 0, fmt.Errorf("the replica doesn't answer: %w", err)
	}
	switch {
	case !is.Same:
		return 0, errors.New("the replica is one of another base")
	case !is.Standby || !is.Whole.Valid:
		return 0, errors.New("the replica is none, or the base itself is one")
	case is.Whole.Bool:
		return 0, nil
	case !is.Seconds.Valid: // it began a moment ago, and has replayed nothing
		return 0, errors.New("the replica has only begun")
	}
	return max(0, time.Duration(is.Seconds.Float64*float64(time.Second))), nil
}
