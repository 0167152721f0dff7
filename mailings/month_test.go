package mailings

import "testing"

func TestTheMonthIsThatInUTC(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{"2026-12-01T00:30:00+01:00": "2026-11-01", "2026-12-01T00:00:00Z": "2026-12-01"} {
		m := MonthOf(utc(t, at))
		if m.String() != want || m.First() != utc(t, want+"T00:00:00Z") {
			t.Errorf("the month of %s is %s, want %s", at, m, want)
		}
		column, err := m.Value()
		var scanned Month
		if err != nil || column != want || scanned.Scan(m.First().AddDate(0, 0, 9)) != nil || scanned != m {
			t.Errorf("its column %v is read as %s: %v", column, scanned, err)
		}
	}
	if err := new(Month).Scan("2026-11-01"); err == nil {
		t.Error("a month was scanned of text")
	}
}
