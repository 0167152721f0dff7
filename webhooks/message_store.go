package webhooks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"keur/internal/paging"
	"keur/internal/postgres"
)

const messageColumns = `m.id, m.ref, m.endpoint_id, m.type, m.happened_at, m.events, m.state, m.attempts, m.due_at, m.made_at, m.ended_at,
	coalesce(m.replayed_by, '') AS replayed_by,
	(SELECT status FROM webhook_attempts a WHERE a.message_id = m.id ORDER BY a.id DESC LIMIT 1) AS status`

// MessageFilter says which of an endpoint's messages are wanted.
type MessageFilter struct {
	State MessageState // empty: any
	Type  Type         // empty: any
}

// Messages returns a page of an endpoint's messages, the newest first.
func (s *Store) Messages(ctx context.Context, id EndpointID, f MessageFilter, ask paging.Ask) (paging.Page[Message], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Message]{
		{Name: "newest", Down: true, Keys: []paging.Key[Message]{paging.Number("m.id", func(m Message) MessageID { return m.ID })}},
	}, ask, `SELECT `+messageColumns+` FROM webhook_messages m
		 WHERE m.endpoint_id = $1 AND ($2 = '' OR m.state = $2) AND ($3 = '' OR m.type = $3)`, id, f.State, f.Type)
	return found, postgres.Fault(err, "thing.webhook_messages")
}

// Message returns a message of an endpoint with what it says, byte by byte, and its
// attempts, the newest first.
func (s *Store) Message(ctx context.Context, of EndpointID, id MessageID) (m Message, payload string, attempts []Attempt, err error) {
	var found struct {
		Message
		Payload string `db:"payload"`
	}
	if err := s.db.GetContext(ctx, &found, `
		SELECT `+messageColumns+`, m.payload FROM webhook_messages m WHERE m.endpoint_id = $1 AND m.id = $2`, of, id); err != nil {
		return m, "", nil, postgres.Fault(err, "thing.webhook_message", "id", id)
	}
	attempts = []Attempt{}
	err = s.db.SelectContext(ctx, &attempts, `
		SELECT id, at, took_ms, status, problem, answer FROM webhook_attempts WHERE message_id = $1 ORDER BY id DESC`, id)
	return found.Message, found.Payload, attempts, postgres.Fault(err, "thing.webhook_message", "id", id)
}

// Replay has a message of an endpoint posted again, under the id that the receiver
// knows it by. One that waits is due now.
func (s *Store) Replay(ctx context.Context, of EndpointID, id MessageID) error {
	n, err := s.replay(ctx, `endpoint_id = $2 AND id = $3`, of, id)
	if err == nil && n == 0 {
		_, _, _, err = s.Message(ctx, of, id)
	}
	return err
}

// ReplayFailed does that with every message of an endpoint that was given up and
// tells of what happened since a moment, and returns how many they are.
func (s *Store) ReplayFailed(ctx context.Context, of EndpointID, since time.Time) (int, error) {
	return s.replay(ctx, `endpoint_id = $2 AND state = 'failed' AND happened_at >= $3`, of, since)
}

func (s *Store) replay(ctx context.Context, which string, args ...any) (int, error) {
	done, err := postgres.Exec(ctx, s.db, `
		UPDATE webhook_messages SET state = 'waiting', attempts = 0, due_at = $1, ended_at = NULL
		 WHERE `+which+` AND (lease_until IS NULL OR lease_until < $1)`, append([]any{s.clock.Now()}, args...)...)
	if err != nil {
		return 0, postgres.Fault(err, "thing.webhook_messages")
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// DeleteOld drops what is older than the log is kept.
func (s *Store) DeleteOld(ctx context.Context) error {
	now, many := s.clock.Now(), TypeList(slices.DeleteFunc(Types(), func(t Type) bool { return !t.Many() }))
	for {
		done, err := postgres.Exec(ctx, s.db, `
			DELETE FROM webhook_messages WHERE id IN (
			  SELECT id FROM webhook_messages
			   WHERE made_at < $2 OR made_at < $1 AND type = ANY ($3)
			   ORDER BY made_at LIMIT 1000)`, now.Add(-keptMany), now.Add(-kept), many)
		if err != nil {
			return fmt.Errorf("drop old messages of webhooks: %w", err)
		}
		if n, err := done.RowsAffected(); n < 1000 || err != nil {
			return err
		}
	}
}
