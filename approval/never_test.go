package approval_test

import (
	"errors"
	"testing"
	"time"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/mailings"
)

// What can reach nobody isn't submitted, and it is said why.
func TestWhatReachesNobodyIsNotSubmitted(t *testing.T) {
	t.Parallel()
	w, _ := approvaltest.Fresh(t, 1)
	workdays := &mailings.Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", Until: "17:00"}
	for at, c := range map[string]struct {
		change func(*mailings.Schedule)
		code   string
	}{
		"2026-11-27T22:00": {func(s *mailings.Schedule) { s.Window = workdays }, "mailings.never_leaves"}, // a Friday night
		"2099-01-01T10:00": {func(s *mailings.Schedule) {
			*s = mailings.Schedule{Kind: mailings.Recurring, Cron: "0 10 * * 1", From: s.At}
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
	// A house mailing has no campaign whose end would tell.
	policy, content := approval.DefaultPolicy(1), mailings.Content{}
	content.Label.TimeZone = "Europe/Amsterdam"
	content.Schedule.Kind = mailings.Once
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for text, far := range map[string]bool{"2062-11-27T10:00": true, "2028-11-24T10:00": false} {
		content.Schedule.At, _ = mailings.ParseLocalTime(text)
		if _, _, err := policy.Slots(&content, now); (err != nil) != far {
			t.Errorf("once at %s: %v", text, err)
		}
	}
}
