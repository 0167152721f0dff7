package typed

import (
	"encoding/json"
	"fmt"
	"strings"
)

// YesNo reads yes and no as people write them in nl, de and en.
func YesNo(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "true", "t", "yes", "y", "ja", "j", "x", "wahr", "waar",
		"on", "aan", "an", "opt-in", "optin", "subscribed", "ingeschreven", "angemeldet":
		return true, true
	case "0", "false", "f", "no", "n", "nee", "nein", "falsch",
		"onwaar", "off", "uit", "aus", "opt-out", "optout", "unsubscribed", "uitgeschreven", "abgemeldet":
		return false, true
	}
	return false, false
}

// List returns the words of a cell that holds some: as a list of JSON, or with
// commas, semicolons or bars between them.
func List(s string) []string {
	var list []any
	if strings.HasPrefix(s, "[") && json.Unmarshal([]byte(s), &list) == nil {
		words := make([]string, len(list))
		for i, item := range list {
			words[i] = fmt.Sprint(item)
		}
		return words
	}
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ';' || c == '|' })
}

// Gender returns male, female or other for how people write a person's gender, or
// how one addresses them, in nl, de and en.
func Gender(s string) (gender string, ok bool) {
	gender, ok = genders[strings.ToLower(s)]
	return gender, ok
}

var genders = map[string]string{
	"m": "male", "man": "male", "male": "male", "mann": "male", "männlich": "male", "mannelijk": "male", "herr": "male",
	"heer": "male", "de heer": "male", "dhr": "male", "dhr.": "male", "mr": "male", "mr.": "male",
	"f": "female", "v": "female", "w": "female", "vrouw": "female", "female": "female", "woman": "female", "frau": "female",
	"weiblich": "female", "vrouwelijk": "female", "mevrouw": "female", "mevr": "female", "mevr.": "female", "mw": "female",
	"mw.": "female", "mrs": "female", "mrs.": "female", "ms": "female", "ms.": "female",
	"x": "other", "d": "other", "divers": "other", "other": "other", "anders": "other", "overig": "other", "neutraal": "other",
}
