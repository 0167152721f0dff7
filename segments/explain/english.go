package explain

import "keur/segments"

func english() language {
	return language{
		everybody: "members", in: "in", and: "and", or: "or", not: "not", nothing: "(nothing yet)",
		random:    "a random %s%%",
		inSegment: "in segment ‘%s’",
		genders:   map[string]string{"f": "women", "m": "men", "female": "women", "male": "men"},
		consents: map[string]map[bool]string{
			"mail":     {true: "with consent to mail", false: "without consent to mail"},
			"tracking": {true: "with consent to tracking", false: "without consent to tracking"},
		},
		deeds: map[segments.Deed]deedWords{
			segments.Opened: {
				yes: "opened {what} {times} {when}", no: "did not open {what} {when}", noneAtAll: "opened no mailing {when}",
				any: "a mailing", mailing: "mailing ‘%s’", campaign: "a mailing with campaign ‘%s’",
				advertiser: "a mailing with %s", category: "a mailing on %s",
			},
			segments.Clicked: {
				yes: "clicked {what} {times} {when}", no: "did not click {what} {when}", noneAtAll: "clicked nothing {when}",
				any: "a link", mailing: "in mailing ‘%s’", campaign: "on campaign ‘%s’", advertiser: "on %s", category: "on %s",
			},
			segments.Received: {
				yes: "received {what} {times} {when}", no: "did not receive {what} {when}", noneAtAll: "received no mail {when}",
				any: "mail", mailing: "mailing ‘%s’", campaign: "mail with campaign ‘%s’", advertiser: "mail with %s",
				category: "mail on %s",
			},
		},
		bought: "bought something {what} {times} {when}", boughtNothing: "bought nothing {what} {when}",
		boughtFrom: "from %s", boughtIn: "in %s", boughtFor: "for at least %s",
		atLeastTimes: "at least %d times", fewerTimes: "fewer than %d times",
		lastDays: [2]string{"today", "in the last %d days"}, nextDays: [2]string{"today", "in the next %d days"},
		birthday: "birthday within %d days", birthdayToday: "birthday today",
		ops: map[segments.Op]string{
			segments.Is: "{name} is {value}", segments.IsNot: "{name} is not {value}", segments.In: "{name} is {value}",
			segments.Contains:   "{name} contains ‘{value}’",
			segments.StartsWith: "{name} starts with ‘{value}’", segments.IsEmpty: "{name} is empty",
			segments.IsNotEmpty: "{name} is filled in",
			segments.LessThan:   "{name} below {value}", segments.AtMost: "{name} at most {value}",
			segments.MoreThan: "{name} above {value}", segments.AtLeast: "{name} at least {value}",
			segments.Between: "{name} {value}", segments.Before: "{name} before {value}",
			segments.After:      "{name} after {value}",
			segments.InLastDays: "", segments.InNextDays: "", segments.BirthdayWithinDays: "",
			segments.DaysAgoBetween: "{name} {value} days ago", segments.AgeBetween: "{value} years old",
			segments.HasAny: "{name} with {value}", segments.HasAll: "{name} with {value}",
			segments.HasNone: "{name} without {value}",
		},
		span:     "from %s to %s",
		booleans: map[bool]string{true: "yes", false: "no"},
		attributes: map[string]string{
			"first_name": "first name", "last_name": "last name", "birth_date": "birth date", "postal_code": "postal code",
			"joined": "joined", "confirmed": "confirmed", "source": "source",
		},
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
			"November", "December"},
		dateForm: "%d %s %d", thousands: ",", decimal: ".",
	}
}
