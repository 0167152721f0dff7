package words

import (
	"testing"
	"time"
)

func TestDateForms(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, time.March, 4, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct{ locale, form, want string }{
		{"nl", "short", "04-03-2026"}, {"de", "short", "04.03.2026"}, {"en", "short", "04/03/2026"},
		{"nl", "long", "4 maart 2026"}, {"de", "long", "4. März 2026"}, {"en", "long", "4 March 2026"},
		{"nl", "day", "4 maart"}, {"de", "day", "4. März"}, {"nl", "month", "maart 2026"},
		{"nl", "weekday", "woensdag 4 maart"}, {"de", "weekday", "Mittwoch, 4. März"}, {"en", "weekday", "Wednesday 4 March"},
		{"nl", "d MMMM yyyy", "4 maart 2026"}, {"nl", "dd/MM/yy", "04/03/26"}, {"de", "EEE, d. MMM", "Mi, 4. März"},
		{"nl", "d MMM", "4 mrt"}, {"nl", "d 'dagen' ''y", "4 dagen '2026"}, {"nl", "LLLL y", "maart 2026"}, {"nl", "M", "3"},
	} {
		say := In(test.locale)
		form, ok := say.DateForm(test.form)
		if got := string(form.Append(nil, day, say)); !ok || got != test.want {
			t.Errorf("%s in %s is %q, %v", test.form, test.locale, got, ok)
		}
	}
	for _, form := range []string{
		"", " ", "kort", "dd-mm-yyyy", "DD-MM-YYYY", "2 January 2006", "2 maart 2006", "%d-%m-%Y", "d MMMMM", "yyy", "d 'x",
		"HH:mm", "'x'", "Y",
	} {
		if _, ok := In("nl").DateForm(form); ok {
			t.Errorf("%q is a form", form)
		}
	}
}

func TestHalvesAreRoundedUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		f      float64
		digits int
		want   string
	}{
		{1.005, 2, "1,01"}, {2.5, 0, "3"}, {-2.5, 0, "−3"}, {0.125, 2, "0,13"}, {1234.565, 2, "1.234,57"}, {0.004, 2, "0,00"},
		{-0.004, 2, "0,00"},
		{9.995, 2, "10,00"}, {3, 2, "3,00"}, {1.25, -1, "1,25"}, {1e-9, 3, "0,000"},
	} {
		if got := In("nl").Decimal(test.f, test.digits); got != test.want {
			t.Errorf("%v with %d digits is %s, not %s", test.f, test.digits, got, test.want)
		}
	}
}
