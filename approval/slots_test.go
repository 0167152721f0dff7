package approval_test

import (
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/mailings/schedules"
	"keur/mailings/schedules/schedulestest"
)

// TestPsqlCannotChooseASlot: a send is for a slot that was approved, and which
// those are is fixed as the maker signs off.
func TestPsqlCannotChooseASlot(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	b := w.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	m, round := w.Approved(t, b)
	if len(round.Slots) != 26 || round.EndsAt == nil || !round.EndsAt.Equal(round.Slots[25].At) {
		t.Fatalf("%d slots up to %v", len(round.Slots), round.EndsAt)
	}
	const send = `INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, deadline_at) `
	try := func(name, want, sql string, args ...any) {
		t.Helper()
		tx := db.App.MustBegin()
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.Exec(sql, args...); err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	planned := func(name, want, local, at, lapse string) {
		t.Helper()
		try(name, want, send+`SELECT $1, $2, $3, $4, $5::timestamptz, date_trunc('month', $5::timestamptz AT TIME ZONE 'UTC')::date, $5::timestamptz + $6::interval`,
			m.ID, round.RevisionID, w.Label.ID, local, at, lapse)
	}
	planned("an approved slot", "", "2026-12-01 10:00", "2026-12-01 09:00Z", "48 hours")
	planned("an hour later", "nobody approved this slot", "2026-12-01 11:00", "2026-12-01 10:00Z", "48 hours")
	planned("called that, and sent now", "nobody approved this slot", "2026-12-01 10:00", "2026-11-30 09:00Z", "48 hours")
	planned("after the end", "nobody approved this slot", "2027-05-25 10:00", "2027-05-25 08:00Z", "48 hours")
	planned("lapsing later", "lapses so long after its slot", "2026-12-01 10:00", "2026-12-01 09:00Z", "49 hours")
	try("one more slot", "fixed when it is submitted", `INSERT INTO approval_slots SELECT id, '2026-12-03 10:00', '2026-12-03 09:00Z' FROM approval_rounds`)
	try("another slot", "permission denied", `UPDATE approval_slots SET slot_at = now()`)
	try("fewer slots", "permission denied", `DELETE FROM approval_slots`)
	try("a later end", "permission denied", `UPDATE approval_rounds SET ends_at = ends_at + interval '1 year'`)
	try("a new slot without a person", "by an approver who made no part of it", `
		INSERT INTO send_new_slots (send_id, slot_local, slot_at, user_id) SELECT 1, now(), now(), $1`, w.Third.ID)
}

// TestSlotsAreThoseOfTheSchedule: even whoever acts as the maker can't submit
// a revision for other slots than its schedule's, as far as SQL can read it.
func TestSlotsAreThoseOfTheSchedule(t *testing.T) {
	t.Parallel()
	once := schedules.Schedule{Kind: schedules.Once, At: schedulestest.Local(t, slot)}
	weekly := schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	daily := schedules.Schedule{Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: 0, Time: "09:30"}}
	for name, c := range map[string]struct {
		schedule schedules.Schedule
		slots    string
	}{
		"another moment":       {once, `VALUES ('2026-11-25 10:00'::timestamp, '2026-11-25 09:00Z'::timestamptz)`},
		"two hours later":      {once, `VALUES ('2026-11-24 10:00'::timestamp, '2026-11-24 11:00Z'::timestamptz)`},
		"another zone":         {once, `VALUES ('2026-11-24 10:00'::timestamp, '2026-11-24 10:00Z'::timestamptz - interval '5 hours')`},
		"a slot that passed":   {weekly, `VALUES ('2026-11-17 10:00'::timestamp, '2026-11-17 09:00Z'::timestamptz)`},
		"beyond its months":    {weekly, `VALUES ('2027-06-01 10:00'::timestamp, '2027-06-01 08:00Z'::timestamptz)`},
		"more than its number": {weekly, `SELECT at AT TIME ZONE 'CET', at FROM generate_series('2026-11-24 09:00Z'::timestamptz, '2026-12-24', '1 day') at`},
		"a series at noon":     {daily, `VALUES ('2026-11-24 12:00'::timestamp, '2026-11-24 11:00Z'::timestamptz)`},
	} {
		w, db := newWorld(t)
		b := w.Brief(t, slot)
		b.Schedule = c.schedule
		m, r := w.Draft(t, b)
		tx := db.Owner.MustBegin()
		tx.MustExec(`ALTER TABLE approval_rounds DISABLE TRIGGER approval_rounds_who`)
		tx.MustExec(`ALTER TABLE approval_rounds DISABLE TRIGGER approval_rounds_witnessed`)
		tx.MustExec(`INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by, submitted_at, ceiling)
			VALUES ($1, $2, $3, 3, '{}', 10, false, $4, $5, CASE $6 WHEN 'once' THEN NULL ELSE 100 END)`,
			m.ID, r.ID, r.Digest, w.Maker.ID, approvaltest.Start, c.schedule.Kind)
		_, err := tx.Exec(`INSERT INTO approval_slots SELECT r.id, s.* FROM approval_rounds r, (` + c.slots + `) s`)
		_ = tx.Rollback()
		if err == nil || !strings.Contains(err.Error(), "not the slots") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
