package words

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// forms are how a language writes what isn't a message.
type forms struct {
	thousands, comma, percent, and string
	days, shortDays                [7]string // from Sunday
	months, shortMonths            [12]string
	dayAndMonth, dateAndYear       string // of day and month; {d} {m} {y}
	shortDate, weekdayComma        string // patterns of CLDR
	in, ago, now                   string
	units                          [4][2]string // minute, hour, day, week: one and several
	today, tomorrow, yesterday     string
}

func formsOf(locale string) forms {
	switch locale {
	case "nl":
		return forms{
			thousands: ".", comma: ",", percent: "%", and: "en",
			days:      [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
			shortDays: [7]string{"zo", "ma", "di", "wo", "do", "vr", "za"},
			months: [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
				"november", "december"},
			shortMonths: [12]string{"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
			dayAndMonth: "{d} {m}", dateAndYear: "{d} {m} {y}",
			shortDate: "dd-MM-yyyy", weekdayComma: "EEEE ", in: "over %s", ago: "%s geleden", now: "nu",
			units: [4][2]string{{"minuut", "minuten"}, {"uur", "uur"}, {"dag", "dagen"}, {"week", "weken"}},
			today: "vandaag", tomorrow: "morgen", yesterday: "gisteren",
		}
	case "de":
		return forms{
			thousands: ".", comma: ",", percent: "\u00a0%", and: "und",
			days:      [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
			shortDays: [7]string{"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"},
			months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
				"November", "Dezember"},
			shortMonths: [12]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
			dayAndMonth: "{d}. {m}", dateAndYear: "{d}. {m} {y}",
			shortDate: "dd.MM.yyyy", weekdayComma: "EEEE, ", in: "in %s", ago: "vor %s", now: "jetzt",
			units: [4][2]string{{"Minute", "Minuten"}, {"Stunde", "Stunden"}, {"Tag", "Tagen"}, {"Woche", "Wochen"}},
			today: "heute", tomorrow: "morgen", yesterday: "gestern",
		}
	}
	return forms{
		thousands: ",", comma: ".", percent: "%", and: "and",
		days:      [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		shortDays: [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
			"November", "December"},
		shortMonths: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		dayAndMonth: "{d} {m}", dateAndYear: "{d} {m} {y}",
		shortDate: "dd/MM/yyyy", weekdayComma: "EEEE ", in: "in %s", ago: "%s ago", now: "now",
		units: [4][2]string{{"minute", "minutes"}, {"hour", "hours"}, {"day", "days"}, {"week", "weeks"}},
		today: "today", tomorrow: "tomorrow", yesterday: "yesterday",
	}
}

// Day writes a date of this year or any: dinsdag 24 november, with the year if
// that isn't now's.
func (s Speaker) Day(t, now time.Time) string {
	return s.forms.days[t.Weekday()] + " " + s.forms.date(t, t.Year() != now.Year(), s.forms.months)
}

// ShortDay writes a date in little room: di 24 nov.
func (s Speaker) ShortDay(t, now time.Time) string {
	return s.forms.shortDays[t.Weekday()] + " " + s.forms.date(t, t.Year() != now.Year(), s.forms.shortMonths)
}

// Date writes a date with its year: 24 november 2026.
func (s Speaker) Date(t time.Time) string { return s.forms.date(t, true, s.forms.months) }

// Month writes a month with its year: november 2026.
func (s Speaker) Month(t time.Time) string {
	return fmt.Sprintf("%s %d", s.forms.months[t.Month()-1], t.Year())
}

// Weekdays returns the short names of the days, from Monday.
func (s Speaker) Weekdays() []string {
	return append(append([]string{}, s.forms.shortDays[1:]...), s.forms.shortDays[0])
}

// Weekday returns the name of a day.
func (s Speaker) Weekday(day time.Weekday) string { return s.forms.days[day] }

func (f forms) date(t time.Time, year bool, months [12]string) string {
	form := f.dayAndMonth
	if year {
		form = f.dateAndYear
	}
	return strings.NewReplacer("{d}", fmt.Sprint(t.Day()), "{m}", months[t.Month()-1], "{y}", fmt.Sprint(t.Year())).Replace(form)
}

// Clock writes a time of day: 10:00.
func (s Speaker) Clock(t time.Time) string { return t.Format("15:04") }

// Moment writes a moment in a zone, in full: dinsdag 24 november, 10:00 (Amsterdam).
func (s Speaker) Moment(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	return fmt.Sprintf("%s, %s (%s)", s.Day(t, now), s.Clock(t), Place(zone))
}

// When writes a moment as it stands to now: vandaag 10:00 (Amsterdam), over 2
// uur. Further than a week away, the day says enough.
func (s Speaker) When(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	day := s.ShortDay(t, now)
	switch days := daysBetween(now, t); {
	case days == 0:
		day = s.forms.today
	case days == 1:
		day = s.forms.tomorrow
	case days == -1:
		day = s.forms.yesterday
	case days > 7 || days < -7:
		return fmt.Sprintf("%s %s (%s)", day, s.Clock(t), Place(zone))
	}
	return fmt.Sprintf("%s %s (%s), %s", day, s.Clock(t), Place(zone), s.FromNow(t, now))
}

// FromNow writes how far a moment is away: over 2 uur, 5 minuten geleden.
func (s Speaker) FromNow(t, now time.Time) string {
	away := t.Sub(now)
	if away.Abs() < time.Minute {
		return s.forms.now
	}
	if away > 0 {
		return fmt.Sprintf(s.forms.in, s.Span(away))
	}
	return fmt.Sprintf(s.forms.ago, s.Span(-away))
}

// Span writes a length of time in the largest unit that tells it: 2 uur.
func (s Speaker) Span(d time.Duration) string {
	sizes := [4]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
	unit := 0
	for unit+1 < len(sizes) && d >= 2*sizes[unit+1]-sizes[unit+1]/2 {
		unit++
	}
	n := max(int64(math.Round(float64(d)/float64(sizes[unit]))), 1)
	word := s.forms.units[unit][1]
	if n == 1 {
		word = s.forms.units[unit][0]
	}
	return s.Number(n) + " " + word
}

// Place names a zone as people do: Amsterdam for Europe/Amsterdam.
func Place(zone *time.Location) string {
	name := zone.String()
	return strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " ")
}

// daysBetween counts midnights from one day to another, whatever daylight
// saving makes of their length.
func daysBetween(from, to time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(to).Sub(day(from)) / (24 * time.Hour))
}
