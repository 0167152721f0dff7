package rhythm_test

import (
	"testing"

	"keur/internal/rhythm"
	"keur/internal/words"
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

// What recurs is said as people say it, in their language.
func TestRhythmsAreSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		locale, cron, want string
	}{
		{"en", "0 10 * * 2", "every Tuesday at 10:00"},
		{"nl", "30 9 * * 0,6", "elke zaterdag en zondag om 09:30"},
		{"de", "5 0 * * *", "täglich um 00:05 Uhr"},
		{"en", "0 8 15 * *", "on day 15 of each month at 08:00"},
		{"nl", "*/5 * * * *", "herhaalt in een eigen ritme"},
	} {
		if got := rhythm.Of(c.cron).Said(words.In(c.locale)); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.cron, c.locale, got, c.want)
		}
	}
	for locale, want := range map[string]string{"en": "on day 3 after joining, at 10:00", "nl": "op dag 3 na de aanmelding, om 10:00",
		"de": "am Tag 3 nach der Anmeldung, um 10:00 Uhr"} {
		if got := rhythm.SaidOfStep("joined", 3, "10:00", words.In(locale)); got != want {
			t.Errorf("a step in %s: %q, want %q", locale, got, want)
		}
	}
}
