package segments

func english() tongue {
	return tongue{
		everybody: "members", in: "in", and: "and", or: "or", not: "not", nothing: "(nothing yet)",
		random:    "a random %s%%",
		inSegment: "in segment ‘%s’",
		genders:   map[string]string{"f": "women", "m": "men", "female": "women", "male": "men"},
		consents: map[string]map[bool]string{
			"mail":     {true: "with consent to mail", false: "without consent to mail"},
			"tracking": {true: "with consent to tracking", false: "without consent to tracking"},
		},
		deeds: map[Deed]deedWords{
			Opened: {
				yes: "opened {what} {times} {when}", no: "did not open {what} {when}", noneAtAll: "opened no mailing {when}",
				any: "a mailing", mailing: "mailing ‘%s’", campaign: "a mailing with campaign ‘%s’",
				advertiser: "a mailing with %s", category: "a mailing on %s",
			},
			Clicked: {
				yes: "clicked {what} {times} {when}", no: "did not click {what} {when}", noneAtAll: "clicked nothing {when}",
				any: "a link", mailing: "in mailing ‘%s’", campaign: "on campaign ‘%s’", advertiser: "on %s", category: "on %s",
			},
			Received: {
				yes: "received {what} {times} {when}", no: "did not receive {what} {when}", noneAtAll: "received no mail {when}",
				any: "mail", mailing: "mailing ‘%s’", campaign: "mail with campaign ‘%s’", advertiser: "mail with %s", category: "mail on %s",
			},
		},
		bought: "bought something {what} {times} {when}", boughtNothing: "bought nothing {what} {when}",
		boughtFrom: "from %s", boughtIn: "in %s", boughtFor: "for at least %s",
		atLeastTimes: "at least %d times", fewerTimes: "fewer than %d times",
		lastDays: [2]string{"today", "in the last %d days"}, nextDays: [2]string{"today", "in the next %d days"},
		birthday: "birthday within %d days", birthdayToday: "birthday today",
		ops: map[Op]string{
			Is: "{name} is {value}", IsNot: "{name} is not {value}", In: "{name} is {value}", Contains: "{name} contains ‘{value}’",
			StartsWith: "{name} starts with ‘{value}’", IsEmpty: "{name} is empty", IsNotEmpty: "{name} is filled in",
			LessThan: "{name} below {value}", AtMost: "{name} at most {value}", MoreThan: "{name} above {value}", AtLeast: "{name} at least {value}",
			Between: "{name} {value}", Before: "{name} before {value}", After: "{name} after {value}",
			InLastDays: "", InNextDays: "", BirthdayWithinDays: "", DaysAgoBetween: "{name} {value} days ago", AgeBetween: "{value} years old",
			HasAny: "{name} with {value}", HasAll: "{name} with {value}", HasNone: "{name} without {value}",
		},
		span:     "from %s to %s",
		booleans: map[bool]string{true: "yes", false: "no"},
		attributes: map[string]string{
			"first_name": "first name", "last_name": "last name", "birth_date": "birth date", "postal_code": "postal code",
			"joined": "joined", "confirmed": "confirmed", "source": "source",
		},
		months: [12]string{
			"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
		},
		dateForm: "%d %s %d", thousands: ",", decimal: ".",
	}
}
