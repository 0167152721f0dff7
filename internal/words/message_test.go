package words

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// carried is an error with a message of its own.
type carried struct{ Message }

func (s carried) Error() string { return s.String() }
func (s carried) Said() Message { return s.Message }

// TestStoredMessagesAreSaidInTheReadersLanguage: whatever stands within one, it is
// said after it was stored as it was before.
func TestStoredMessagesAreSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	inner := Of("input.at_most_characters", "most", 4000)
	for name, m := range map[string]Message{
		"of nothing more":   Of("approval.comment_empty"),
		"a number":          inner,
		"a large number":    Of("input.at_most_characters", "most", int64(9_007_199_254_740_993)),
		"a text":            Verbatim("a <b> \"c\"\n"),
		"a message":         Of("input.verbatim", "text", inner),
		"an error's":        Of("input.verbatim", "text", error(carried{inner})),
		"another error's":   Of("input.verbatim", "text", errors.New("the disk is full")),
		"several messages":  Of("input.verbatim", "text", []Message{inner, Verbatim("b"), inner}),
		"no messages":       Of("input.verbatim", "text", []Message{}),
		"several words":     Of("input.verbatim", "text", []string{"a", "b", "c"}),
		"messages of these": Of("input.verbatim", "text", Of("input.verbatim", "text", []Message{inner, inner})),
	} {
		column, err := m.Value()
		if err != nil {
			t.Fatal(name, err)
		}
		for _, stored := range []any{column, []byte(column.(string))} {
			var read Message
			if err := read.Scan(stored); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, locale := range Locales() {
				if before, after := In(locale).Say(m), In(locale).Say(read); before != after || strings.ContainsAny(after, "⟦{") {
					t.Errorf("%s in %s: %q was stored, and %q is read", name, locale, before, after)
				}
			}
		}
	}
}

// TestColumnsWithoutAMessage: none is NULL, and what is no message isn't read.
func TestColumnsWithoutAMessage(t *testing.T) {
	t.Parallel()
	if column, err := (Message{}).Value(); column != nil || err != nil {
		t.Errorf("no message is stored as %v, %v", column, err)
	}
	if column, err := Verbatim("a\x00b").Value(); err != nil || strings.Contains(column.(string), `\u0000`) {
		t.Errorf("a NUL is stored as %v, %v", column, err) // jsonb has none
	}
	m := Of("approval.comment_empty")
	if err := m.Scan(nil); err != nil || !m.IsZero() {
		t.Errorf("NULL is read as %v, %v", m, err)
	}
	for _, column := range []any{
		42, "", "{", "[]", `"x"`, `{"key": "a", "args": {"b": [1]}}`, `{"key": "a", "args": {"b": {"key": 1}}}`,
		`{"key": "a", "args": {"b": [{"key": 1}]}}`,
	} {
		if err := m.Scan(column); err == nil {
			t.Errorf("%v is read as %+v", column, m)
		}
	}
}

// TestProgramsReadEnglish and write what they say word for word.
func TestProgramsReadEnglish(t *testing.T) {
	t.Parallel()
	m := Of("input.at_most_characters", "most", 4000)
	if text, err := m.MarshalText(); err != nil || string(text) != In("en").Say(m) || !strings.Contains(string(text), "4,000") {
		t.Errorf("a program reads %s, %v", text, err)
	}
	if err := m.UnmarshalText([]byte("too dear")); err != nil || m.String() != "too dear" {
		t.Errorf("a program said %s, %v", m, err)
	}
	if !Verbatim("").IsZero() || In("nl").Say(Message{}) != "" {
		t.Error("nothing is said of nothing")
	}
}

// TestWhatErrorsSay is their own message, wherever it stands in a chain.
func TestWhatErrorsSay(t *testing.T) {
	t.Parallel()
	own := Of("approval.comment_empty")
	if got := OfError(fmt.Errorf("read a file: %w", carried{own})); got.Key != own.Key {
		t.Errorf("it says %+v", got)
	}
	if got := OfError(errors.New("the disk is full")); got.String() != "the disk is full" {
		t.Errorf("it says %+v", got)
	}
}

// TestNumbersOfMessages finds them as they were given and as they were stored.
func TestNumbersOfMessages(t *testing.T) {
	t.Parallel()
	m := Of("k", "now", 120, "wide", int64(7), "narrow", int32(8), "share", 0.25, "name", "x", "odd")
	column, err := m.Value()
	if err != nil {
		t.Fatal(err)
	}
	var read Message
	if err := read.Scan(column); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]float64{"now": 120, "wide": 7, "narrow": 8, "share": 0.25} {
		for _, from := range []Message{m, read} {
			if got, is := from.Number(place); !is || got != want {
				t.Errorf("%s is %v, %t", place, got, is)
			}
		}
	}
	for _, place := range []string{"name", "gone", "odd"} {
		if n, is := read.Number(place); is {
			t.Errorf("%s is %v", place, n)
		}
	}
	if m.Arg("name") != "x" || m.Arg("odd") != nil || m.Arg("120") != nil {
		t.Errorf("at its places stand %v", m.Args)
	}
}

// TestFormatsOfPlaces writes values as their places ask, and those that can't be
// so as they are.
func TestFormatsOfPlaces(t *testing.T) {
	t.Parallel()
	of := func(s Speaker) func(format string, v any) string {
		return func(format string, v any) string { return s.formatted(format, v) }
	}
	nl, en := of(In("nl")), of(In("en"))
	for _, c := range []struct{ got, want string }{
		{nl("", 18412), "18.412"}, {nl("plain", 18412), "18412"}, {nl("", "x"), "x"}, {nl("", []string{"a", "b"}), "a en b"},
		{nl("", errors.New("stuk")), "stuk"}, {nl("", true), "true"}, {nl("", []string{}), ""}, {nl("", []string{"a"}), "a"},
		{nl("percent", 0.25), "25%"}, {nl("percent", "veel"), "veel"},
		{nl("money", Exact(123450, "EUR")), "€\u00a01.234,50"}, {nl("money", Exact(5000, "JPY")), "JPY\u00a05.000"},
		{nl("money", "veel"), "veel"},
		{nl("date", "2026-11-24"), "24 november 2026"}, {nl("date", "vandaag"), "vandaag"},
		{en("moment", "2026-11-24T10:00"), "24 November 2026, 10:00"}, {en("moment", "2026-11-24T10:00:30"), "24 November 2026, 10:00:30"},
		{en("hours", 1), "1 hour"}, {en("hours", 48), "48 hours"}, {en("days", 1), "1 day"}, {en("minutes", 1), "1 minute"},
		{en("moment", "2026-11-24"), "2026-11-24"},
		{en("", []Message{Verbatim("a"), Verbatim("b"), Verbatim("c")}), "a, b and c"},
		{en("no_such_family", "draft"), "draft"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestFamilies has the words for the values of a kind.
func TestFamilies(t *testing.T) {
	t.Parallel()
	m, err := parse("{n} day | {n} days")
	if err != nil {
		t.Fatal(err)
	}
	s := speakerOf("en", map[string]pattern{"span.day": m, "span.night": m, "spaniel.dog": m})
	names := s.Family("span")
	slices.Sort(names)
	if !slices.Equal(names, []string{"day", "night"}) || !s.Has("span.day") || s.Has("span") {
		t.Errorf("the family is %v", names)
	}
	if got := s.Of("span", "day", "n", 2); got != "2 days" {
		t.Error(got)
	}
	if got := s.Of("span", "day"); got != "{n} days" {
		t.Errorf("of no number it says %q", got)
	}
	if got := s.Sentence(Of("span.gone")); got != "⟦span.gone⟧" {
		t.Error(got)
	}
	if got := s.formatted("span", "day"); got != "{n} days" {
		t.Errorf("in a place of the family stands %q", got)
	}
}

// TestNamesOfDays are the language's own, from Monday.
func TestNamesOfDays(t *testing.T) {
	t.Parallel()
	nl := In("nl")
	if got := nl.Weekdays(); len(got) != 7 || got[0] != "ma" || got[6] != "zo" {
		t.Errorf("the days are %v", got)
	}
	if got := nl.Weekday(time.Sunday); got != "zondag" {
		t.Error(got)
	}
	if got := In("de").Month(time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)); got != "März 2026" {
		t.Error(got)
	}
	for name, want := range map[string]string{
		"november": "MMMM", "März": "MMMM", "mrt": "MMM", "Sept": "MMM", "woensdag": "EEEE", "di": "EEE",
		"mai": "MMMM", "later": "", "": "",
	} {
		if got := DateName(name); got != want {
			t.Errorf("%q stands for %q, not %q", name, got, want)
		}
	}
	for _, form := range DateForms() {
		for _, locale := range Locales() {
			if _, is := In(locale).DateForm(form); !is {
				t.Errorf("%s has no form %s", locale, form)
			}
		}
	}
}

// TestTellingTimesApart at the bounds between today and other days, and between
// units.
func TestTellingTimesApart(t *testing.T) {
	t.Parallel()
	en, now := In("en"), time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for away, want := range map[time.Duration]string{
		0: "now", 59 * time.Second: "now", -59 * time.Second: "now", time.Minute: "in 1 minute", 90*time.Minute - 1: "in 90 minutes",
		90 * time.Minute: "in 2 hours", -36 * time.Hour: "2 days ago", 252 * time.Hour: "in 2 weeks",
	} {
		if got := en.FromNow(now.Add(away), now); got != want {
			t.Errorf("%s away is %q, not %q", away, got, want)
		}
	}
	for days, want := range map[int]string{
		0: "today 12:00 (UTC), now", 1: "tomorrow 12:00 (UTC), in 24 hours", -1: "yesterday 12:00 (UTC), 24 hours ago",
		7: "Tue 1 Dec 12:00 (UTC), in 7 days", -7: "Tue 17 Nov 12:00 (UTC), 7 days ago", 8: "Wed 2 Dec 12:00 (UTC)",
		-8: "Mon 16 Nov 12:00 (UTC)", 60: "Sat 23 Jan 2027 12:00 (UTC)",
	} {
		if got := en.When(now.AddDate(0, 0, days), now, time.UTC); got != want {
			t.Errorf("%d days away is %q, not %q", days, got, want)
		}
	}
	if Comma("nl") != "," || Comma("en") != "." || Comma("fr") != "." {
		t.Error("a number's comma")
	}
	for minor, want := range map[int64]string{123450: "1234.50 EUR", -5: "-0.05 EUR"} {
		if got := Exact(minor, "EUR"); got != want {
			t.Error(got)
		}
	}
	if got := Exact(5000, "JPY"); got != "5000 JPY" {
		t.Error(got)
	}
	if got := In("xx").Locale; got != Locales()[0] {
		t.Errorf("nobody speaks xx, and %s answers", got)
	}
}
