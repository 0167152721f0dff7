package rhythm_test

import (
	"testing"

	"keur/internal/rhythm"
)

func TestRhythmsAndCron(t *testing.T) {
	t.Parallel()
	for cron, want := range map[string]rhythm.Rhythm{
		"0 10 * * 2":   {Every: "week", Days: []int{2}, Time: "10:00"},
		"30 9 * * 0,6": {Every: "week", Days: []int{6, 7}, Time: "09:30"},
		"5 0 * * *":    {Every: "day", Time: "00:05"},
		"0 8 15 * *":   {Every: "month", Date: 15, Time: "08:00"},
	} {
		got := rhythm.Of(cron)
		if got.Every != want.Every || got.Time != want.Time || got.Date != want.Date || len(got.Days) != len(want.Days) {
			t.Errorf("%s is read as %+v", cron, got)
		}
		if back := rhythm.Of(got.Expression()); back.Every != want.Every || back.Time != want.Time {
			t.Errorf("%s came back as %s", cron, got.Expression())
		}
	}
	for _, cron := range []string{"*/5 * * * *", "0 10 * 1 2", "0 10 1 * 2", "0 10 * * 1-5", "odd"} {
		if got := rhythm.Of(cron); got.Every != "cron" || got.Expression() != cron {
			t.Errorf("%s is read as %+v", cron, got)
		}
	}
	if got := (rhythm.Rhythm{Every: "week", Time: "10:00"}).Expression(); got != "" {
		t.Errorf("no day chosen gives %q", got)
	}
}
