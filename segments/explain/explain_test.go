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
		{
			`{"any":[{"all":[{"consent":"mail","given":true}]},{"any":[{"consent":"mail","given":false}]},{"attribute":"points","op":"lt","value":-999},
			  {"attribute":"points","op":"is","value":-1000000},{"attribute":"points","op":"in","value":[0.25,100,2000]}]}`,
			"leden, met toestemming voor mail of zonder toestemming voor mail of punten onder −999 of punten is −1.000.000 of punten is 0,25, 100 of 2.000",
			"Mitglieder, mit Einwilligung in E-Mails oder ohne Einwilligung in E-Mails oder Punkte unter −999 oder Punkte ist −1.000.000 oder Punkte ist 0,25, 100 oder 2.000",
			"members, with consent to mail or without consent to mail or points below −999 or points is −1,000,000 or points is 0.25, 100 or 2,000",
		},
		{
			`{"all":[{"not":{"conversion":"bought","at_least":1}},{"not":{"conversion":"bought","at_least":2,"within_days":1}},
			  {"conversion":"bought","at_least":2,"value_at_least":{"minor":5,"currency":"USD"}},{"not":{"engagement":"opened","at_least":1,"mailing":7}}]}`,
			"leden, kochten niets, kochten vandaag minder dan 2 keer iets, kochten minstens 2 keer iets voor minstens USD 0,05, openden niet mailing ‘Zomer’",
			"Mitglieder, kauften nichts, kauften heute weniger als 2-mal etwas, kauften mindestens 2-mal etwas für mindestens USD 0,05, öffneten nicht das Mailing „Zomer“",
			"members, bought nothing, bought something fewer than 2 times today, bought something for at least USD 0.05 at least 2 times, did not open mailing ‘Zomer’",
		},
		{
			`{"all":[{"attribute":"gender","op":"is","value":"F"},{"attribute":"gender","op":"is","value":"m"},{"attribute":"gender","op":"is","value":"x"},
			  {"attribute":"gender","op":"is_not","value":"f"},{"attribute":"city","op":"is","value":"Breda"},{"attribute":"city","op":"is","value":"Ede"},
			  {"attribute":"birth_date","op":"age_between","value":[1,2]},{"attribute":"birth_date","op":"age_between","value":[3,4]}]}`,
			"vrouwen in Breda, 1–2, geslacht is m, geslacht is x, geslacht is niet f, woonplaats is Ede, 3–4 jaar",
			"Frauen in Breda, 1–2, Geschlecht ist m, Geschlecht ist x, Geschlecht ist nicht f, Wohnort ist Ede, 3–4 Jahre alt",
			"women in Breda, 1–2, gender is m, gender is x, gender is not f, city is Ede, 3–4 years old",
		},
		{
			`{"all":[{"engagement":"opened","campaign":8},{"engagement":"clicked","campaign":5},{"engagement":"opened","advertiser":9},
			  {"engagement":"clicked"},{"not":{"engagement":"received","category":"pets"}},{"segment":6},
			  {"membership":"joined","op":"in_last_days","value":1},{"membership":"confirmed","op":"in_last_days","value":2}]}`,
			"leden, openden een mailing met campagne ‘Strand’, klikten op campagne ‘5’, openden een mailing met Bol, klikten op een link, kregen niet mail over pets, in segment ‘6’, lid geworden vandaag, bevestigd in de laatste 2 dagen",
			"Mitglieder, öffneten ein Mailing mit der Kampagne „Strand“, klickten auf die Kampagne „5“, öffneten ein Mailing mit Bol, klickten auf einen Link, erhielten nicht E-Mails über pets, im Segment „6“, Mitglied geworden heute, bestätigt in den letzten 2 Tagen",
			"members, opened a mailing with campaign ‘Strand’, clicked on campaign ‘5’, opened a mailing with Bol, clicked a link, did not receive mail on pets, in segment ‘6’, joined today, confirmed in the last 2 days",
		},
		{
			`{"all":[{"attribute":"birth_date","op":"birthday_within_days","value":1},{"attribute":"birth_date","op":"in_next_days","value":1},
			  {"attribute":"birth_date","op":"in_next_days","value":3},{"attribute":"birth_date","op":"between","value":["2000-01-31","2000-12-01"]},
			  {"attribute":"vip","op":"is","value":false},{"attribute":"city","op":"like","value":"x"},{"attribute":"city","op":"is","value":{}}]}`,
			"leden, vandaag jarig, geboortedatum vandaag, geboortedatum in de komende 3 dagen, geboortedatum van 31 januari 2000 tot en met 1 december 2000, vip is nee, woonplaats like, woonplaats is",
			"Mitglieder, heute Geburtstag, Geburtsdatum heute, Geburtsdatum in den nächsten 3 Tagen, Geburtsdatum von 31. Januar 2000 bis 1. Dezember 2000, vip ist nein, Wohnort like, Wohnort is",
			"members, birthday today, birth date today, birth date in the next 3 days, birth date from 31 January 2000 to 1 December 2000, vip is no, city like, city is",
		},
		{`{"not":{"not":{"any":[]}}}`, "leden, leden", "Mitglieder, Mitglieder", "members, members"},
		{`{}`, "leden, (nog niets)", "Mitglieder, (noch nichts)", "members, (nothing yet)"},
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

func TestNamesOfFieldsAndCategories(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		explain.FieldName("postal_code", "nl"): "postcode", explain.FieldName("shoe_size", "de"): "shoe size", explain.FieldName("source", "fr"): "source",
		explain.CategoryName("travel", "de"): "Reisen", explain.CategoryName("pet_food", "nl"): "pet food", explain.CategoryName("travel", "en"): "travel",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
