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
	"keur/mailings"
	"keur/segments"
)

// A send that is called off at 14 of 30 is corrected and approved anew: who
// got it, or may have, is left out, unless approvers saw that they get it again.
func TestARepairLeavesOutWhoGotIt(t *testing.T) {
	t.Parallel()
	for again, want := range map[bool]int{false: 16, true: 30} {
		t.Run(fmt.Sprintf("again %t", again), func(t *testing.T) {
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
			if _, err := d.Cancel(approvaltest.As(d.Colleague), stopped.ID); err != nil {
				t.Fatal(err)
			}
			d.World.Clock.Set(slotAt.Add(time.Hour))
			m, err := d.World.Mailings.Get(context.Background(), m.ID)
			if err != nil {
				t.Fatal(err)
			}
			b := d.Brief(t, "2026-11-24T16:00")
			b.Subjects[0].Text, b.Audience.MailAgain = "Hersteld", again
			_, round := d.ApprovedAnew(t, m, b)
			if round.Audience != want {
				t.Errorf("approved for %d, want %d", round.Audience, want)
			}
			var shown segments.Waterfall
			if err := json.Unmarshal(round.Waterfall, &shown); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(shown.Steps, segments.Step{Reason: segments.GotStopped, N: 30 - want}) {
				t.Errorf("the waterfall says %+v", shown.Steps)
			}
			d.tick(t, slotAt.Add(5*time.Hour))
			d.tick(t, slotAt.Add(6*time.Hour))
			n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM deliveries WHERE send_id <> $1 AND state = 'queued'`, stopped.ID)
			if n != want {
				t.Errorf("it goes to %d, want %d", n, want)
			}
		})
	}
}

// The database seals no audience with those who have it, whatever a program
// asks, but one for which that was approved.
func TestPsqlMailsNobodyAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	stopped := d.only(t)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'sent', sent_at = $1 WHERE member_id > (SELECT min(member_id) FROM deliveries)`, slotAt)
	})
	if _, err := d.Cancel(approvaltest.As(d.Colleague), stopped.ID); err != nil {
		t.Fatal(err)
	}
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
}

// Of what recurs a later occurrence is another one.
func TestALaterOccurrenceIsNoRepair(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	b := d.Brief(t, slot)
	b.Schedule = mailings.Schedule{Kind: mailings.Recurring, Cron: "0 10 * * *", From: b.Schedule.At}
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
