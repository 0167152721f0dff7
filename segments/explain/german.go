package explain

import "keur/segments"

func german() language {
	return language{
		everybody: "Mitglieder", in: "in", and: "und", or: "oder", not: "nicht", nothing: "(noch nichts)",
		random: "zufällige %s %%", inSegment: "im Segment „%s“",
		genders: map[string]string{"f": "Frauen", "m": "Männer", "female": "Frauen", "male": "Männer"},
		consents: map[string]map[bool]string{
			"mail":     {true: "mit Einwilligung in E-Mails", false: "ohne Einwilligung in E-Mails"},
			"tracking": {true: "mit Einwilligung ins Tracking", false: "ohne Einwilligung ins Tracking"},
		},
		deeds: map[segments.Deed]deedWords{
			segments.Opened: {
				yes: "öffneten {when} {times} {what}", no: "öffneten {when} nicht {what}", noneAtAll: "öffneten {when} kein Mailing",
				any: "ein Mailing", mailing: "das Mailing „%s“", campaign: "ein Mailing mit der Kampagne „%s“",
				advertiser: "ein Mailing mit %s", category: "ein Mailing über %s",
			},
			segments.Clicked: {
				yes: "klickten {when} {times} {what}", no: "klickten {when} nicht {what}", noneAtAll: "klickten {when} auf nichts",
				any: "auf einen Link", mailing: "im Mailing „%s“", campaign: "auf die Kampagne „%s“", advertiser: "auf %s",
				category: "auf %s",
			},
			segments.Received: {
				yes: "erhielten {when} {times} {what}", no: "erhielten {when} nicht {what}", noneAtAll: "erhielten {when} keine E-Mail",
				any: "E-Mails", mailing: "das Mailing „%s“", campaign: "E-Mails mit der Kampagne „%s“",
				advertiser: "E-Mails mit %s", category: "E-Mails über %s",
			},
		},
		bought: "kauften {when} {times} etwas {what}", boughtNothing: "kauften {when} nichts {what}",
		boughtFrom: "bei %s", boughtIn: "im Bereich %s", boughtFor: "für mindestens %s",
		atLeastTimes: "mindestens %d-mal", fewerTimes: "weniger als %d-mal",
		lastDays: [2]string{"heute", "in den letzten %d Tagen"}, nextDays: [2]string{"heute", "in den nächsten %d Tagen"},
		birthday: "Geburtstag innerhalb von %d Tagen", birthdayToday: "heute Geburtstag",
		ops: map[segments.Op]string{
			segments.Is: "{name} ist {value}", segments.IsNot: "{name} ist nicht {value}", segments.In: "{name} ist {value}",
			segments.Contains:   "{name} enthält „{value}“",
			segments.StartsWith: "{name} beginnt mit „{value}“", segments.IsEmpty: "{name} ist leer",
			segments.IsNotEmpty: "{name} ist angegeben",
			segments.LessThan:   "{name} unter {value}", segments.AtMost: "{name} höchstens {value}",
			segments.MoreThan: "{name} über {value}", segments.AtLeast: "{name} mindestens {value}",
			segments.Between: "{name} {value}", segments.Before: "{name} vor dem {value}",
			segments.After:      "{name} nach dem {value}",
			segments.InLastDays: "", segments.InNextDays: "", segments.BirthdayWithinDays: "",
			segments.DaysAgoBetween: "{name} vor {value} Tagen", segments.AgeBetween: "{value} Jahre alt",
			segments.HasAny: "{name} mit {value}", segments.HasAll: "{name} mit {value}",
			segments.HasNone: "{name} ohne {value}",
		},
		span:     "von %s bis %s",
		booleans: map[bool]string{true: "ja", false: "nein"},
		attributes: map[string]string{
			"first_name": "Vorname", "last_name": "Nachname", "gender": "Geschlecht", "birth_date": "Geburtsdatum",
			"city":        "Wohnort",
			"postal_code": "Postleitzahl", "country": "Land", "language": "Sprache", "interests": "Interessen",
			"points": "Punkte",
			"joined": "Mitglied geworden", "confirmed": "bestätigt", "source": "Quelle",
		},
		categories: germanCategories(),
		months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
			"November", "Dezember"},
		dateForm: "%d. %s %d", thousands: ".", decimal: ",",
	}
}

func germanCategories() map[string]string {
	return map[string]string{
		"travel": "Reisen", "fashion": "Mode", "home": "Wohnen", "sport": "Sport", "sports": "Sport", "tech": "Technik",
		"electronics": "Elektronik",
		"food":        "Essen", "finance": "Finanzen", "beauty": "Pflege", "insurance": "Versicherungen", "energy": "Energie",
		"telecom": "Telekommunikation",
		"health":  "Gesundheit", "kids": "Kinder", "books": "Bücher", "gifts": "Geschenke", "garden": "Garten",
		"cars": "Autos",
	}
}
