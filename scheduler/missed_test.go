package scheduler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
)

// TestAMissedMailingIsADraftAgain: a colleague may give it a new slot until all
// would have lapsed; then its makers choose one, and it is approved for that.
func TestAMissedMailingIsADraftAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(61*time.Minute))
	deadline := slotAt.Add(48 * time.Hour)
	if state := d.planOn(t, m.ID, deadline.Add(-time.Second)); state != mailings.Scheduled {
		t.Fatalf("while its send may still get a new slot, the mailing is %s", state)
	}
	mustRefuse(t, d, `UPDATE mailings SET state = 'done', updated_at = $1`, deadline.Add(-time.Second), "each of its sends has ended")
	mustRefuse(t, d, `UPDATE mailings SET state = 'done', updated_at = $1`, deadline, "nothing of this mailing has left")
	if state := d.planOn(t, m.ID, deadline); state != mailings.Draft {
		t.Fatalf("at its deadline the mailing is %s", state)
	}
	missed := d.only(t)
	if missed.State != mailings.Missed {
		t.Errorf("nobody can see any more that the slot was missed: the send is %s", missed.State)
	}
	later, _ := schedules.ParseLocalTime("2026-11-27T14:00")
	if _, err := d.Reslot(approvaltest.As(d.Colleague), missed.ID, later, d.Colleague.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("it got a new slot that nobody approved: %v", err)
	}
	mustRefuse(t, d, `UPDATE sends SET state = 'cancelled', released_by = `+fmt.Sprint(d.Colleague.ID)+`, finished_at = $1`, deadline, "gets no new slot")
}

// TestOneMissedSlotOfManyEndsTheMailing: something of it has left, so it is done.
func TestOneMissedSlotOfManyEndsTheMailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	b := d.Brief(t, slot)
	until, _ := schedules.ParseLocalTime("2026-11-25T10:00")
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 24,25 * *", Until: until}
	m, _ := d.Approved(t, b)
	d.tick(t, slotAt.Add(-time.Hour))
	d.tick(t, slotAt)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'sent', changed_at = $1, sent_at = $1`, slotAt)
		tx.MustExec(`UPDATE delivery_batches SET state = 'done'`)
	})
	d.tick(t, slotAt.Add(time.Minute))
	d.tick(t, slotAt.Add(26*time.Hour))
	if state := d.planOn(t, m.ID, slotAt.Add(26*time.Hour)); state != mailings.Scheduled {
		t.Fatalf("while its second send may still get a new slot, the mailing is %s", state)
	}
	if state := d.planOn(t, m.ID, slotAt.Add(72*time.Hour)); state != mailings.Done {
		t.Errorf("with one slot sent and one missed, the mailing is %s in the end", state)
	}
}

// planOn runs the duty that plans on at a moment, and returns what it made of
// the mailing.
func (d *desk) planOn(t *testing.T, id mailings.ID, at time.Time) mailings.State {
	t.Helper()
	d.World.Clock.Set(at)
	if err := d.PlanOn(context.Background()); err != nil {
		t.Fatal(err)
	}
	m, err := d.World.Mailings.Get(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m.State
}

// A slot that a guard of the base refuses to plan is a failure of the duty: nobody was
// quicker, and the mailing would never leave.
func TestASlotThatIsRefusedIsSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.Approved(t, d.Brief(t, slot))
	d.db.Owner.MustExec(`
		CREATE FUNCTION refuse_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no slot today'; END $$;
		CREATE TRIGGER refuse_all BEFORE INSERT ON sends FOR EACH ROW EXECUTE FUNCTION refuse_all()`)
	d.World.Clock.Set(slotAt)
	if err := d.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), "no slot today") {
		t.Errorf("%v", err)
	}
}

// mustRefuse fails unless the base itself refuses the statement, at a moment,
// saying why.
func mustRefuse(t *testing.T, d *desk, statement string, at time.Time, says string) {
	t.Helper()
	if _, err := d.db.App.Exec(statement, at.UTC()); err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v", statement, err)
	}
}

// TestAMissedSendGetsOneNewSlot: of two approvers who give it one at the same
// time, one is told that the other did.
func TestAMissedSendGetsOneNewSlot(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	d.tick(t, slotAt.Add(61*time.Minute))
	missed := d.only(t)
	late, err := schedules.ParseLocalTime("2026-12-25T10:00") // terms and prices are of their time
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Reslot(approvaltest.As(d.Colleague), missed.ID, late, d.Colleague.ID)
	if err == nil || !strings.Contains(err.Error(), "within 30 days") {
		t.Errorf("a month later: %v", err)
	}
	given := make(chan error)
	for _, at := range []string{"2026-11-24T14:00", "2026-11-24T15:00"} {
		local, err := schedules.ParseLocalTime(at)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := d.Reslot(approvaltest.As(d.Colleague), missed.ID, local, d.Colleague.ID)
			given <- err
		}()
	}
	if first, second := <-given, <-given; (first == nil) == (second == nil) {
		t.Errorf("given twice: %v, %v", first, second)
	}
	if n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM sends WHERE state <> 'cancelled'`); n != 1 {
		t.Errorf("%d sends go on", n)
	}
	if n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM send_new_slots`); n != 1 {
		t.Errorf("%d new slots", n)
	}
}
