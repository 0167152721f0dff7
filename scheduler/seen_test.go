package scheduler_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/schedules"
)

// TestWhoLetsGoHasLooked: nobody releases, resumes or gives a slot to what they
// were never shown, whatever page or program they do it by, nor with psql in a
// transaction that is theirs; somebody else's look, or one by another channel, isn't
// theirs.
func TestWhoLetsGoHasLooked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	_, round := d.World.Approved(t, d.Brief(t, slot))
	later, err := schedules.ParseLocalTime("2026-11-25T15:00")
	noError(t, err)
	as := approvaltest.As(d.Third)
	for name, c := range map[string]struct {
		state mailings.SendState
		do    func(context.Context, mailings.Send) error
		sql   string
	}{
		"release": {mailings.Held, func(ctx context.Context, s mailings.Send) error {
			_, err := d.Release(ctx, s.ID, s.HeldReason.String(), d.Third.ID)
			return err
		}, `UPDATE sends SET state = 'preflight', released_by = $2 WHERE id = $1`},
		"resume": {mailings.Paused, func(ctx context.Context, s mailings.Send) error {
			_, err := d.Resume(ctx, s.ID, *s.PausedAt, d.Third.ID)
			return err
		}, `UPDATE sends SET state = 'sending' WHERE id = $1 AND $2::bigint > 0`},
		"new slot": {mailings.Missed, func(ctx context.Context, s mailings.Send) error {
			_, err := d.Reslot(ctx, s.ID, later, d.Third.ID)
			return err
		}, `INSERT INTO send_new_slots (send_id, slot_local, slot_at, user_id) VALUES ($1, '2026-11-25 15:00', '2026-11-25 14:00Z', $2)`},
	} {
		t.Run(name, func(t *testing.T) {
			send := d.stands(t, round.RevisionID, c.state)
			if err := c.do(as, send); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "look at every face") {
				t.Errorf("unseen: %v", err)
			}
			err := postgres.InTx(as, d.db.App, func(tx *sqlx.Tx) error {
				_, err := tx.Exec(c.sql, send.ID, d.Third.ID)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "look at every face") {
				t.Errorf("unseen, with psql: %v", err)
			}
		})
	}
	d.LookAt(as, t, round)
	send := d.stands(t, round.RevisionID, mailings.Held)
	if _, err := d.Release(as, send.ID, send.HeldReason.String(), d.Third.ID); err != nil {
		t.Errorf("seen: %v", err)
	}
}

// stands puts down, as the base's owner, the one send of the revision in a state.
func (d *desk) stands(t *testing.T, revision mailings.RevisionID, state mailings.SendState) mailings.Send {
	t.Helper()
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM sends`)
		tx.MustExec(`
			INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, held_reason, paused_by, paused_at,
			                   frozen_at, started_at)
			SELECT mailing_id, id, $2, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01', $3, '{"key": "hold.mail"}', $4, now(), now(),
			       CASE WHEN $3 = 'paused' THEN now() END FROM revisions WHERE id = $1`, revision, d.Label.ID, state, d.Colleague.ID)
	})
	return d.only(t)
}

// Approved is World.Approved of a mailing that the third one has looked at, who
// lets its sends go on.
func (d *desk) Approved(t *testing.T, b mailings.Brief) (mailings.Mailing, approval.Round) {
	t.Helper()
	m, round := d.World.Approved(t, b)
	d.LookAt(approvaltest.As(d.Third), t, round)
	return m, round
}
