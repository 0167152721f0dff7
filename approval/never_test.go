package approval_test

import (
	"errors"
	"testing"

	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/mailings/schedules"
)

// What can reach nobody isn't submitted, and it is said why.
func TestWhatReachesNobodyIsNotSubmitted(t *testing.T) {
	t.Parallel()
	w, _ := approvaltest.Fresh(t, 1)
	workdays := &schedules.Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", Until: "17:00"}
	for at, c := range map[string]struct {
		change func(*schedules.Schedule)
		code   string
	}{
		"2026-11-27T22:00": {func(s *schedules.Schedule) { s.Window = workdays }, "mailings.never_leaves"}, // a Friday night
		"2099-01-01T10:00": {func(s *schedules.Schedule) {
			*s = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 1", From: s.At}
		}, "approval.slot_far"},
		"2027-01-01T10:00": {func(s *schedules.Schedule) {
			*s = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 29 2 *"}
		}, "approval.slot_beyond"},
		"2026-11-01T10:00": {func(s *schedules.Schedule) {
			*s = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 1", Until: s.At}
		}, "approval.no_slot_ahead"},
	} {
		b := w.Brief(t, at)
		c.change(&b.Schedule)
		m, r := w.Draft(t, b)
		w.Look(approvaltest.As(w.Maker), t, m.ID)
		_, err := w.Approval.Submit(approvaltest.As(w.Maker), m.ID, r.ID, approvaltest.Ticks, w.Maker.ID)
		if told, is := errors.AsType[*fault.Error](err); !is || told.Message.Key != c.code {
			t.Errorf("submitted for %s: %v", at, err)
		}
	}
}
