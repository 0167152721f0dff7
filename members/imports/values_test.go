package imports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/members"
)

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		comma bool
		want  string
	}{
		{"12", false, "12"}, {"-3", false, "-3"}, {"+3", false, "3"}, {"12.5", false, "12.5"}, {"12,5", false, "12.5"},
		{"1.234,56", false, "1234.56"}, {"1,234.56", true, "1234.56"}, {"1.234.567", false, "1.234567e+06"},
		{"1.234", false, "1.234"}, {"1.234", true, "1234"}, {"1,234", false, "1234"}, {"1,234", true, "1.234"},
		{"0.125", true, "0.125"}, {"0,125", false, "0.125"}, {"1234.567", true, "1234.567"}, {",5", true, "0.5"},
		{"", false, "no"}, {"-", false, "no"}, {"1e5", false, "no"}, {"NaN", false, "no"}, {"1.2.3", false, "no"},
		{"12.34,5.6", false, "no"}, {"1,", false, "no"}, {"12 5", false, "no"}, {"--1", false, "no"}, {"1.23,456", true, "no"},
	} {
		got := "no"
		if v, ok := parseNumber(c.in, c.comma); ok {
			got = fmt.Sprint(v)
		}
		if got != c.want {
			t.Errorf("%q, comma %v: %s, want %s", c.in, c.comma, got, c.want)
		}
	}
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"2026-11-21":                "2026-11-20T23:00:00Z",
		"21-11-2026":                "2026-11-20T23:00:00Z",
		"1.7.2026 9:05":             "2026-07-01T07:05:00Z",
		"21/11/2026 14:03:09":       "2026-11-21T13:03:09Z",
		"2026-11-21T14:03:09.25Z":   "2026-11-21T14:03:09.25Z",
		"2026-11-21 14:03:09+02:00": "2026-11-21T12:03:09Z",
		"29-02-2024":                "2024-02-28T23:00:00Z",
		"29-02-2025":                "no",
		"13/13/2026":                "no",
		"21-11-26":                  "no",
		"0000-00-00":                "no",
		"2026-11-21 25:00":          "no",
		"2026-11":                   "no",
		"20261121":                  "no",
		"2026-11.21":                "no",
		"yesterday":                 "no",
	} {
		got := "no"
		if at, ok := ParseMoment(in, zone); ok {
			got = at.UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestGuessTarget(t *testing.T) {
	t.Parallel()
	declared := map[string]members.Attribute{"shoe_size": {Name: "shoe_size", Type: members.Number}}
	for in, want := range map[string]string{
		"E-mail": "email", "E-Mail-Adresse": "email", "e_mailadres": "email", "Vorname": "first_name", "Achternaam": "last_name",
		"Geboortedatum": "birth_date", "PLZ": "postal_code", "Ort": "city", "Anrede": "gender", "Geslacht": "gender",
		"Opt-in datum": "consent_at", "Toestemming": "consent", "Bestätigt am": "confirmed_at", "Einwilligungserklärung": "consent_text",
		"Shoe size": "shoe_size", "whatever": "",
	} {
		if got := guessTarget(in, declared); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"Punkte (2026)": "punkte_2026", "1. Kauf": "kauf", "Größe": "grosse", "€": ""} {
		if got := attributeName(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// A column that holds a target can always be named by hand.
func TestTargetsAreAllKnown(t *testing.T) {
	t.Parallel()
	if len(Targets()) != len(targets) {
		t.Errorf("%d of %d", len(Targets()), len(targets))
	}
	for _, target := range Targets() {
		if !targets[target] {
			t.Errorf("%s isn't a target", target)
		}
	}
}

func TestGuess(t *testing.T) {
	t.Parallel()
	for values, want := range map[string]members.Type{
		"": members.Text, "|": members.Text, "ja|nee": members.Bool, "1|0": members.Bool, "1|1": members.Number, "1|0|2": members.Number,
		"ja|1": members.Bool, "ja|maybe": members.Text, "2026-11-21|0000-00-00": members.Date, "21.11.2026|1": members.Text,
		"1,5|1.000,25": members.Number, "007": members.Text, "0,7": members.Number, "+31": members.Text, "1234567890123456": members.Text,
		"123456789012345": members.Number, "12|x": members.Text,
	} {
		var g guess
		for _, v := range strings.Split(values, "|") {
			g.see(v)
		}
		if got := g.typ(); got != want {
			t.Errorf("%s: %s, want %s", values, got, want)
		}
	}
	for values, want := range map[string]string{
		"1.234": "as usual", "1,5": "comma", "1.5": "point", "1.5|1,5": "as usual", "1.000,25": "comma", "1,000.25": "point",
		"1.000.000": "as usual",
		"5,":        "as usual", "12": "as usual",
	} {
		var g guess
		for _, v := range strings.Split(values, "|") {
			g.see(v)
		}
		got := "as usual"
		if g.comma(true) == g.comma(false) {
			got = map[bool]string{true: "comma", false: "point"}[g.comma(true)]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", values, got, want)
		}
	}
}

// What COPY would read as the end of a value, or of a row, is escaped.
func TestAppendText(t *testing.T) {
	t.Parallel()
	if got := string(appendText([]byte("x"), "a\tb\nc\rd\\e")); got != `xa\tb\nc\rd\\e` {
		t.Errorf("%s", got)
	}
}
