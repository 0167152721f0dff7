package explain_test

import (
	"testing"

	"keur/segments/explain"
)

func TestConditionsOfTemplatesAreSaid(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text       string
		holds      bool
		nl, de, en string
	}{
		{"member.first_name", true, "met voornaam", "mit Vorname", "with first name"},
		{"not member.first_name", true, "zonder voornaam", "ohne Vorname", "without first name"},
		{"member.first_name", false, "zonder voornaam", "ohne Vorname", "without first name"},
		{"not member.vip", false, "met vip", "mit vip", "with vip"},
		{"voucher[0]", true, "met code", "mit Code", "with code"},
		{"member.points > 1500.5", true, "punten boven 1.500,5", "Punkte über 1.500,5", "points above 1,500.5"},
		{"member.points < 500", false, "niet (punten onder 500)", "nicht (Punkte unter 500)", "not (points below 500)"},
		{`member.gender == "f"`, true, "geslacht is vrouw", "Geschlecht ist Frau", "gender is woman"},
		{`member.vip == false`, true, "vip is nee", "vip ist nein", "vip is no"},
		{`member.birth_date < "2000-03-04"`, true,
			"geboortedatum voor 4 maart 2000", "Geburtsdatum vor dem 4. März 2000", "birth date before 4 March 2000"},
		{`member.interests contains "reizen" and member.city`, true, "interesses bevat ‘reizen’ en met woonplaats",
			"Interessen enthält „reizen“ und mit Wohnort", "interests contains ‘reizen’ and with city"},
		{`member.points >= 5 and (member.city == "Ede" or member.country != "NL")`, true,
			"punten minstens 5 en (woonplaats is Ede of land is niet Nederland)",
			"Punkte mindestens 5 und (Wohnort ist Ede oder Land ist nicht Niederlande)",
			"points at least 5 and (city is Ede or country is not Netherlands)"},
		{"member.points >= 5, member.points >= 2", false, "niet (punten minstens 5 of punten minstens 2)",
			"nicht (Punkte mindestens 5 oder Punkte mindestens 2)", "not (points at least 5 or points at least 2)"},
		{"member.vip; not (member.city, member.country)", true, "met vip en niet (met woonplaats of met land)",
			"mit vip und nicht (mit Wohnort oder mit Land)", "with vip and not (with city or with country)"},
	} {
		for locale, want := range map[string]string{"nl": row.nl, "de": row.de, "en": row.en} {
			if got := explain.Condition(nil, row.text, row.holds, locale); got != want {
				t.Errorf("%s in %s: %q, want %q", row.text, locale, got, want)
			}
		}
	}
	if got := explain.Condition(nil, "member.points > 1 and member.birth_date…", true, "nl"); got != "punten > 1 and geboortedatum…" {
		t.Errorf("what can't be read is said as %q", got)
	}
}
