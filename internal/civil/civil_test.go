package civil

import (
	"encoding/json"
	"testing"
	"time"
)

func TestDatesAreReadAsWritten(t *testing.T) {
	t.Parallel()
	var d Date
	if err := json.Unmarshal([]byte(`"2024-02-29"`), &d); err != nil || d.String() != "2024-02-29" {
		t.Errorf("%v, %v", d, err)
	}
	if got := d.AddDays(1).String(); got != "2024-03-01" {
		t.Errorf("the day after is %s", got)
	}
	if d.Compare(d.AddDays(1)) >= 0 || d.Compare(d.AddDays(-1)) <= 0 || d.Compare(d) != 0 {
		t.Error("days are out of order")
	}
	for _, bad := range []string{"", "2023-02-29", "29-02-2024", "2024-02-29T00:00:00Z", "0000-01-01"} {
		if _, err := ParseDate(bad); err == nil {
			t.Errorf("%q is taken for a day", bad)
		}
	}
}

func TestTimesAreReadAsWritten(t *testing.T) {
	t.Parallel()
	if got, err := ParseTime("21:30"); err != nil || got != 21*60+30 || got.String() != "21:30" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "24:00", "9:30", "21:60", "21:30:00"} {
		if _, err := ParseTime(bad); err == nil {
			t.Errorf("%q is taken for a time of day", bad)
		}
	}
}

func TestAtObeysSummerTime(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day  Date
		at   Time
		want string
	}{
		{Date{2026, 11, 21}, 10 * 60, "2026-11-21T09:00:00Z"},
		{Date{2026, 3, 29}, 2*60 + 30, "2026-03-29T01:00:00Z"},  // skipped: the first instant after the gap
		{Date{2026, 10, 25}, 2*60 + 30, "2026-10-25T00:30:00Z"}, // twice: the first
	} {
		if got := c.day.At(c.at, zone).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%v %v is %s, want %s", c.day, c.at, got, c.want)
		}
	}
}
