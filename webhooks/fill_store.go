package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/labels"
)

// eventsAtOnce is how many events are made into messages in one transaction.
const eventsAtOnce = 100

// noted is what a trigger noted.
type noted struct {
	ID    int64           `db:"id"`
	Type  Type            `db:"type"`
	Label *labels.ID      `db:"label_id"`
	At    time.Time       `db:"at"`
	Data  json.RawMessage `db:"data"`
}

// Fill makes messages of what happened since, and returns of how many events. What
// another process has in hand is left to it.
func (s *Sender) Fill(ctx context.Context) (int, error) {
	total := 0
	for ctx.Err() == nil {
		n, err := s.fill(ctx)
		total += n
		if err != nil || n < eventsAtOnce {
			return total, err
		}
	}
	return total, ctx.Err()
}

func (s *Sender) fill(ctx context.Context) (n int, err error) {
	err = postgres.InTx(ctx, s.store.db, func(tx *sqlx.Tx) error {
		var events []noted
		if err := tx.SelectContext(ctx, &events, `
			SELECT id, type, label_id, at, data FROM webhook_events ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`, eventsAtOnce); err != nil {
			return err
		}
		if n = len(events); n == 0 {
			return nil
		}
		into := filling{sender: s, tx: tx, known: map[labels.ID]labels.Label{}}
		if err := tx.SelectContext(ctx, &into.endpoints, `SELECT `+endpointColumns+endpointsFrom+` AND e.active AND h.disabled_at IS NULL`,
			s.store.clock.Now()); err != nil {
			return err
		}
		ids := make([]int64, n)
		for i, e := range events {
			// One that can't be read, or of which the base takes no message, must not keep
			// the others. Other trouble of the base is none of the event's: it leaves all
			// of them for the next time.
			wrong, err := into.alone(ctx, e)
			if ctx.Err() != nil {
				return ctx.Err() // whoever is told to end leaves them, and nothing is wrong with any
			}
			if err != nil {
				return err
			}
			if wrong != nil {
				s.Log.Error("an event can't be told by webhooks", "event", e.ID, "type", e.Type, "error", wrong)
			}
			ids[i] = e.ID
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM webhook_events WHERE id = ANY ($1)`, postgresInts(ids))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("make messages for webhooks: %w", err)
	}
	return n, nil
}

// filling is one transaction that makes messages.
type filling struct {
	sender    *Sender
	tx        *sqlx.Tx
	endpoints []endpoint
	known     map[labels.ID]labels.Label
}

// wants reports whether an endpoint is told of the event.
func (e noted) wants(to endpoint) bool {
	return slices.Contains(to.Types, e.Type) && (to.LabelID == nil || e.Label != nil && *to.LabelID == *e.Label)
}

// alone adds an event so that it comes to nothing where it can't be added. Returns what
// is wrong with it, or in err what keeps any event from being added.
func (f *filling) alone(ctx context.Context, e noted) (wrong, err error) {
	if !slices.ContainsFunc(f.endpoints, e.wants) {
		return nil, nil
	}
	if _, err := f.tx.ExecContext(ctx, `SAVEPOINT event`); err != nil {
		return nil, err
	}
	if wrong = f.add(ctx, e); wrong == nil {
		_, err = f.tx.ExecContext(ctx, `RELEASE SAVEPOINT event`)
		return nil, err
	}
	if of, said := errors.AsType[*pq.Error](wrong); said && !postgres.Unfit(of) {
		return nil, wrong
	}
	_, err = f.tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT event`)
	return wrong, err
}

// add writes the messages of an event: one for each endpoint that wants it, or
// several, where it tells of many.
func (f *filling) add(ctx context.Context, e noted) error {
	label, err := f.label(ctx, e.Label)
	if err != nil {
		return err
	}
	facts, err := f.facts(ctx, e)
	if err != nil {
		return err
	}
	for _, to := range f.endpoints {
		if !e.wants(to) {
			continue
		}
		for _, fact := range facts {
			payload, err := f.sender.payload(to.Endpoint, label, e.Type, e.At, fact)
			if err != nil {
				return err
			}
			if err := f.sender.put(ctx, f.tx, to.ID, e.Type, e.At, fact.events, payload); err != nil {
				return err
			}
		}
	}
	return nil
}

// label returns the label of an event; none where it has none.
func (f *filling) label(ctx context.Context, id *labels.ID) (labels.Label, error) {
	if id == nil {
		return labels.Label{}, nil
	}
	if l, known := f.known[*id]; known {
		return l, nil
	}
	l, err := f.sender.Labels.GetIn(ctx, f.tx, *id)
	if err == nil {
		f.known[*id] = l
	}
	return l, err
}

// put writes a message that is due now.
func (s *Sender) put(ctx context.Context, tx *sqlx.Tx, to EndpointID, t Type, at time.Time, events int, payload []byte) error {
	now := s.store.clock.Now()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO webhook_messages (ref, endpoint_id, type, happened_at, events, payload, due_at, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`, newRef(), to, t, at, events, string(payload), now)
	return postgres.Fault(err, "thing.webhook_messages")
}
