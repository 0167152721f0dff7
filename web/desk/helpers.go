package desk

import (
	"errors"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"keur/delivery/shaping"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/mailings/schedules"
	"keur/reports"
	"keur/segments/explain"
)

// helpers are what pages can say beside the data they are told: words, numbers
// and moments in the reader's language, icons, and addresses of assets.
func helpers(say words.Speaker, files *assets, now clock.Clock) template.FuncMap {
	all := template.FuncMap{
		"t":        say.T,
		"of":       say.Of,
		"has":      say.Has,
		"field":    func(name string) string { return words.Capital(explain.FieldName(name, say.Locale)) },
		"tagname":  func(tag string) string { return words.Capital(TagName(say, tag)) },
		"category": func(key string) string { return words.Capital(explain.CategoryName(key, say.Locale)) },
		"actor":    func(actor string) string { return SayActor(say, actor) },
		"said":     say.Sentence, // what a room refused, found or wrote down
		"locale":   func() string { return say.Locale },
		"locales":  words.Locales,

		"num":     func(n any) string { return say.Number(Integer(n)) },
		"decimal": say.Decimal,
		"percent": say.Percent,
		"money":   say.Money,
		"list":    say.List,
		"bytes":   func(n any) string { return ByteSize(say, Integer(n)) },

		"icon":      files.icon,
		"fileForms": tables.Forms,
		"asset":     files.url,
		"dict":      dict,
		"mine":      mine,
		"nth":       Nth,
		"initials":  initials,
		"tone":      Tone,
		"share":     Share,
		"ratio":     ratio,
		"place":     words.Place,
		"mailbox":   shaping.Title,
		"datepart":  func(l schedules.LocalTime) string { date, _, _ := strings.Cut(l.String(), "T"); return date },
		"hasday":    slices.Contains[[]int],
		"rhythms":   func() []string { return []string{"day", "week", "month", "cron"} },
		"rate":      func(r any) string { return SayRate(say, r) },
		"points":    func(n any) string { return SayPoints(say, int(Integer(n))) },
		"civil":     func(d any) string { return SayDay(say, d) },
		"civilvalue": func(d *civil.Date) string {
			if d == nil {
				return ""
			}
			return d.String()
		},
		"accent":   AccentOf,
		"onaccent": onAccent,
		"add":      func(a, b int) int { return a + b },

		"settingspages": SettingsPages,
		"within":        strings.HasPrefix,
	}
	maps.Copy(all, moments(say, now))
	return all
}

// moments are what pages say of days and moments.
func moments(say words.Speaker, now clock.Clock) template.FuncMap {
	return template.FuncMap{
		"day":     func(t time.Time, zone *time.Location) string { return say.Day(t.In(zone), now.Now().In(zone)) },
		"date":    func(t time.Time, zone *time.Location) string { return say.Date(t.In(zone)) },
		"month":   func(text string) string { return MonthOf(say, text) },
		"clock":   func(t time.Time, zone *time.Location) string { return say.Clock(t.In(zone)) },
		"moment":  func(t time.Time, zone *time.Location) string { return say.Moment(t, now.Now(), zone) },
		"when":    func(t time.Time, zone *time.Location) string { return say.When(t, now.Now(), zone) },
		"now":     now.Now,
		"fromnow": func(t time.Time) string { return say.FromNow(t, now.Now()) },
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}
}

// dict makes a map of names and values in turn, for parts that are told several
// things.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict takes names and values in turn")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// mine returns the form if it was typed into the one of that name, for pages
// with several.
func mine(which, name string, f Form) *Form {
	if which != name {
		return nil
	}
	return &f
}

// Nth returns the i-th of a form's values of one name.
func Nth(f Form, name string, i int) string {
	if values := f.Values[name]; i < len(values) {
		return values[i]
	}
	return ""
}

// initials are what stands in the circle that is a person's face: SH for Sanne
// Hoekstra.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	return strings.ToUpper(string(first) + string([]rune(words[len(words)-1])[:1]))
}

// Share returns part of whole in percent from 0 to 100, for the length of bars.
func Share(part, whole any) float64 {
	p, w := Integer(part), Integer(whole)
	if w <= 0 {
		return 0
	}
	return min(max(float64(p)/float64(w)*100, 0), 100)
}

// ratio returns part of whole as a share of one.
func ratio(part, whole any) float64 {
	if w := Integer(whole); w != 0 {
		return float64(Integer(part)) / float64(w)
	}
	return 0
}

// SayRate writes a rate, or a dash where there is nothing to divide by.
func SayRate(say words.Speaker, rate any) string {
	switch r := rate.(type) {
	case reports.Rate:
		if r.Value != nil {
			return say.Percent(*r.Value)
		}
	case *reports.Rate:
		if r != nil {
			return SayRate(say, *r)
		}
	}
	return "–"
}

// SayPoints writes basis points to the last one, as terms must be: 12,75%.
func SayPoints(say words.Speaker, points int) string {
	digits := 2
	switch {
	case points%100 == 0:
		digits = 0
	case points%10 == 0:
		digits = 1
	}
	return say.Decimal(float64(points)/100, digits) + "%"
}

// SayDay writes a day of the calendar.
func SayDay(say words.Speaker, day any) string {
	switch d := day.(type) {
	case civil.Date:
		return say.Date(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC))
	case *civil.Date:
		if d != nil {
			return SayDay(say, *d)
		}
	}
	return ""
}

// Integer takes any whole number that a template may hold.
func Integer(n any) int64 {
	switch n := n.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	case int32:
		return int64(n)
	case *int:
		if n != nil {
			return int64(*n)
		}
	case *int64:
		if n != nil {
			return *n
		}
	}
	return 0
}

// ByteSize writes a number of bytes: 84 kB.
func ByteSize(say words.Speaker, n int64) string {
	switch {
	case n < 1000:
		return say.Number(n) + " B"
	case n < 1_000_000:
		return say.Number((n+500)/1000) + " kB"
	}
	return say.Decimal(float64(n)/1e6, 1) + " MB"
}
