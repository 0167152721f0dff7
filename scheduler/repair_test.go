package scheduler_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// A send that ended at 14 of 30 is corrected and approved anew: who got it, or
// may have, is left out, unless approvers saw that they get it again.
func TestARepairLeavesOutWhoGotIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		end   mailings.SendState
		again bool
		want  int
	}{
		{mailings.SendCancelled, false, 16}, {mailings.SendCancelled, true, 30},
		{mailings.Finished, false, 16}, {mailings.Finished, true, 30},
	} {
		t.Run(fmt.Sprintf("%s, again %t", c.end, c.again), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, 30)
			m, _ := d.Approved(t, d.Brief(t, slot))
			d.tick(t, slotAt)
			stopped := d.only(t)
			pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
				tx.MustExec(`UPDATE deliveries SET state = CASE WHEN member_id % 15 = 0 THEN 'in_doubt' ELSE 'sent' END::delivery_state, sent_at = $1
					WHERE member_id IN (SELECT member_id FROM deliveries ORDER BY member_id LIMIT 14)`, slotAt)
				tx.MustExec(`UPDATE deliveries SET state = 'deferred' WHERE member_id = (SELECT max(member_id) FROM deliveries)`)
			})
			d.end(t, stopped.ID, c.end)
			d.World.Clock.Set(slotAt.Add(time.Hour))
			m, err := d.World.Mailings.Get(context.Background(), m.ID)
			if err != nil {
				t.Fatal(err)
			}
			b := d.Brief(t, "2026-11-24T16:00")
			b.Subjects[0].Text, b.Audience.MailAgain = "Hersteld", c.again
			_, round := d.ApprovedAnew(t, m, b)
			if round.Audience != c.want {
				t.Errorf("approved for %d, want %d", round.Audience, c.want)
			}
			var shown segments.Waterfall
			if err := json.Unmarshal(round.Waterfall, &shown); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(shown.Steps, segments.Step{Reason: segments.GotStopped, N: 30 - c.want}) {
				t.Errorf("the waterfall says %+v", shown.Steps)
			}
			d.tick(t, slotAt.Add(5*time.Hour))
			d.tick(t, slotAt.Add(6*time.Hour))
			n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM deliveries WHERE send_id <> $1 AND state = 'queued'`, stopped.ID)
			if n != c.want {
				t.Errorf("it goes to %d, want %d", n, c.want)
			}
		})
	}
}

// end ends a send as the program does: by a person, or when what was left of its
// mail has failed.
func (d *desk) end(t *testing.T, id mailings.SendID, state mailings.SendState) {
	t.Helper()
	if state == mailings.SendCancelled {
		if _, err := d.Cancel(approvaltest.As(d.Colleague), id); err != nil {
			t.Fatal(err)
		}
		return
	}
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'failed' WHERE send_id = $1 AND state IN ('queued', 'sending', 'deferred')`, id)
	})
	if _, err := d.db.App.Exec(`UPDATE sends SET state = $2, finished_at = now() WHERE id = $1`, id, state); err != nil {
		t.Fatal(err)
	}
}

// The database seals no audience with those who have it, however the earlier
// send ended and whatever a program asks, but one for which that was approved.
func TestPsqlMailsNobodyAgain(t *testing.T) {
	t.Parallel()
	for _, end := range []mailings.SendState{mailings.SendCancelled, mailings.Finished} {
		t.Run(string(end), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, 3)
			m, _ := d.Approved(t, d.Brief(t, slot))
			d.tick(t, slotAt)
			stopped := d.only(t)
			pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
				tx.MustExec(`UPDATE deliveries SET state = 'sent', sent_at = $1 WHERE member_id > (SELECT min(member_id) FROM deliveries)`, slotAt)
			})
			d.end(t, stopped.ID, end)
			d.World.Clock.Set(slotAt.Add(time.Hour))
			m, err := d.World.Mailings.Get(context.Background(), m.ID)
			if err != nil {
				t.Fatal(err)
			}
			m, _ = d.ApprovedAnew(t, m, d.Brief(t, "2026-11-24T16:00"))
			d.tick(t, slotAt.Add(2*time.Hour))
			fresh := pgtest.Count(t, d.World.DB, `SELECT id FROM sends WHERE mailing_id = $1 AND id <> $2`, m.ID, stopped.ID)
			pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET state = 'freezing' WHERE id = $1`, fresh) })
			_, err = d.World.DB.Exec(`INSERT INTO deliveries (send_month, send_id, member_id)
				SELECT s.month, s.id, m.id FROM sends s, members m WHERE s.id = $1`, fresh)
			if err == nil || !strings.Contains(err.Error(), "gets it again only if that was approved") {
				t.Errorf("sealed: %v", err)
			}
		})
	}
}

// A send of which mail has yet to leave isn't finished, whoever says so.
func TestPsqlFinishesNoSendWithMailLeft(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	for _, left := range []string{"queued", "sending", "deferred"} {
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`UPDATE deliveries SET state = CASE WHEN member_id = (SELECT max(member_id) FROM deliveries) THEN $1 ELSE 'sent' END::delivery_state`, left)
		})
		for _, from := range []string{"sending", "paused"} {
			pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET state = $1`, from) })
			mustRefuse(t, d, `UPDATE sends SET state = 'finished', finished_at = $1`, slotAt, "has yet to leave")
		}
	}
	d.end(t, d.only(t).ID, mailings.Finished)
}

// While a send is under way its mailing is neither edited nor called off, by
// the program or beside it, and both say why.
func TestNothingIsEditedBesideItsSend(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	content, err := d.World.Mailings.Content(t.Context(), *m.RevisionID)
	if err != nil {
		t.Fatal(err)
	}
	content.Preheader = "Hersteld"
	as := approvaltest.As(d.Maker)
	change := func(set string) error {
		return postgres.InTx(as, d.db.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(`UPDATE mailings SET `+set+` WHERE id = $1`, m.ID)
			return postgres.Fault(err, "thing.mailing", "id", m.ID)
		})
	}
	for _, state := range []mailings.SendState{mailings.Sending, mailings.Paused, mailings.Held} {
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET state = $1`, state) })
		for _, set := range []string{"state = 'draft'", "state = 'cancelled'", "state = 'draft', revision_id = NULL"} {
			if err := change(set); err == nil || !strings.Contains(err.Error(), "is under way ("+string(state)) {
				t.Errorf("%s beside a send that is %s: %v", set, state, err)
			}
		}
		_, _, err := d.World.Mailings.Edit(as, m.ID, *m.RevisionID, content, d.Maker.ID)
		if err == nil || !strings.Contains(err.Error(), "is under way ("+string(state)) {
			t.Errorf("edited beside a send that is %s: %v", state, err)
		}
	}
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE sends SET state = 'sending'`) })
	d.end(t, d.only(t).ID, mailings.SendCancelled)
	if err := change("state = 'draft'"); err != nil {
		t.Errorf("after its send was called off: %v", err)
	}
}

// Of what recurs a later occurrence is another one.
func TestALaterOccurrenceIsNoRepair(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *", From: b.Schedule.At}
	d.Approved(t, b)
	d.tick(t, slotAt.Add(-time.Hour))
	d.tick(t, slotAt)
	first := d.first(t)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE deliveries SET state = 'sent', sent_at = $1`, slotAt) })
	if _, err := d.Cancel(approvaltest.As(d.Colleague), first.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.Add(24*time.Hour))
	if n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM deliveries WHERE send_id <> $1 AND state = 'queued'`, first.ID); n != 3 {
		t.Errorf("the next occurrence goes to %d of 3", n)
	}
}
