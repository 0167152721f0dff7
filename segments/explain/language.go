package explain

import "keur/segments"

// language is the words of one language. In clauses, {when}, {times} and {what}
// are placeholders; in ops, {name} and {value}.
type language struct {
	everybody, in, and, or, not, nothing string
	random, inSegment                    string
	genders                              map[string]string
	consents                             map[string]map[bool]string
	deeds                                map[segments.Deed]deedWords
	bought, boughtNothing                string
	boughtFrom, boughtIn, boughtFor      string
	atLeastTimes, fewerTimes             string
	lastDays, nextDays                   [2]string // of one day, of more
	birthday, birthdayToday              string
	ops                                  map[segments.Op]string
	span                                 string
	booleans                             map[bool]string
	attributes, categories               map[string]string
	months                               [12]string
	dateForm, thousands, decimal         string
}

// deedWords are a deed's clause, its negations, and what it was done to.
type deedWords struct {
	yes, no, noneAtAll                           string
	any, mailing, campaign, advertiser, category string
}

// languageOf returns the words of a locale; English for one that isn't spoken here.
func languageOf(locale string) language {
	switch locale {
	case "nl":
		return dutch()
	case "de":
		return german()
	}
	return english()
}
