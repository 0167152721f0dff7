package approval_test

import (
	"strings"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/mailings"
)

// content returns one that goes out by the schedule, from Amsterdam.
func scheduled(s mailings.Schedule) *mailings.Content {
	return &mailings.Content{Label: mailings.LabelFacts{TimeZone: "Europe/Amsterdam"}, Schedule: s}
}

func local(t *testing.T, text string) mailings.LocalTime {
	t.Helper()
	l, err := mailings.ParseLocalTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestAnApprovalEnds: after so many occurrences or months, whichever is first.
func TestAnApprovalEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	weekly := mailings.Schedule{Kind: mailings.Recurring, Cron: "0 10 * * 2"}
	limited, later, past := weekly, weekly, weekly
	limited.Until, later.From, past.Until = local(t, "2026-12-15T10:00"), local(t, "2027-06-01T00:00"), local(t, "2026-11-20T10:00")
	series := mailings.Schedule{Kind: mailings.Series, Step: &mailings.Step{After: "joined", Days: 3, Time: "09:30"}}
	for name, c := range map[string]struct {
		schedule            mailings.Schedule
		occurrences, months int
		n                   int
		last                string
		ends                bool
	}{
		"once":                {mailings.Schedule{Kind: mailings.Once, At: local(t, slot)}, 1, 1, 1, "2026-11-24T10:00", false},
		"so many occurrences": {weekly, 5, 6, 5, "2026-12-22T10:00", true},
		"so many months":      {weekly, 26, 1, 5, "2026-12-22T10:00", true},
		"its schedule's end":  {limited, 26, 6, 4, "2026-12-15T10:00", false},
		"from a start on":     {later, 2, 1, 2, "2027-06-08T10:00", true},
		"a series by months":  {series, 5, 1, 30, "2026-12-22T09:30", true},
		"nothing comes":       {past, 26, 6, 0, "", false},
	} {
		p := approval.DefaultPolicy(1)
		p.RecurringOccurrences, p.RecurringMonths = c.occurrences, c.months
		slots, ends, err := p.Slots(scheduled(c.schedule), now)
		if len(slots) != c.n || (ends != nil) != c.ends || fault.Is(err, fault.Conflict) != (c.n == 0) {
			t.Errorf("%s: %d slots, ends %v, %v", name, len(slots), ends, err)
			continue
		}
		if c.n > 0 && slots[c.n-1].Local.String() != c.last {
			t.Errorf("%s: the last is %s, want %s", name, slots[c.n-1].Local, c.last)
		}
	}
}

// TestPsqlCannotChooseASlot: a send is for a slot that was approved, and which
// those are is fixed as the maker signs off.
func TestPsqlCannotChooseASlot(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	b := w.Brief(t, slot)
	b.Schedule = mailings.Schedule{Kind: mailings.Recurring, Cron: "0 10 * * 2"}
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
	once := mailings.Schedule{Kind: mailings.Once, At: local(t, slot)}
	weekly := mailings.Schedule{Kind: mailings.Recurring, Cron: "0 10 * * 2"}
	daily := mailings.Schedule{Kind: mailings.Series, Step: &mailings.Step{After: "joined", Days: 0, Time: "09:30"}}
	for name, c := range map[string]struct {
		schedule mailings.Schedule
		slots    string
	}{
		"another moment":       {once, `VALUES ('2026-11-25 10:00'::timestamp, '2026-11-25 09:00Z'::timestamptz)`},
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
