package standing_test

import (
	"fmt"
	"testing"

	"keur/members/imports/standing"
)

// tally counts words as a reading of a file does.
func tally(words ...string) standing.Tally {
	var seen standing.Tally
	for _, word := range words {
		seen.Add([]byte(word))
	}
	return seen
}

// What a person says of a word rules over what it is known for, and what they say
// of all others only over what nobody knows.
func TestAPersonsChoiceRules(t *testing.T) {
	t.Parallel()
	c, ok := standing.Known("Status", nil)
	if !ok {
		t.Fatal("a status isn't known")
	}
	c.Choose(map[string]standing.Standing{
		"Active": standing.Declined, "gold": standing.Subscribed, standing.AnyWord: standing.Unsubscribed,
	})
	for value, want := range map[string]standing.Standing{
		"Active": standing.Declined, "gold": standing.Subscribed, "bounced": standing.Bounced, "odd": standing.Unsubscribed, "": "",
	} {
		if got, known := c.Standing(value); got.Gravest() != want || !known {
			t.Errorf("%q is %q, %v; want %q", value, got.Gravest(), known, want)
		}
	}
}

// A value that names several says all of them, and one of which a part is unknown
// says nothing: who left by the other part would be mailed.
func TestValuesThatNameSeveral(t *testing.T) {
	t.Parallel()
	c, _ := standing.Known("Status", nil)
	both, known := c.Standing("active, bounced")
	if !known || both != standing.Of(standing.Subscribed)|standing.Of(standing.Bounced) || both.Gravest() != standing.Bounced {
		t.Errorf("%v, %v", both, known)
	}
	if odd, known := c.Standing("active, gold"); known || odd != 0 {
		t.Errorf("a part that nobody knows: %v, %v", odd, known)
	}
	for of, want := range map[standing.Standing]int{
		standing.Unsubscribed: 1, standing.Bounced: 2, standing.Complained: 4,
		standing.Declined: 0, standing.Never: 0, standing.Pending: 0, standing.Subscribed: 0, standing.Silent: 0,
	} {
		if got := (standing.Of(of) | standing.Of(standing.Subscribed)).Suppresses(); got != want {
			t.Errorf("%s suppresses by %d, want %d", of, got, want)
		}
	}
	if all := standing.Of("gold"); all != 0 || all.Gravest() != "" {
		t.Errorf("what is no standing: %v", all)
	}
}

// A number means a standing only in the exports of the one tool that writes it.
func TestNumbersAreOneToolsOwn(t *testing.T) {
	t.Parallel()
	alone, _ := standing.Known("Status", []string{"Email", "City"})
	beside, _ := standing.Known("Status", []string{"Email", "sdate"})
	for number, want := range map[string]standing.Standing{
		"0": standing.Pending, "1": standing.Subscribed, "2": standing.Unsubscribed, "3": standing.Bounced, "-1": standing.Silent,
	} {
		if got, known := beside.Standing(number); !known || got.Gravest() != want {
			t.Errorf("%s is %q, %v; want %q", number, got.Gravest(), known, want)
		}
		if got, known := alone.Standing(number); known {
			t.Errorf("alone, %s is %q", number, got.Gravest())
		}
	}
	if _, known := standing.Known("Email Suppressions Timestamp", []string{"Email Suppressions"}); known {
		t.Error("a moment is read as a status beside the column that says why")
	}
	if _, known := standing.Known("Email Suppressions Timestamp", nil); !known {
		t.Error("alone, the moment of a suppression isn't read")
	}
}

// A consent that was answered with no isn't one.
func TestAnswersOfConsent(t *testing.T) {
	t.Parallel()
	c := standing.OfConsent()
	for value, want := range map[string]standing.Standing{
		"ja": standing.Subscribed, "Yes": standing.Subscribed, "nee": standing.Declined, "NEIN": standing.Declined, "no": standing.Declined,
	} {
		if got, known := c.Standing(value); !known || got.Gravest() != want {
			t.Errorf("%q is %q, %v; want %q", value, got.Gravest(), known, want)
		}
	}
}

// What nobody knows is asked of a person, the commonest first; a column of more
// words than a status could have, or of sentences, is something else.
func TestWordsThatAreAsked(t *testing.T) {
	t.Parallel()
	c, _ := standing.Known("Status", nil)
	asked := c.Unknown(tally("gold", "active", "silver", "gold", "", "bounced", "bronze", "silver", "gold"))
	if got := standing.List(asked); got != `"gold" (3), "silver" (2), "bronze" (1)` {
		t.Errorf("asked %s", got)
	}
	var many, more []string
	for i := range standing.MaxWords + 1 {
		more = append(more, fmt.Sprintf("word %02d", i))
	}
	many = more[:standing.MaxWords]
	if seen := tally(many...); seen.Over || len(seen.Words) != standing.MaxWords {
		t.Errorf("%d words, over: %v", len(seen.Words), seen.Over)
	} else if got, want := standing.List(seen.Words), `"word 19" (1), …`; got[len(got)-len(want):] != want {
		t.Errorf("many are listed as %s", got)
	}
	sentence := "a sentence of more than sixty letters, which no status ever has"
	for _, words := range [][]string{more, {"active", sentence}} {
		if seen := tally(words...); !seen.Over || seen.Words != nil {
			t.Errorf("of %d words none is too many: %v", len(words), seen)
		}
	}
}
