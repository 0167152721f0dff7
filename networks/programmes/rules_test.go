package programmes_test

import (
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/links"
	"keur/networks"
	"keur/networks/programmes"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// joined is a programme that nothing is in the way of.
func joined() programmes.Listing {
	return programmes.Listing{
		ID: 7, Name: "Zon", Account: "Awin NL", Relation: networks.Joined, Live: true,
		Email: networks.Allowed, Cashback: networks.Allowed, Codes: networks.Allowed,
	}
}

func TestWhatIsInTheWayOfAMail(t *testing.T) {
	t.Parallel()
	before, after, no := noon.Add(-time.Minute), noon.Add(time.Minute), false
	type change = func(*programmes.Listing)
	for name, c := range map[string]struct {
		change change
		codes  bool
		want   string // severity and words; empty: nothing
	}{
		"nothing": {
			func(*programmes.Listing) {}, true,
			"",
		},
		"applied for": {
			func(l *programmes.Listing) { l.Relation = networks.Applied }, false,
			"blocks: at Awin NL, the programme Zon is applied for",
		},
		"not joined": {
			func(l *programmes.Listing) { l.Relation = networks.NotJoined }, false,
			"blocks: at Awin NL, the programme Zon is not joined",
		},
		"stopped": {
			func(l *programmes.Listing) { l.Live = false }, false,
			"blocks: the programme Zon at Awin NL is stopped",
		},
		"it ends at that moment": {
			func(l *programmes.Listing) { l.Until = &noon }, false,
			"blocks: the programme Zon at Awin NL is over after 24 November",
		},
		"it ends after it": {
			func(l *programmes.Listing) { l.Until = &after }, false,
			"",
		},
		"it begins at the moment": {
			func(l *programmes.Listing) { l.From = &noon }, false,
			"",
		},
		"it begins after it": {
			func(l *programmes.Listing) { l.From = &after }, false,
			"blocks: the programme Zon at Awin NL begins on 24 November",
		},
		"it ended": {
			func(l *programmes.Listing) { l.Until = &before }, false,
			"blocks: the programme Zon at Awin NL is over",
		},
		"no e-mail": {
			func(l *programmes.Listing) { l.Email = networks.Disallowed }, false,
			"blocks: the programme Zon at Awin NL doesn't allow e-mail",
		},
		"e-mail on conditions": {
			func(l *programmes.Listing) { l.Email = networks.Limited }, false,
			"asks: of the programme Zon, Awin NL says about e-mail: limited",
		},
		"nothing about e-mail": {
			func(l *programmes.Listing) { l.Email = networks.Unknown }, false,
			"asks: of the programme Zon, Awin NL says about e-mail: not said",
		},
		"no codes, and none": {
			func(l *programmes.Listing) { l.Codes = networks.Disallowed }, false,
			"",
		},
		"no codes, and some": {
			func(l *programmes.Listing) { l.Codes = networks.Disallowed }, true,
			"blocks: the programme Zon at Awin NL doesn't allow voucher codes",
		},
		"codes on conditions": {
			func(l *programmes.Listing) { l.Codes = networks.Limited }, true,
			"asks: of the programme Zon, Awin NL says about voucher codes: limited",
		},
		"no cashback": {
			func(l *programmes.Listing) { l.Cashback = networks.Disallowed }, false,
			"asks: of the programme Zon, Awin NL says about cashback: not allowed",
		},
		"nothing about cashback": {
			func(l *programmes.Listing) { l.Cashback = networks.Unknown }, false,
			"",
		},
		"no sub-ids": {
			func(l *programmes.Listing) { l.SubIDs = &no }, false,
			"tells: the programme Zon at Awin NL takes no sub-ids",
		},
	} {
		l := joined()
		c.change(&l)
		got := ""
		for _, f := range l.Findings(noon, c.codes, nil, time.UTC) {
			got += string(f.Severity) + ": " + f.Message.String()
		}
		if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, and not %q", name, got, c.want)
		}
	}
}

// An answer holds for as long as the network says what it said then.
func TestAnAnswerHoldsForWhatWasSaid(t *testing.T) {
	t.Parallel()
	l := joined()
	l.Email = networks.Limited
	said := programmes.Answer{
		Topic: programmes.Email, Said: networks.Limited, May: true, Reason: "newsletters may", Name: "Mara", At: noon,
	}
	answers := map[programmes.Topic]programmes.Answer{programmes.Email: said}
	if found := l.Findings(noon, false, answers, time.UTC); len(found) != 0 {
		t.Errorf("answered, it finds %v", found)
	}
	said.May = false
	answers[programmes.Email] = said
	if found := l.Findings(noon, false, answers, time.UTC); len(found) != 1 || found[0].Severity != links.Blocks ||
		!strings.Contains(found[0].Message.String(), "Mara said on 24 November 2026") {
		t.Errorf("answered with no, it finds %v", found)
	}
	l.Email = networks.Unknown
	if found := l.Findings(noon, false, answers, time.UTC); len(found) != 1 || found[0].Severity != links.Asks {
		t.Errorf("once the network says something else, it finds %v", found)
	}
}

func TestWhatMayBeAnswered(t *testing.T) {
	t.Parallel()
	l := joined()
	l.Email, l.Cashback = networks.Limited, networks.Disallowed
	good := programmes.Answer{Topic: programmes.Email, Said: networks.Limited, Reason: "in its terms"}
	if err := good.Validate(&l); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		change func(*programmes.Answer)
		kind   fault.Kind
	}{
		{func(a *programmes.Answer) { a.Reason = "" }, fault.Invalid},
		{func(a *programmes.Answer) { a.Topic = "sms" }, fault.Invalid},
		{func(a *programmes.Answer) { a.Said = networks.Unknown }, fault.Conflict},
		{func(a *programmes.Answer) { a.Topic, a.Said = programmes.Codes, networks.Allowed }, fault.Conflict},
	} {
		a := good
		c.change(&a)
		if err := a.Validate(&l); !fault.Is(err, c.kind) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	none := programmes.Answer{Topic: programmes.Cashback, Said: networks.Disallowed, Reason: "no cashback in it"}
	if err := none.Validate(&l); err != nil {
		t.Error(err)
	}
	l.Email = networks.Disallowed
	good.Said = networks.Disallowed
	if err := good.Validate(&l); !fault.Is(err, fault.Conflict) {
		t.Errorf("what the network forbids is answered: %v", err)
	}
}

// Beside what a group pays now stands what it paid since a moment.
func TestStepsOfTerms(t *testing.T) {
	t.Parallel()
	term := func(group string, points int, since time.Time, ended *time.Time) programmes.Term {
		return programmes.Term{Group: group, Name: group, Kind: "CPS", BasisPoints: &points, Since: since, Ended: ended}
	}
	monday, tuesday := noon.AddDate(0, 0, -1), noon
	terms := []programmes.Term{
		term("a", 400, tuesday, nil), term("a", 500, monday, &tuesday),
		term("b", 300, monday, nil),
		term("c", 200, monday, &tuesday),
	}
	steps := programmes.Steps(terms, monday)
	if len(steps) != 3 || *steps[0].Now.BasisPoints != 400 || *steps[0].Before.BasisPoints != 500 ||
		*steps[1].Now.BasisPoints != 300 || steps[1].Before != nil || steps[2].Now != nil || *steps[2].Before.BasisPoints != 200 {
		t.Errorf("%+v", steps)
	}
	if steps := programmes.Steps(terms, tuesday); len(steps) != 2 || steps[0].Before != nil {
		t.Errorf("since it changed: %+v", steps)
	}
}

// Some networks tell the ends of what they pay alone, by words of their own.
func TestEndsOfRanges(t *testing.T) {
	t.Parallel()
	for term, want := range map[programmes.Term]string{
		{Group: "min_ratio", Name: "min_ratio"}: "min", {Group: "max_fixed", Name: "max_fixed"}: "max",
		{Group: "min_ratio", Name: "Min ratio"}: "", {Group: "7", Name: "Minimum"}: "", {Group: "mid_cpc", Name: "mid_cpc"}: "",
	} {
		if got := term.End(); got != want {
			t.Errorf("%s: %q, want %q", term.Group, got, want)
		}
	}
}
