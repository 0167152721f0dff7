package worker_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/internal/pgtest"
	"keur/labels"
)

func TestMailThatCannotBeSignedHoldsItsSend(t *testing.T) {
	t.Parallel()
	s := newStage(t, 30)
	s.sign = func(context.Context, labels.ID, string) (delivery.Sign, error) {
		return func([]byte, []byte) ([]byte, error) { return nil, errors.New("the key is broken") }, nil
	}
	send := s.start(t, everyone)
	s.work(t)
	s.await(t, `SELECT state = 'held' FROM sends WHERE id = $1`, send.ID)
	s.mustCount(t, 1, `SELECT count(*) FROM sends WHERE held_reason->>'key' = 'hold.mail' AND held_reason->'args'->'cause'->'args'->>'text' = 'a mail can''t be made: the key is broken'`)
	s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE state = 'running')`)
	s.mustCount(t, 30, `SELECT count(*) FROM deliveries WHERE state = 'queued'`)
}

func TestMailThatRendersOtherwiseHoldsItsSend(t *testing.T) {
	t.Parallel()
	s := newStage(t, 3)
	send := s.start(t, everyone)
	// As if another version of Keur had rendered what was approved.
	pgtest.Unguarded(t, s.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`
			UPDATE revisions
			   SET content = convert_to(jsonb_set(convert_from(content, 'UTF8')::jsonb, '{template,rendered}', '"otherwise"')::text, 'UTF8')`)
	})
	s.work(t)
	s.await(t, `SELECT state = 'held' AND held_reason->'args'->'cause'->>'key' = 'delivery.renders_otherwise' FROM sends WHERE id = $1`, send.ID)
	s.mustCount(t, 3, `SELECT count(*) FROM deliveries WHERE state = 'queued'`)
}
