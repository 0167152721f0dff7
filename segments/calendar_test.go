package segments

import (
	"slices"
	"testing"
	"time"

	"keur/internal/civil"
)

func at(t *testing.T, now, zone string) Calendar {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	moment, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	return NewCalendar(moment, location)
}

func TestTodayIsTheLabels(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		"Europe/Amsterdam": "2026-07-01", "America/New_York": "2026-06-30", "Pacific/Kiritimati": "2026-07-01",
	} {
		if c := at(t, "2026-06-30T22:30:00Z", zone); c.today.String() != want {
			t.Errorf("%s: %s, want %s", zone, c.today, want)
		}
	}
}

func TestDaysBeginWithTheLabelsClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, day, want string }{
		{"Europe/Amsterdam", "2026-03-29", "2026-03-28T23:00:00Z"}, // clocks go forward on this day
		{"Europe/Amsterdam", "2026-03-30", "2026-03-29T22:00:00Z"}, // so it had 23 hours
		{"Europe/Amsterdam", "2026-10-25", "2026-10-24T22:00:00Z"},
		{"Europe/Amsterdam", "2026-10-26", "2026-10-25T23:00:00Z"}, // 25 hours
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},     // midnight doesn't exist: it begins at 1
	} {
		day, err := civil.ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := at(t, "2026-06-01T00:00:00Z", c.zone).Start(day).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s begins at %s, want %s", c.day, c.zone, got, c.want)
		}
	}
}

func TestBirthdaysOn29February(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		today string
		want  bool
	}{
		{"2027-02-27", false}, {"2027-02-28", true}, {"2027-03-01", false},
		{"2028-02-28", false}, {"2028-02-29", true}, {"2028-03-01", false},
	} {
		today := at(t, c.today+"T12:00:00Z", "UTC")
		if got := slices.Contains(today.Birthdays(1), 229); got != c.want {
			t.Errorf("%s: %v", c.today, got)
		}
	}
	for _, c := range []struct {
		today string
		years int
		want  string
	}{
		{"2027-02-28", 27, "2000-02-29"}, {"2027-02-28", 26, "2001-02-28"}, {"2027-02-27", 27, "2000-02-27"},
		{"2028-02-29", 28, "2000-02-29"}, {"2028-02-29", 27, "2001-02-28"}, {"2028-02-28", 28, "2000-02-28"},
		{"2027-03-01", 27, "2000-03-01"}, {"2026-06-10", 40, "1986-06-10"},
		{"2026-02-28", 26, "2000-02-29"}, {"2026-02-28", 126, "1900-02-28"},
	} {
		if got := at(t, c.today+"T12:00:00Z", "UTC").bornBy(c.years); got.String() != c.want {
			t.Errorf("%d years old on %s: born by %s, want %s", c.years, c.today, got, c.want)
		}
	}
}
