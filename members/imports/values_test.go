package imports

import (
	"strings"
	"testing"

	"keur/members"
)

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
		"600 123 456": members.Text, "1 234,50|12": members.Number, "1'234": members.Number, "1 23": members.Text,
	} {
		var g guess
		for _, v := range strings.Split(values, "|") {
			g.see(v, 2)
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
			g.see(v, 2)
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
