package explain

import "keur/segments"

func dutch() language {
	return language{
		everybody: "leden", in: "in", and: "en", or: "of", not: "niet", nothing: "(nog niets)",
		random:    "een willekeurige %s%%",
		inSegment: "in segment ‘%s’",
		genders:   map[string]string{"f": "vrouwen", "m": "mannen", "female": "vrouwen", "male": "mannen"},
		consents: map[string]map[bool]string{
			"mail":     {true: "met toestemming voor mail", false: "zonder toestemming voor mail"},
			"tracking": {true: "met toestemming voor volgen", false: "zonder toestemming voor volgen"},
		},
		deeds: map[segments.Deed]deedWords{
			segments.Opened: {
				yes: "openden {when} {times} {what}", no: "openden {when} niet {what}", noneAtAll: "openden {when} geen mailing",
				any: "een mailing", mailing: "mailing ‘%s’", campaign: "een mailing met campagne ‘%s’",
				advertiser: "een mailing met %s", category: "een mailing over %s",
			},
			segments.Clicked: {
				yes: "klikten {when} {times} {what}", no: "klikten {when} niet {what}", noneAtAll: "klikten {when} nergens op",
				any: "op een link", mailing: "in mailing ‘%s’", campaign: "op campagne ‘%s’", advertiser: "op %s", category: "op %s",
			},
			segments.Received: {
				yes: "kregen {when} {times} {what}", no: "kregen {when} niet {what}", noneAtAll: "kregen {when} geen mail",
				any: "mail", mailing: "mailing ‘%s’", campaign: "mail met campagne ‘%s’", advertiser: "mail met %s",
				category: "mail over %s",
			},
		},
		bought: "kochten {when} {times} iets {what}", boughtNothing: "kochten {when} niets {what}",
		boughtFrom: "bij %s", boughtIn: "in %s", boughtFor: "voor minstens %s",
		atLeastTimes: "minstens %d keer", fewerTimes: "minder dan %d keer",
		lastDays: [2]string{"vandaag", "in de laatste %d dagen"}, nextDays: [2]string{"vandaag", "in de komende %d dagen"},
		birthday: "jarig binnen %d dagen", birthdayToday: "vandaag jarig",
		ops: map[segments.Op]string{
			segments.Is: "{name} is {value}", segments.IsNot: "{name} is niet {value}", segments.In: "{name} is {value}",
			segments.Contains:   "{name} bevat ‘{value}’",
			segments.StartsWith: "{name} begint met ‘{value}’", segments.IsEmpty: "{name} is leeg",
			segments.IsNotEmpty: "{name} is ingevuld",
			segments.LessThan:   "{name} onder {value}", segments.AtMost: "{name} hooguit {value}",
			segments.MoreThan: "{name} boven {value}", segments.AtLeast: "{name} minstens {value}",
			segments.Between: "{name} {value}", segments.Before: "{name} voor {value}", segments.After: "{name} na {value}",
			segments.InLastDays: "", segments.InNextDays: "", segments.BirthdayWithinDays: "",
			segments.DaysAgoBetween: "{name} {value} dagen geleden", segments.AgeBetween: "{value} jaar",
			segments.HasAny: "{name} met {value}", segments.HasAll: "{name} met {value}",
			segments.HasNone: "{name} zonder {value}",
		},
		span:     "van %s tot en met %s",
		booleans: map[bool]string{true: "ja", false: "nee"},
		attributes: map[string]string{
			"first_name": "voornaam", "last_name": "achternaam", "gender": "geslacht", "birth_date": "geboortedatum",
			"city":        "woonplaats",
			"postal_code": "postcode", "country": "land", "language": "taal", "interests": "interesses", "points": "punten",
			"joined": "lid geworden", "confirmed": "bevestigd", "source": "bron",
		},
		categories: dutchCategories(),
		months: [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
			"november", "december"},
		dateForm: "%d %s %d", thousands: ".", decimal: ",",
	}
}

func dutchCategories() map[string]string {
	return map[string]string{
		"travel": "reizen", "fashion": "mode", "home": "wonen", "sport": "sport", "sports": "sport", "tech": "techniek",
		"electronics": "elektronica",
		"food":        "eten", "finance": "geldzaken", "beauty": "verzorging", "insurance": "verzekeringen",
		"energy": "energie", "telecom": "telecom",
		"health": "gezondheid", "kids": "kinderen", "books": "boeken", "gifts": "cadeaus", "garden": "tuin",
		"cars": "auto's",
	}
}
