package scheduler_test

import (
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/internal/links"
	"keur/mailings"
	"keur/mailings/schedules"
)

// TestCheckNamesTheSlotsThatReachNobody: all of them up to the end of an
// approval, with why, and as submission judges them.
func TestCheckNamesTheSlotsThatReachNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	b := d.Brief(t, slot)
	workdays := &schedules.Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", Until: "17:00"}
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 5,6", Window: workdays, Lapse: 24}
	m, r := d.Draft(t, b)
	content, err := r.Content()
	noError(t, err)
	slots, unreached, err := d.Approval.Unreached(t.Context(), d.Label.ID, &content)
	if err != nil || len(slots) < 20 || len(slots)-len(unreached) > len(unreached)+1 {
		t.Fatalf("%d of %d, %v", len(unreached), len(slots), err)
	}
	found := func() (blocks int, said string) {
		t.Helper()
		m, err = d.World.Mailings.Get(t.Context(), m.ID)
		noError(t, err)
		out, err := d.Outlook(t.Context(), &m)
		noError(t, err)
		for _, f := range out.Found {
			if f.Severity == links.Blocks {
				blocks++
			}
			said += f.Message.String() + "\n"
		}
		return blocks, said
	}
	submit := func(r mailings.Revision) error {
		d.Look(approvaltest.As(d.Maker), t, m.ID)
		_, err := d.Approval.Submit(approvaltest.As(d.Maker), m.ID, r.ID, approvaltest.Ticks, d.Maker.ID)
		return err
	}
	if blocks, said := found(); blocks != 1 || strings.Count(said, "nobody would get mail of") != 13 || // the first is the reason, too
		!strings.Contains(said, "28 November 2026") || !strings.Contains(said, "more slots reach nobody") {
		t.Errorf("%d block:\n%s", blocks, said)
	}
	if err := submit(r); err == nil || !strings.Contains(err.Error(), "slots reach nobody") {
		t.Errorf("submitted unconfirmed: %v", err)
	}
	b.Schedule.Unreached = len(unreached)
	r = d.Edit(t, m, r.ID, b)
	if blocks, said := found(); blocks != 0 || strings.Count(said, "nobody would get mail of") != 12 {
		t.Errorf("confirmed, %d block:\n%s", blocks, said)
	}
	if err := submit(r); err != nil {
		t.Errorf("confirmed, and not submitted: %v", err)
	}
}

// An outlook tells what waits for approval that its slot has passed, and of a pace
// at which mail lapses before its turn.
func TestAnOutlookForeseesTheEndAndThePace(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	b := d.Brief(t, slot)
	b.Schedule.PerMinute, b.Schedule.Lapse = 1, 1
	m, r := d.Draft(t, b)
	said := func() string {
		t.Helper()
		m, err := d.World.Mailings.Get(t.Context(), m.ID)
		noError(t, err)
		out, err := d.Outlook(t.Context(), &m)
		noError(t, err)
		var said []string
		for _, f := range out.Found {
			if f.Check == "moment" {
				said = append(said, string(f.Severity)+" "+f.Message.Key)
			}
		}
		return strings.Join(said, ", ")
	}
	if got := said(); got != "" { // three minutes of an hour
		t.Errorf("foreseen: %s", got)
	}
	b.Schedule.Window = &schedules.Window{From: "10:00", Until: "10:02"}
	d.Edit(t, m, r.ID, b)
	if got := said(); got != "tells scheduler.pace_lapses" {
		t.Errorf("with two minutes a day: %s", got)
	}
	d.World.Clock.Set(slotAt)
	if got := said(); !strings.Contains(got, "blocks approval.slot_passed") {
		t.Errorf("at its slot: %s", got)
	}
}
