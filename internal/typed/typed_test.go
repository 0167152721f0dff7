package typed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/internal/typed"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		comma bool
		want  float64
		ok    bool
	}{
		{"12", true, 12, true}, {"1.234", true, 1234, true}, {"1.234", false, 1.234, true}, {"1,234", true, 1.234, true},
		{"1,234", false, 1234, true}, {"1.234,5", false, 1234.5, true}, {"1,5", true, 1.5, true}, {"1,5", false, 1.5, true},
		{"-3", true, -3, true},
		{"−3,5", true, -3.5, true},
		{"−", true, 0, false}, {"−-3", true, 0, false},
		{"0, 3, 7", true, 0, false}, {"1 2", true, 0, false}, {"1e3", true, 0, false}, {"1,", true, 0, false},
		{"1,234.56", true, 1234.56, true}, {"1.234.567", false, 1234567, true}, {"0.125", true, 0.125, true},
		{"0,125", false, 0.125, true},
		{"1234.567", true, 1234.567, true}, {",5", true, 0.5, true}, {"+3", false, 3, true}, {"-", false, 0, false},
		{"NaN", false, 0, false},
		{"12.34,5.6", false, 0, false}, {"--1", false, 0, false}, {"1.23,456", true, 0, false},
		{"1 234,50", true, 1234.5, true}, {"1\u00a0234,50", false, 1234.5, true}, {"1'234.50", true, 1234.5, true},
		{"1’234", false, 1234, true}, {"-1 234", true, -1234, true}, {"1 234.567", true, 1234.567, true}, {"1 23", true, 0, false},
		{"1,234 567", true, 0, false}, {"12,3 4", true, 0, false}, {"1,23,456", false, 0, false}, {"½", true, 0, false},
		{"'1234", true, 0, false}, {"1 234 ", true, 0, false}, {"١", true, 0, false},
		{"1.23.4", true, 0, false}, {"", true, 0, false}, {"12a", true, 0, false},
	} {
		if got, ok := typed.Number(c.in, c.comma); got != c.want || ok != c.ok {
			t.Errorf("%q, comma %v: %v %v", c.in, c.comma, got, ok)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		"0": 0, "18412": 18412, "18.412": 18412, "18,412": 18412, "18 412": 18412, "1.234.567": 1234567, "1\u202f000": 1000, "1'000": 1000,
		" 7 ": 7, "007": 7,
	} {
		if got, ok := typed.Count(in, 1e9); got != want || !ok {
			t.Errorf("%q: %d %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "0, 3, 7", "1,5", "1.5", "-1", "+1", "1.23", "1.234,567", "1 2", "x", "1e3", "9999999999", "١٢"} {
		if got, ok := typed.Count(in, 1e9); ok {
			t.Errorf("%q is read as %d", in, got)
		}
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		"1,5": 150, "1.5": 150, "12": 1200, "€ 1.234,50": 123450, "1,234.50": 123450, "1.234": 123400, "1,234": 123400, "0,125": 13,
		"0.124": 12, "0,005": 1, "2,5 %": 250, "1.234,567": 123457, "1,995": 199500, "1,9950": 200, "1 000,25": 100025, "0": 0,
		"€ 12,-": 1200, "12,--": 1200, "12.–": 1200, "1.234,-": 123400, "1'234.50": 123450,
		"1.234.567": 123456700, "1,234,567.89": 123456789,
		"9,9949": 999, "9,9950": 1000,
	} {
		if got, ok := typed.Amount(in); got != want || !ok {
			t.Errorf("%q: %d %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "€", "1,", ",5", "0, 3, 7", "-1", "1.2.3", "1,2,3", "1e9", "12 34", "abc", "99999999999999999999",
		"1,234,56", "1.234.56", "1,23,456", "12-", "1,234-", ",-", "12,---", "5€5", "½", "2½", "(5)", "1.234,-5"} {
		if got, ok := typed.Amount(in); ok {
			t.Errorf("%q is read as %d", in, got)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		order typed.Order
		want  string
	}{
		{"2026-11-21", "", "2026-11-21"}, {"2026/1/2", "", "2026-01-02"}, {"21.11.2026", "", "2026-11-21"}, {"1.2.2026", "", "2026-02-01"},
		{"21-11-2026", "", "2026-11-21"}, {"12/31/1980", "", "1980-12-31"}, {"5/5/1980", "", "1980-05-05"}, {"03/04/1981", "", ""},
		{"03/04/1981", typed.DayFirst, "1981-04-03"}, {"03/04/1981", typed.MonthFirst, "1981-03-04"},
		{"12/31/1980", typed.DayFirst, ""}, {"31/12/1980", typed.MonthFirst, ""}, {"30-02-1980", "", ""}, {"29.02.1980", "", "1980-02-29"},
		{"5 maart 2024", "", "2024-03-05"}, {"March 5th, 2024", "", "2024-03-05"}, {"5. März 2024", "", "2024-03-05"},
		{"Tue, 05 Mar 2024", "", "2024-03-05"}, {"05-Mar-2024", "", "2024-03-05"}, {"1er août 2024", "", "2024-08-01"},
		{"03/04/81", typed.DayFirst, ""}, {"20260102", "", ""}, {"maart 2024", "", ""}, {"yesterday", "", ""}, {"", "", ""},
		{"12-31-80", "", ""}, {"31.12.80", "", ""}, {"31.12.80", typed.DayFirst, ""}, {"2026/3/4", typed.DayFirst, "2026-03-04"},
		{"2026.3.4", typed.MonthFirst, "2026-03-04"}, {"3.4.2026", typed.MonthFirst, "2026-04-03"}, {"5. Jänner 2024", "", "2024-01-05"},
		{"le 5 mars 2024", "", "2024-03-05"}, {"mar. 5 nov. 2024", "", ""}, {"ma 5 mei 2024", "", "2024-05-05"},
		{"5 de\u0301cembre 2024", "", "2024-12-05"}, {"5 Ma\u0308rz 2024", "", "2024-03-05"}, {"31 april 2024", "", ""},
		{"29 février 2023", "", ""}, {"5 March 24", "", ""}, {"45356", "", ""}, {"5/3", typed.DayFirst, ""}, {"2024-W10-2", "", ""},
		{"2026-13-01", "", ""}, {"0000-00-00", "", ""},
	} {
		if got, _, _ := typed.Date(c.in, c.order); got != c.want {
			t.Errorf("%q, %s: %q", c.in, c.order, got)
		}
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	zone, _ := time.LoadLocation("Europe/Amsterdam")
	for in, want := range map[string]string{
		"2024-03-05 14:22:11": "2024-03-05T13:22:11Z", "03/05/2024 2:22 PM": "2024-03-05T13:22:00Z",
		"3/5/2024 2:22:11 am":  "2024-03-05T01:22:11Z",
		"2024-03-05T14:22:11Z": "2024-03-05T14:22:11Z", "2024-03-05T14:22:11.123+01:00": "2024-03-05T13:22:11Z",
		"2024-03-05 14:22 UTC": "2024-03-05T14:22:00Z", "1709648531": "2024-03-05T14:22:11Z", "1709648531123": "2024-03-05T14:22:11Z",
		"5 maart 2024": "2024-03-04T23:00:00Z", "5. März 2024, 14:22 Uhr": "2024-03-05T13:22:00Z",
		"5. März 2024, 14.22 Uhr": "2024-03-05T13:22:00Z", "5 maart 2024 om 14.22 uur": "2024-03-05T13:22:00Z",
		"5 mei 2024 um 14:22:11 Uhr": "2024-05-05T12:22:11Z", "le 5 mars 2024 à 14h22": "2024-03-05T13:22:00Z",
		"March 5, 2024 at 2:22 PM": "2024-03-05T13:22:00Z", "2024-03-05 2:22 p.m.": "2024-03-05T13:22:00Z",
		"2024-03-05 12:30 am": "2024-03-04T23:30:00Z", "2024-03-05 12:00 PM": "2024-03-05T11:00:00Z",
		"2024-03-05 14:22:11 +0000 UTC": "2024-03-05T14:22:11Z", "2024-03-05 14:22:11 GMT+0100": "2024-03-05T13:22:11Z",
		"2024-03-05 14:22:11,123": "2024-03-05T13:22:11Z", "2024-03-31 02:30": "2024-03-31T01:30:00Z",
		"2024-03-05 14:22:11 +0100":     "2024-03-05T13:22:11Z",
		"Tue, 05 Mar 2024 14:22:11 GMT": "2024-03-05T14:22:11Z",
	} {
		at, ok := typed.Moment(in, typed.MonthFirst, zone)
		if got := at.UTC().Truncate(time.Second).Format(time.RFC3339); got != want || !ok {
			t.Errorf("%q: %s %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "14:22", "2024-03-05 25:00", "2024-03-05 14:22 CET", "17096485311", "0709648531", "9999999999",
		"2024-03-05 24:00", "2024-03-05 14.60 uur", "2024-03-05 14", "2024-03-05 om 25:00", "45356.5", "1709648531.0", "5/3"} {
		if at, ok := typed.Moment(in, typed.MonthFirst, zone); ok {
			t.Errorf("%q is read as %s", in, at)
		}
	}
	for in, want := range map[string]bool{
		"2024-03-05": true, "5 maart 2024": true, "2024-03-05 00:00": false, "1709648531": false, "x": false,
	} {
		if typed.IsDay(in, typed.MonthFirst) != want {
			t.Errorf("%q: a day alone is %v", in, !want)
		}
	}
}

func TestNoDates(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"0000-00-00": true, "0000-00-00 00:00:00": true, "0001-01-01": true, "0001-01-01T00:00:00Z": true, "1/0/1900": false,
		"1899-12-30": true, "0001-01-01 10:00": false, "1970-01-01": false, "0": false, "": false, "2000-10-10": false, "00": true,
	} {
		if typed.IsNoDate(s) != want {
			t.Errorf("%q: no date is %v", s, !want)
		}
	}
}

func TestDatesOfAColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells []string
		order typed.Order
		asks  bool
	}{
		{[]string{"12/31/1980", "01/02/1980", "03/04/1981"}, typed.MonthFirst, false},
		{[]string{"01/02/1980", "31/12/1980"}, typed.DayFirst, false},
		{[]string{"01/02/1980", "03/04/1981"}, "", true},
		{[]string{"12/31/1980", "31/12/1980"}, "", true},
		{[]string{"05/05/1980", "2026-11-21", "1.2.1980"}, "", false},
		{[]string{"30/02/1980", "01/02/1980"}, "", true}, // neither order makes a day of the first
	} {
		var d typed.Dates
		for i, cell := range c.cells {
			d.See(cell, int64(i+2))
		}
		if d.Order() != c.order || d.Asks() != c.asks {
			t.Errorf("%q: %q %v %+v", c.cells, d.Order(), d.Asks(), d)
		}
	}
}

// Each date of a column comes back as the day that it was written from, if any
// of them shows the order; nothing is read in an order that it can't have.
func FuzzDates(f *testing.F) {
	f.Add(uint16(1980), uint8(12), uint8(31), true)
	f.Fuzz(func(t *testing.T, year uint16, month, day uint8, dayFirst bool) {
		at := time.Date(1+int(year)%9998, time.Month(1+month%12), 1+int(day)%28, 0, 0, 0, 0, time.UTC)
		order, layout := typed.MonthFirst, "01/02/2006"
		if dayFirst {
			order, layout = typed.DayFirst, "2/1/2006"
		}
		s := at.Format(layout)
		want := at.Format(time.DateOnly)
		if got, rest, ok := typed.Date(s, order); !ok || got != want || rest != "" {
			t.Errorf("%q, %s: %q %q", s, order, got, rest)
		}
		if got, _, ok := typed.Date(s, ""); ok && got != want {
			t.Errorf("%q alone: %q", s, got)
		}
		var column typed.Dates
		if column.See(s, 2); column.Order() != "" && column.Order() != order {
			t.Errorf("%q shows %s", s, column.Order())
		}
	})
}

// What isn't a number is none, and what is one is read back as it was written.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"0, 3, 7", "1,5", "1.234,56", "１", "1e5", "-", "€ 5"} {
		f.Add(s, int64(123456))
	}
	f.Fuzz(func(t *testing.T, s string, n int64) {
		typed.Number(s, true)
		typed.Amount(s)
		typed.Date(s, "")
		typed.Moment(s, typed.DayFirst, time.UTC)
		if got, ok := typed.Count(s, 1e15); ok && (got < 0 || got > 1e15) {
			t.Errorf("%q: %d", s, got)
		}
		if got, ok := typed.Number(typed.Write(float64(n)/1000, n%2 == 0), n%2 == 0); !ok || got != float64(n)/1000 {
			t.Errorf("%d thousandths: %v %v", n, got, ok)
		}
		n = max(n, -n) % 1e12
		if got, ok := typed.Count(fmt.Sprint(n), 1e12); n >= 0 && (!ok || got != n) {
			t.Errorf("%d: %d", n, got)
		}
		if got, ok := typed.Amount(fmt.Sprintf("%d,%02d", n/100, n%100)); n >= 0 && (!ok || got != n) {
			t.Errorf("amount %d: %d", n, got)
		}
	})
}

func TestSignsOfMoney(t *testing.T) {
	t.Parallel()
	for text, wrong := range map[string]string{
		"€ 5": "USD GBP CHF", "5,-": "", "$5": "EUR GBP CHF PLN", "£ 5": "EUR USD", "5%": "EUR USD GBP CHF", "5 %": "EUR", "CA$ 5": "EUR",
	} {
		for _, currency := range []string{"EUR", "USD", "GBP", "CHF", "PLN", "CAD", "MXN"} {
			if typed.FitsCurrency(text, currency) && strings.Contains(wrong, currency) {
				t.Errorf("%q is an amount in %s", text, currency)
			}
		}
	}
	for text, currency := range map[string]string{"€ 5": "EUR", "$5": "USD", "CA$ 5": "CAD", "£5": "GBP", "5": "CHF", "$ 5": "MXN"} {
		if !typed.FitsCurrency(text, currency) {
			t.Errorf("%q is no amount in %s", text, currency)
		}
	}
}

// A currency's own digits decide what a typed amount is: 12,50 is 1250 cents, no
// yen, and 12500 fils.
func TestMinor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		digits int
		comma  bool
		want   int64
		ok     bool
	}{
		{"12,50", 2, true, 1250, true}, {"12.50", 3, true, 12500, true}, {"1.250", 0, true, 1250, true}, {"12,00", 0, true, 12, true},
		{"12,50", 0, true, 0, false}, {"twelve", 2, true, 0, false}, {"1.250", 2, false, 125000, true},
		{"12,505", 3, true, 12505, true}, {"12,505", 3, false, 12505000, true}, {"12.505", 3, false, 12505, true},
		{"12.505", 3, true, 12505000, true}, {"1.234,5675", 3, true, 1234568, true}, {"12,-", 3, true, 12000, true},
		{"", 3, true, 0, false}, {"-1", 3, true, 0, false}, {"1,2,3", 3, true, 0, false}, {"99999999999999999", 3, true, 0, false},
	} {
		if got, ok := typed.Minor(c.text, c.digits, c.comma); ok != c.ok || ok && got != c.want {
			t.Errorf("%q of %d digits, comma %t, is %d, %t; want %d, %t", c.text, c.digits, c.comma, got, ok, c.want, c.ok)
		}
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for s, want := range map[string][2]string{ // with a point, with a comma
		"12": {"12", "12"}, "1,234": {"1234", "1.234"}, "1.234": {"1.234", "1234"},
		"1.234,50": {"", "1234.50"},
		"1,234.50": {"1234.50", ""},
		"1 234":    {"1234", "1234"}, "-3": {"-3", "-3"}, "": {}, "1,23,4": {}, "1e3": {}, "12 EUR": {},
	} {
		for i, comma := range []bool{false, true} {
			if got, ok := typed.Decimal(s, comma); got != want[i] || ok != (want[i] != "") {
				t.Errorf("%q, comma %v: %q, %v", s, comma, got, ok)
			}
		}
	}
	if got := typed.Unsigned("\u00a0€ 1\u202f234 "); got != "1 234" {
		t.Errorf("%q", got)
	}
}
