package networks

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// due returns the connections that can be asked and of which something is due.
// A sweep that was never asked is.
func (p *Poller) due(ctx context.Context) ([]ConnectionID, error) {
	var networks, sweeps pq.StringArray
	for network, adapter := range p.Adapters {
		for _, sweep := range sweepsOf(adapter) {
			networks, sweeps = append(networks, network), append(sweeps, sweep)
		}
	}
	now := p.Clock.Now()
	err := postgres.InTx(ctx, p.DB, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO network_sweeps (connection_id, sweep, due_at)
			SELECT c.id, s.sweep, $3
			  FROM unnest($1::text[], $2::text[]) AS s(network, sweep)
			  JOIN network_connections c ON c.network = s.network
			  JOIN network_credentials k ON k.connection_id = c.id
			ON CONFLICT DO NOTHING`, networks, sweeps, now)
		return err
	})
	if err != nil {
		return nil, postgres.Fault(err, "thing.connections")
	}
	var found []ConnectionID
	err = p.DB.SelectContext(ctx, &found, `
		SELECT w.connection_id
		  FROM unnest($1::text[], $2::text[]) AS s(network, sweep)
		  JOIN network_connections c ON c.network = s.network
		  JOIN network_sweeps w ON w.connection_id = c.id AND w.sweep = s.sweep
		 WHERE w.due_at <= $3
		 GROUP BY w.connection_id ORDER BY min(w.due_at)`, networks, sweeps, now)
	return found, postgres.Fault(err, "thing.connections")
}

const progressColumns = `sweep, turn, covered_until, goal, window_from, window_until, cursor, due_at, ran_at, failures, problem,
	reports, unread, unread_ref, unread_reason`

// progress returns how far a sweep is, and whether it is due.
func (p *Poller) progress(ctx context.Context, id ConnectionID, sweep string) (at Progress, due bool, err error) {
	err = p.DB.GetContext(ctx, &at, `
		SELECT `+progressColumns+` FROM network_sweeps WHERE connection_id = $1 AND sweep = $2`, id, sweep)
	return at, !at.Due.After(p.Clock.Now()), postgres.Fault(err, "thing.connection", "id", id)
}

// save keeps how far a sweep is, unless somebody else moved it meanwhile: then
// they go on.
func (p *Poller) save(ctx context.Context, id ConnectionID, at Progress) (saved bool, err error) {
	done, err := postgres.Exec(ctx, p.DB, `
		UPDATE network_sweeps
		   SET turn = turn + 1, covered_until = $4, goal = $5, window_from = $6, window_until = $7, cursor = $8, due_at = $9, ran_at = $10,
		       failures = $11, problem = $12, reports = $13, unread = $14, unread_ref = $15, unread_reason = $16
		 WHERE connection_id = $1 AND sweep = $2 AND turn = $3`,
		id, at.Sweep, at.Turn, at.Covered, at.Goal, at.From, at.Until, at.Cursor, at.Due, at.Ran, at.Failures, at.Problem, at.Reports,
		at.Unread, at.Ref, at.Reason)
	if err != nil {
		return false, postgres.Fault(err, "thing.connection", "id", id)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// dueNow lets everything of a connection be asked at once.
func (p *Poller) dueNow(ctx context.Context, id ConnectionID) error {
	_, err := postgres.Exec(ctx, p.DB, `
		UPDATE network_sweeps SET due_at = $2, failures = 0, problem = NULL, turn = turn + 1 WHERE connection_id = $1`, id, p.Clock.Now())
	return postgres.Fault(err, "thing.connection", "id", id)
}

// ProgrammesNow lets the programmes of a connection be read at once. Returns a
// conflict if its network doesn't tell of them, or it has no credentials.
func (p *Poller) ProgrammesNow(ctx context.Context, id ConnectionID) error {
	_, adapter, _, err := p.open(ctx, id)
	if err != nil {
		return err
	}
	if _, is := adapter.(Cataloguer); !is {
		return fault.New(fault.Conflict, "networks.no_programmes")
	}
	return p.readNow(ctx, id, catalogueSweep())
}

// MaterialNow lets the material of a connection be read at once. Returns a
// conflict if its network doesn't tell of it, or it has no credentials.
func (p *Poller) MaterialNow(ctx context.Context, id ConnectionID) error {
	_, adapter, _, err := p.open(ctx, id)
	if err != nil {
		return err
	}
	if _, is := adapter.(Supplier); !is {
		return fault.New(fault.Conflict, "networks.no_material")
	}
	return p.readNow(ctx, id, materialSweep())
}

// NewsNow lets the news of a connection be read at once. Returns a conflict if its
// network writes none, or it has no credentials.
func (p *Poller) NewsNow(ctx context.Context, id ConnectionID) error {
	_, adapter, _, err := p.open(ctx, id)
	if err != nil {
		return err
	}
	if _, is := adapter.(Newsreader); !is {
		return fault.New(fault.Conflict, "networks.no_news")
	}
	return p.readNow(ctx, id, newsSweep())
}

func (p *Poller) readNow(ctx context.Context, id ConnectionID, whole Sweep) error {
	_, err := postgres.Exec(ctx, p.DB, `
		INSERT INTO network_sweeps (connection_id, sweep, due_at) VALUES ($1, $2, $3)
		ON CONFLICT (connection_id, sweep) DO UPDATE SET due_at = $3, failures = 0, problem = NULL, turn = network_sweeps.turn + 1`,
		id, whole.Name, p.Clock.Now())
	return postgres.Fault(err, "thing.connection", "id", id)
}

// State is how the polling of a connection stands.
type State struct {
	Asks      []string   `json:"credentials"`      // the names of those that the network gives; none: it can't be asked
	Ready     bool       `json:"ready"`            // they are set
	SetAt     *time.Time `json:"set_at,omitempty"` // its credentials
	CallsLeft int        `json:"calls_left"`       // of what the network allows in its time
	FreeAt    *time.Time `json:"free_at,omitempty"`
	Sweeps    []Standing `json:"sweeps"`
}

// Standing is how one of its sweeps stands.
type Standing struct {
	Progress
	Lag int64 `json:"lag_seconds"`
}

// State returns how the polling of a connection stands.
func (p *Poller) State(ctx context.Context, id ConnectionID) (State, error) {
	of, err := p.store.Get(ctx, id)
	if err != nil {
		return State{}, err
	}
	state := State{Asks: []string{}, Sweeps: []Standing{}}
	adapter, is := p.Adapters[of.Network]
	if !is {
		return state, nil
	}
	for _, f := range adapter.Capabilities().Fields {
		state.Asks = append(state.Asks, f.Name)
	}
	if err := p.DB.GetContext(ctx, &state.SetAt, `
		SELECT (SELECT set_at FROM network_credentials WHERE connection_id = $1)`, id); err != nil || state.SetAt == nil {
		return state, postgres.Fault(err, "thing.connection", "id", id)
	}
	state.Ready = true
	limit, now := adapter.Capabilities().Limit, p.Clock.Now()
	// Credentials that can't be read have no calls left; their sweeps say why.
	if credentials, err := p.vault.credentials(ctx, id); err == nil {
		left, free, err := p.budgets.left(ctx, budgetOf(of.Network, limit, credentials), limit)
		if err != nil {
			return state, err
		}
		if state.CallsLeft = left; left == 0 {
			state.FreeAt = &free
		}
	}
	for _, sweep := range sweepsOf(adapter) {
		var rows []Progress
		if err := p.DB.SelectContext(ctx, &rows, `
			SELECT `+progressColumns+` FROM network_sweeps WHERE connection_id = $1 AND sweep = $2`, id, sweep); err != nil {
			return state, postgres.Fault(err, "thing.connection", "id", id)
		}
		for _, at := range rows {
			state.Sweeps = append(state.Sweeps, Standing{Progress: at, Lag: int64(at.Lag(now).Seconds())})
		}
	}
	return state, nil
}
