package public

import (
	"testing"

	"keur/approval/shown"
	"keur/internal/words"
)

// A client reads whom a mail is for, and no code where there are words.
func TestConditionsAreSaidInWords(t *testing.T) {
	t.Parallel()
	dutch := words.In("nl")
	for want, b := range map[string]shown.Branch{
		"Voor leden: met voornaam":                 {Text: "member.first_name", Holds: true},
		"Voor leden: zonder woonplaats":            {Text: "member.city"},
		"Voor leden: met shoe size":                {Text: "member.shoe_size", Holds: true},
		"Voor leden: woonplaats is Utrecht":        {Text: `member.city == "Utrecht"`, Holds: true},
		"Voor leden: niet (punten minstens 1.000)": {Text: "member.points >= 1000"},
	} {
		if got := branchLine(nil, b, dutch); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
