package words

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Moments writes days and times as a language does.
type Moments struct {
	numbers                    Numbers
	days, shortDays            [7]string // from Sunday
	months, shortMonths        [12]string
	dayAndMonth, dateAndYear   string // of day and month; {d} {m} {y}
	shortDate, weekdayComma    string // patterns of CLDR
	in, ago, now               string
	units                      [4][2]string // minute, hour, day, week: one and several
	today, tomorrow, yesterday string
}

func momentsOf(locale string) Moments {
	switch locale {
	case "nl":
		return Moments{
			numbers:   numbersOf(locale),
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
		return Moments{
			numbers:   numbersOf(locale),
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
	return Moments{
		numbers:   numbersOf(locale),
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
func (m Moments) Day(t, now time.Time) string {
	return m.days[t.Weekday()] + " " + m.date(t, t.Year() != now.Year(), m.months)
}

// ShortDay writes a date in little room: di 24 nov.
func (m Moments) ShortDay(t, now time.Time) string {
	return m.shortDays[t.Weekday()] + " " + m.date(t, t.Year() != now.Year(), m.shortMonths)
}

// Date writes a date with its year: 24 november 2026.
func (m Moments) Date(t time.Time) string { return m.date(t, true, m.months) }

// Month writes a month with its year: november 2026.
func (m Moments) Month(t time.Time) string {
	return fmt.Sprintf("%s %d", m.months[t.Month()-1], t.Year())
}

// Weekdays returns the short names of the days, from Monday.
func (m Moments) Weekdays() []string {
	return append(append([]string{}, m.shortDays[1:]...), m.shortDays[0])
}

// Weekday returns the name of a day.
func (m Moments) Weekday(day time.Weekday) string { return m.days[day] }

func (m Moments) date(t time.Time, year bool, months [12]string) string {
	form := m.dayAndMonth
	if year {
		form = m.dateAndYear
	}
	return strings.NewReplacer("{d}", fmt.Sprint(t.Day()), "{m}", months[t.Month()-1], "{y}", fmt.Sprint(t.Year())).Replace(form)
}

// Clock writes a time of day: 10:00.
func (m Moments) Clock(t time.Time) string { return t.Format("15:04") }

// Moment writes a moment in a zone, in full: dinsdag 24 november, 10:00 (Amsterdam).
func (m Moments) Moment(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	return fmt.Sprintf("%s, %s (%s)", m.Day(t, now), m.Clock(t), Place(zone))
}

// When writes a moment as it stands to now: vandaag 10:00 (Amsterdam), over 2
// uur. Further than a week away, the day says enough.
func (m Moments) When(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	day := m.ShortDay(t, now)
	switch days := daysBetween(now, t); {
	case days == 0:
		day = m.today
	case days == 1:
		day = m.tomorrow
	case days == -1:
		day = m.yesterday
	case days > 7 || days < -7:
		return fmt.Sprintf("%s %s (%s)", day, m.Clock(t), Place(zone))
	}
	return fmt.Sprintf("%s %s (%s), %s", day, m.Clock(t), Place(zone), m.FromNow(t, now))
}

// FromNow writes how far a moment is away: over 2 uur, 5 minuten geleden.
func (m Moments) FromNow(t, now time.Time) string {
	away := t.Sub(now)
	if away.Abs() < time.Minute {
		return m.now
	}
	if away > 0 {
		return fmt.Sprintf(m.in, m.Span(away))
	}
	return fmt.Sprintf(m.ago, m.Span(-away))
}

// Span writes a length of time in the largest unit that tells it: 2 uur.
func (m Moments) Span(d time.Duration) string {
	sizes := [4]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
	unit := 0
	for unit+1 < len(sizes) && d >= 2*sizes[unit+1]-sizes[unit+1]/2 {
		unit++
	}
	return m.counted(unit, max(int64(math.Round(float64(d)/float64(sizes[unit]))), 1))
}

// Count writes so many minutes, hours or days: 1 uur, 3 dagen.
func (m Moments) Count(unit string, n int64) string {
	return m.counted(slices.Index([]string{"minutes", "hours", "days"}, unit), n)
}

func (m Moments) counted(unit int, n int64) string {
	word := m.units[unit][1]
	if n == 1 {
		word = m.units[unit][0]
	}
	return m.numbers.Number(n) + " " + word
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
