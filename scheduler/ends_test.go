package scheduler_test

import (
	"context"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
)

// TestWhatRecursIsSubmittedAnew: its approval ends with its last slot; its maker
// hears of that before, and it goes on when it was approved again.
func TestWhatRecursIsSubmittedAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	p := policies.Default(d.Label.ID)
	p.Version, p.RecurringOccurrences, p.EndRemindDays = 0, 2, 3
	if _, err := d.Approval.Policies.Set(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *", From: b.Schedule.At}
	m, round := d.Approved(t, b)
	if len(round.Slots) != 2 || round.EndsAt == nil {
		t.Fatalf("it is approved for %v", round.Slots)
	}
	for _, want := range []int{1, 0} { // once
		if n, err := d.Approval.Reminders.SendEnding(t.Context()); err != nil || n != want {
			t.Errorf("%d makers are told, want %d: %v", n, want, err)
		}
	}
	d.tick(t, slotAt.Add(-time.Hour))
	d.tick(t, slotAt.Add(61*time.Minute)) // both missed, for brevity
	d.tick(t, slotAt.Add(24*time.Hour+61*time.Minute))
	if state := d.planOn(t, m.ID, slotAt.Add(80*time.Hour)); state != mailings.Draft {
		t.Fatalf("after its last approved slot the mailing is %s", state)
	}
	round, err := d.Approval.Latest(context.Background(), m.ID)
	if err != nil || round.State != approval.RoundEnded || round.CloseReason.Key != "approval.over" {
		t.Fatalf("the approval is %s, %s: %v", round.State, round.CloseReason.Key, err)
	}
	if n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM sends`); n != 2 {
		t.Errorf("%d sends of two slots", n)
	}
	again := d.Submit(t, m, mailings.Revision{ID: round.RevisionID})
	if len(again.Slots) != 2 || !again.Slots[0].At.After(slotAt.Add(72*time.Hour)) {
		t.Errorf("it is submitted anew for %v", again.Slots)
	}
}

// TestARenewedMailingGoesOn: its sends are planned while it is renewed, and after
// the end of the approval that stood before, and each once.
func TestARenewedMailingGoesOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	p := policies.Default(d.Label.ID)
	p.Version, p.RecurringOccurrences = 0, 2
	if _, err := d.Approval.Policies.Set(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *", From: b.Schedule.At}
	m, round := d.Approved(t, b)
	d.tick(t, slotAt.Add(-time.Hour))
	d.tick(t, slotAt.Add(61*time.Minute)) // missed, for brevity
	renewal := d.ApproveClient(t, d.Submit(t, m, mailings.Revision{ID: round.RevisionID}))
	d.LookAt(approvaltest.As(d.Colleague), t, renewal)
	if state := d.planOn(t, m.ID, slotAt.Add(62*time.Minute)); state != mailings.Scheduled {
		t.Errorf("while it is renewed the mailing is %s", state)
	}
	if _, err := d.Approval.Approve(approvaltest.As(d.Colleague), d.Step(t, renewal, approval.Colleague),
		approval.Given{Digest: renewal.Digest}, d.Colleague.ID); err != nil {
		t.Fatal(err)
	}
	for day := range 2 { // of the renewal: the second slot of the first approval, and one more
		at := slotAt.Add(time.Duration(day+1) * 24 * time.Hour)
		d.planOn(t, m.ID, at.Add(-time.Hour))
		d.tick(t, at.Add(61*time.Minute))
	}
	if n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM sends WHERE state = 'missed'`); n != 3 {
		t.Errorf("%d sends of three slots", n)
	}
	if state := d.planOn(t, m.ID, slotAt.Add(140*time.Hour)); state != mailings.Draft {
		t.Errorf("after the renewal's last slot the mailing is %s", state)
	}
}

// TestAClockThatJumpsSendsNoSlotTwice: a day ahead and back again around the end
// of an approval, nothing goes out beyond it, and no slot twice.
func TestAClockThatJumpsSendsNoSlotTwice(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	d := newDesk(t, 1)
	d.policy(t, func(p *policies.Policy) { p.RecurringOccurrences = 2 })
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *", From: b.Schedule.At}
	m, _ := d.Approved(t, b)
	for _, at := range []time.Duration{-time.Hour, 0, day, 0, day, 2*day + time.Hour, day + time.Hour, 2 * day, 3 * day} {
		d.tick(t, slotAt.Add(at))
		d.planOn(t, m.ID, slotAt.Add(at))
	}
	if n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM sends`); n != 2 {
		t.Errorf("%d sends of two slots", n)
	}
	if n := pgtest.Count(t, d.World.DB, `SELECT count(*) FROM sends s WHERE NOT EXISTS (
		SELECT FROM approval_slots a WHERE (a.slot_local, a.slot_at) = (s.slot_local, s.slot_at))`); n != 0 {
		t.Errorf("%d sends of slots that nobody approved", n)
	}
	if n := pgtest.Count(t, d.World.DB, `SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM deliveries GROUP BY send_id, member_id) d`); n > 1 {
		t.Errorf("a member has %d deliveries of one slot", n)
	}
}
