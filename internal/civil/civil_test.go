package civil

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
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

// Both are written as they are read, by JSON and by the database.
func TestBothComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	type both struct {
		Day  Date
		Time Time
	}
	was := both{Date{2024, 2, 29}, 9*60 + 5}
	text, err := json.Marshal(was)
	var read both
	if err = errors.Join(err, json.Unmarshal(text, &read)); err != nil || read != was || string(text) != `{"Day":"2024-02-29","Time":"09:05"}` {
		t.Errorf("%s, %v, %v", text, read, err)
	}
	for name, c := range map[string]struct {
		stored driver.Valuer
		says   driver.Value
		into   sql.Scanner
		gives  driver.Value // what lib/pq has read
	}{
		"day":    {was.Day, "2024-02-29", &read.Day, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		"no day": {Date{}, nil, nil, nil},
		"time":   {was.Time, "09:05", &read.Time, time.Date(0, 1, 1, 9, 5, 0, 0, time.UTC)},
	} {
		read = both{}
		if got, err := c.stored.Value(); err != nil || got != c.says {
			t.Errorf("%s is stored as %v, %v", name, got, err)
		}
		if c.into == nil {
			continue
		}
		if err := c.into.Scan(c.gives); err != nil || read.Day != was.Day && read.Time != was.Time {
			t.Errorf("%s comes back as %v, %v", name, read, err)
		}
		if err := c.into.Scan(12.5); err == nil {
			t.Errorf("%s is read from a number", name)
		}
	}
}

func TestAtObeysSummerTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string
		day  Date
		at   Time
		want string
	}{
		{"Europe/Amsterdam", Date{2026, 11, 21}, 10 * 60, "2026-11-21T09:00:00Z"},
		{"Europe/Amsterdam", Date{2026, 3, 29}, 2*60 + 30, "2026-03-29T01:00:00Z"},    // skipped: the first instant after the gap
		{"Europe/Amsterdam", Date{2026, 10, 25}, 2*60 + 30, "2026-10-25T00:30:00Z"},   // twice: the first
		{"Australia/Lord_Howe", Date{2026, 10, 4}, 2*60 + 15, "2026-10-03T15:30:00Z"}, // half an hour is skipped
		{"Australia/Lord_Howe", Date{2026, 4, 5}, 60 + 45, "2026-04-04T14:45:00Z"},    // and comes twice
		{"Pacific/Apia", Date{2011, 12, 30}, 12 * 60, "2011-12-30T10:00:00Z"},         // a day that there never was
		{"America/Sao_Paulo", Date{2018, 11, 4}, 0, "2018-11-04T03:00:00Z"},           // whose midnight is skipped
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.day.At(c.at, zone).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%v %v in %s is %s, want %s", c.day, c.at, c.zone, got, c.want)
		}
	}
}
