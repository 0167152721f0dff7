package schedules

import (
	"encoding/json"
	"testing"
	"time"
)

func TestLocalTimeIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, wall, utc string }{
		{"Europe/Amsterdam", "2026-11-24T10:00", "2026-11-24T09:00:00Z"},
		{"Europe/Amsterdam", "2026-07-24T10:00", "2026-07-24T08:00:00Z"},
		{"Europe/Amsterdam", "2026-03-29T02:30", "2026-03-29T01:00:00Z"}, // gap: its first instant after
		{"Europe/Amsterdam", "2026-03-29T02:00", "2026-03-29T01:00:00Z"},
		{"Europe/Amsterdam", "2026-03-29T03:00", "2026-03-29T01:00:00Z"},
		{"Europe/Amsterdam", "2026-10-25T02:30", "2026-10-25T00:30:00Z"}, // overlap: the first of two
		{"Europe/Amsterdam", "2026-10-25T03:00", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"},
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z"}, // a gap of half an hour
		{"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z"},        // a whole day that never was
		{"UTC", "2026-03-29T02:30", "2026-03-29T02:30:00Z"},
		{"Europe/Amsterdam", "2026-11-24T10:00:30", "2026-11-24T09:00:30Z"},
		{"Europe/Amsterdam", "2026-03-29T02:30:30", "2026-03-29T01:00:00Z"},
		{"Europe/Amsterdam", "2026-10-25T02:59:59", "2026-10-25T00:59:59Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		wall, err := ParseLocalTime(c.wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := wall.In(zone).Format(time.RFC3339); got != c.utc {
			t.Errorf("%s in %s is %s, want %s", c.wall, c.zone, got, c.utc)
		}
	}
}

func TestOneTimeHasOneText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-11-24T10:00":    "2026-11-24T10:00",
		"2026-11-24T10:00:00": "2026-11-24T10:00",
		"2026-11-24T10:00:30": "2026-11-24T10:00:30",
	} {
		l, err := ParseLocalTime(text)
		if err != nil || l.String() != want {
			t.Errorf("%s is read as %s, want %s: %v", text, l, want, err)
		}
	}
	for _, wrong := range []string{"2026-11-24", "2026-11-24T10:00:3", "2026-11-24T10:00:61", "2026-11-24T10:00Z", "2026-11-24 10:00:30"} {
		if _, err := ParseLocalTime(wrong); err == nil {
			t.Errorf("%q is taken for a local time", wrong)
		}
	}
}

func TestLocalTimesInJSONAndColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{`"2026-11-24T10:00"`: "2026-11-24T10:00", `""`: ""} {
		var l LocalTime
		if err := json.Unmarshal([]byte(text), &l); err != nil || l.String() != want || l.IsZero() != (want == "") {
			t.Errorf("%s is read as %s: %v", text, l, err)
		}
		if again, err := json.Marshal(l); err != nil || string(again) != text {
			t.Errorf("%s is written as %s: %v", text, again, err)
		}
	}
	set := local(t, "2026-11-24T10:00")
	for _, wrong := range []string{`1`, `"tomorrow"`} {
		if err := json.Unmarshal([]byte(wrong), &set); err == nil {
			t.Errorf("%s is read", wrong)
		}
	}
	var l LocalTime
	if err := l.Scan(time.Date(2026, 11, 24, 10, 0, 30, 0, time.UTC)); err != nil || l != local(t, "2026-11-24T10:00:30") ||
		l.Seconds() != 30 {
		t.Errorf("scanned %s, %v", l, err)
	}
	if column, err := l.Value(); err != nil || column != "2026-11-24 10:00:30" {
		t.Errorf("its column is %v, %v", column, err)
	}
	if err := l.Scan("2026-11-24"); err == nil {
		t.Error("it was scanned of text")
	}
}
