package webhooks

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/notices"
	"keur/internal/postgres"
)

// claimed is a message that is ours until its lease ends.
type claimed struct {
	ID       MessageID `db:"id"`
	Ref      string    `db:"ref"`
	Type     Type      `db:"type"`
	Payload  string    `db:"payload"`
	Attempts int       `db:"attempts"`
	Lease    time.Time `db:"lease_until"`
}

const claimColumns = `m.id, m.ref, m.type, m.payload, m.attempts, m.lease_until`

// dueEndpoint is one of which a message is due.
type dueEndpoint struct {
	ID      EndpointID `db:"id"`
	Failing bool       `db:"failing"` // it didn't take what it got last
}

// due returns the endpoints of which a message is.
func (s *Store) due(ctx context.Context) ([]dueEndpoint, error) {
	var found []dueEndpoint
	err := s.db.SelectContext(ctx, &found, `
		SELECT e.id, h.failures > 0 AS failing`+endpointsFrom+` AND e.active AND h.disabled_at IS NULL
		   AND EXISTS (SELECT FROM webhook_messages m
		                WHERE m.endpoint_id = e.id AND m.state = 'waiting' AND m.due_at <= $1 AND (m.lease_until IS NULL OR m.lease_until < $1))
		 ORDER BY e.id`, s.clock.Now())
	return found, postgres.Fault(err, "thing.webhook_messages")
}

// claim takes the oldest message of an endpoint that is due, for a while, so that no
// other process posts it meanwhile; none if there is none, or the endpoint takes
// none. That it is tried stands before it is.
func (s *Store) claim(ctx context.Context, id EndpointID) (to endpoint, m claimed, err error) {
	now := s.clock.Now()
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var found []endpoint
		if err := tx.SelectContext(ctx, &found, `
			SELECT `+endpointColumns+endpointsFrom+` AND e.id = $2 AND e.active AND h.disabled_at IS NULL`, now, id); err != nil || len(found) == 0 {
			return err
		}
		var taken []claimed
		if err := tx.SelectContext(ctx, &taken, `
			UPDATE webhook_messages m SET lease_until = $2, attempts = attempts + 1
			 WHERE id = (SELECT id FROM webhook_messages
			              WHERE endpoint_id = $3 AND state = 'waiting' AND due_at <= $1 AND (lease_until IS NULL OR lease_until < $1)
			              ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING `+claimColumns, now, now.Add(lease), id); err != nil {
			return err
		}
		if len(taken) > 0 {
			to, m = found[0], taken[0]
		}
		return nil
	})
	if err != nil {
		return to, m, fmt.Errorf("claim a message of webhook %d: %w", id, err)
	}
	return to, m, nil
}

// putClaimed writes a message that tries an endpoint, and claims it.
func (s *Store) putClaimed(ctx context.Context, id EndpointID, payload []byte) (to endpoint, m claimed, err error) {
	now := s.clock.Now()
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if to, err = s.get(ctx, tx, id, ""); err != nil {
			return err
		}
		return postgres.Fault(tx.GetContext(ctx, &m, `
			INSERT INTO webhook_messages AS m (ref, endpoint_id, type, happened_at, events, payload, attempts, due_at, lease_until, made_at)
			VALUES ($1, $2, $3, $4, 1, $5, 1, $4, $6, $4) RETURNING `+claimColumns,
			newRef(), id, Tested, now, string(payload), now.Add(lease)), "thing.webhook_messages")
	})
	return to, m, err
}

// record puts down what came of posting a message, unless its lease ended and
// another has it. An endpoint that is gone, or failed for days, is switched off, and
// the admins are told.
func (s *Sender) record(ctx context.Context, to endpoint, m claimed, r result) error {
	// What was posted must be put down during a shutdown as well.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	err := postgres.InTx(ctx, s.store.db, func(tx *sqlx.Tx) error {
		state, due, ended := Delivered, r.At, &r.At
		if !r.taken() {
			at, more := again(m.Attempts, r.At, r.wait)
			state = Failed
			if more && m.Type != Tested && !r.gone() {
				state, due, ended = Waiting, at, nil
			}
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE webhook_messages SET state = $3, due_at = $4, ended_at = $5, lease_until = NULL
			 WHERE id = $1 AND lease_until = $2 AND state = 'waiting'`, m.ID, m.Lease, state, due, ended)
		if err != nil {
			return err
		}
		if n, _ := done.RowsAffected(); n == 0 {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO webhook_attempts (message_id, at, took_ms, status, problem, answer) VALUES ($1, $2, $3, $4, $5, $6)`,
			m.ID, r.At, r.TookMS, r.Status, r.Problem, r.Answer); err != nil {
			return err
		}
		return s.judge(ctx, tx, to, r)
	})
	if err != nil {
		return fmt.Errorf("record an attempt at message %d of webhook %d: %w", m.ID, to.ID, err)
	}
	return nil
}

// gone reports whether the receiver says that there is no such endpoint any more.
func (r result) gone() bool { return r.Status != nil && *r.Status == http.StatusGone }

// judge keeps how an endpoint answers. That an address failed which it no longer has
// says nothing of it.
func (s *Sender) judge(ctx context.Context, tx *sqlx.Tx, to endpoint, r result) error {
	if r.taken() {
		_, err := tx.ExecContext(ctx, `
			UPDATE webhook_health SET answered_at = $2, failing_since = NULL, failures = 0, problem = NULL
			 WHERE endpoint_id = $1 AND (failures > 0 OR answered_at IS NULL OR answered_at < $3)`, to.ID, r.At, r.At.Add(-time.Minute))
		return err
	}
	var reasons []string
	err := tx.SelectContext(ctx, &reasons, `
		UPDATE webhook_health h SET failing_since = coalesce(failing_since, $2), failures = failures + 1, problem = $3
		 WHERE endpoint_id = $1 AND EXISTS (SELECT FROM webhook_endpoints e WHERE e.id = h.endpoint_id AND e.url_sealed = $7)
		RETURNING CASE WHEN $4 THEN 'gone' WHEN failing_since <= $5 AND failures >= $6 THEN 'failing' ELSE '' END`,
		to.ID, r.At, r.Problem, r.gone(), r.At.Add(-failingFor), failingTimes, to.Sealed)
	if err != nil || len(reasons) == 0 || reasons[0] == "" {
		return err
	}
	done, err := tx.ExecContext(ctx, `
		UPDATE webhook_health SET disabled_at = $2, reason = $3 WHERE endpoint_id = $1 AND disabled_at IS NULL`, to.ID, r.At, reasons[0])
	if err != nil {
		return err
	}
	if n, _ := done.RowsAffected(); n == 0 {
		return nil
	}
	s.Log.Warn("a webhook is switched off", "endpoint", to.ID, "because", reasons[0])
	return s.tell(ctx, tx, to, r, reasons[0])
}

// tell queues a letter to each admin: the endpoint is switched off.
func (s *Sender) tell(ctx context.Context, tx *sqlx.Tx, to endpoint, r result, reason string) error {
	admins, err := accounts.AdminsIn(ctx, tx)
	if err != nil {
		return err
	}
	for _, u := range admins {
		letter := notices.Write(u.Locale, "webhook_letter."+reason, "name", u.Name, "webhook", to.Name, "host", to.Host,
			"problem", r.Problem, "url", s.DeskURL+"/settings/webhooks/"+strconv.Itoa(int(to.ID)))
		key := fmt.Sprintf("webhooks:%d:%d:%s", to.ID, r.At.UnixMicro(), u.Email)
		if err := s.Notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: u.Email, Letter: letter}); err != nil {
			return err
		}
	}
	return nil
}
