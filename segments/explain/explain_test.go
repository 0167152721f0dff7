package explain_test

import (
	"testing"

	"keur/segments"
	"keur/segments/explain"
)

func TestExplainInThreeLanguages(t *testing.T) {
	t.Parallel()
	names := segments.Names{
		Mailings: map[int64]string{7: "Zomer"}, Campaigns: map[int64]string{8: "Strand"},
		Advertisers: map[int64]string{9: "Bol"}, Segments: map[segments.ID]string{4: "Actief"},
	}
	for _, c := range []struct{ rule, nl, de, en string }{
		{
			`{"all":[{"attribute":"gender","op":"is","value":"f"},{"attribute":"city","op":"is","value":"Utrecht"},
			  {"attribute":"birth_date","op":"age_between","value":[25,40]},{"engagement":"clicked","category":"travel","within_days":30}]}`,
			"vrouwen in Utrecht, 25–40, klikten in de laatste 30 dagen op reizen",
			"Frauen in Utrecht, 25–40, klickten in den letzten 30 Tagen auf Reisen",
			"women in Utrecht, 25–40, clicked on travel in the last 30 days",
		},
		{`{"all":[]}`, "leden", "Mitglieder", "members"},
		{
			`{"not":{"engagement":"opened","within_days":90}}`,
			"leden, openden in de laatste 90 dagen geen mailing",
			"Mitglieder, öffneten in den letzten 90 Tagen kein Mailing",
			"members, opened no mailing in the last 90 days",
		},
		{
			`{"all":[{"attribute":"city","op":"in","value":["Berlin","Bonn","Köln"]},{"not":{"engagement":"clicked","advertiser":9,"at_least":3}},
			  {"engagement":"received","mailing":7}]}`,
			"leden in Berlin, Bonn of Köln, klikten minder dan 3 keer op Bol, kregen mailing ‘Zomer’",
			"Mitglieder in Berlin, Bonn oder Köln, klickten weniger als 3-mal auf Bol, erhielten das Mailing „Zomer“",
			"members in Berlin, Bonn or Köln, clicked on Bol fewer than 3 times, received mailing ‘Zomer’",
		},
		{
			`{"any":[{"attribute":"points","op":"gte","value":1500.5},{"all":[{"attribute":"vip","op":"is","value":true},{"consent":"mail","given":true}]}]}`,
			"leden, punten minstens 1.500,5 of (vip is ja en met toestemming voor mail)",
			"Mitglieder, Punkte mindestens 1.500,5 oder (vip ist ja und mit Einwilligung in E-Mails)",
			"members, points at least 1,500.5 or (vip is yes and with consent to mail)",
		},
		{
			`{"all":[{"conversion":"bought","category":"fashion","within_days":60,"value_at_least":{"minor":123450,"currency":"EUR"}},
			  {"not":{"conversion":"bought","advertiser":9}},{"not":{"attribute":"postal_code","op":"starts_with","value":"35"}}]}`,
			"leden, kochten in de laatste 60 dagen iets in mode voor minstens EUR 1.234,50, kochten niets bij Bol, niet (postcode begint met ‘35’)",
			"Mitglieder, kauften in den letzten 60 Tagen etwas im Bereich Mode für mindestens EUR 1.234,50, kauften nichts bei Bol, nicht (Postleitzahl beginnt mit „35“)",
			"members, bought something in fashion for at least EUR 1,234.50 in the last 60 days, bought nothing from Bol, not (postal code starts with ‘35’)",
		},
		{
			`{"all":[{"membership":"joined","op":"days_ago_between","value":[3,5]},{"attribute":"birth_date","op":"birthday_within_days","value":7},
			  {"attribute":"birth_date","op":"before","value":"1990-03-01"},{"random":{"percent":12.5,"seed":"x"}},{"segment":4}]}`,
			"leden, lid geworden 3–5 dagen geleden, jarig binnen 7 dagen, geboortedatum voor 1 maart 1990, een willekeurige 12,5%, in segment ‘Actief’",
			"Mitglieder, Mitglied geworden vor 3–5 Tagen, Geburtstag innerhalb von 7 Tagen, Geburtsdatum vor dem 1. März 1990, zufällige 12,5 %, im Segment „Actief“",
			"members, joined 3–5 days ago, birthday within 7 days, birth date before 1 March 1990, a random 12.5%, in segment ‘Actief’",
		},
		{
			`{"all":[{"attribute":"interests","op":"has_all","value":["a","b"]},{"attribute":"shoe_size","op":"between","value":[38,42]},
			  {"attribute":"city","op":"is_not_empty"},{"membership":"source","op":"is","value":"import"},{"not":{"consent":"tracking","given":false}}]}`,
			"leden, interesses met a en b, shoe size van 38 tot en met 42, woonplaats is ingevuld, bron is import, met toestemming voor volgen",
			"Mitglieder, Interessen mit a und b, shoe size von 38 bis 42, Wohnort ist angegeben, Quelle ist import, mit Einwilligung ins Tracking",
			"members, interests with a and b, shoe size from 38 to 42, city is filled in, source is import, with consent to tracking",
		},
	} {
		rule, err := segments.ParseRule([]byte(c.rule))
		if err != nil {
			t.Fatal(err)
		}
		for locale, want := range map[string]string{"nl": c.nl, "de": c.de, "en": c.en} {
			if got := explain.Sentence(rule, names, locale); got != want {
				t.Errorf("%s\n got %s\nwant %s", locale, got, want)
			}
		}
	}
}
