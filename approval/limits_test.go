package approval

import (
	"testing"

	"keur/accounts"
	"keur/approval/policies"
	"keur/internal/actors"
	"keur/internal/words"
	"keur/mailings"
)

// TestWhatIsFrozenIsWhatWasApproved: by who they are for what goes out once, by
// how many at most for what recurs, and by the policy of the day for the lead.
func TestWhatIsFrozenIsWhatWasApproved(t *testing.T) {
	t.Parallel()
	n := func(n int) *int { return &n }
	once := Round{Audience: 1000, DriftPercent: 10}
	series := Round{Audience: 0, DriftPercent: 10, Ceiling: n(40)}
	led := once
	led.LeadFrom, led.Reviews = n(500), []Review{{Step: Lead}}
	unled := once
	unled.LeadFrom = n(1050)
	mild := policies.Policy{DriftPercent: 10}
	for name, c := range map[string]struct {
		round  Round
		today  policies.Policy
		frozen Frozen
		held   string
	}{
		"the same members":                {once, mild, Frozen{1000, n(1000)}, ""},
		"a tenth more":                    {once, mild, Frozen{1100, n(1000)}, ""},
		"more than that":                  {once, mild, Frozen{1101, n(1000)}, "hold.drift"},
		"a tenth fewer":                   {once, mild, Frozen{900, n(900)}, ""},
		"fewer than that":                 {once, mild, Frozen{899, n(899)}, "hold.drift"},
		"nobody":                          {once, mild, Frozen{0, n(0)}, "hold.drift"},
		"as many, a tenth of them others": {once, mild, Frozen{1000, n(900)}, ""},
		"as many, and half are others":    {once, mild, Frozen{1000, n(500)}, "hold.drift_who"},
		"all others":                      {once, mild, Frozen{1000, n(0)}, "hold.drift_who"},
		"a stricter policy by now":        {once, policies.Policy{DriftPercent: 5}, Frozen{1060, n(1000)}, "hold.drift"},
		"a milder one changes nothing":    {once, policies.Policy{DriftPercent: 90}, Frozen{1200, n(1000)}, "hold.drift"},
		"a series within its ceiling":     {series, mild, Frozen{N: 40}, ""},
		"and beyond it":                   {series, mild, Frozen{N: 41}, "hold.ceiling"},
		"a lead by today's policy":        {series, policies.Policy{DriftPercent: 10, LeadFrom: n(40)}, Frozen{N: 40}, "hold.lead"},
		"a lead by the round's":           {unled, mild, Frozen{1060, n(1000)}, "hold.lead"},
		"a larger one by today's": {unled, policies.Policy{DriftPercent: 10, LeadFrom: n(1070)},
			Frozen{1060, n(1000)}, "hold.lead"},
		"and beyond both": {unled, policies.Policy{DriftPercent: 10, LeadFrom: n(1020)},
			Frozen{1040, n(1000)}, "hold.lead"},
		"who has one": {led, policies.Policy{DriftPercent: 10, LeadFrom: n(10)}, Frozen{1000, n(1000)}, ""},
	} {
		if got := c.round.Exceeds(&c.today, c.frozen, nil).Key; got != c.held {
			t.Errorf("%s: held for %q, want %q", name, got, c.held)
		}
	}
}

// TestAReleaseHoldsForWhatWasSeen: each reason excuses its own kind, as large as
// it was shown, and holds again beyond the drift from there.
func TestAReleaseHoldsForWhatWasSeen(t *testing.T) {
	t.Parallel()
	n := func(n int) *int { return &n }
	const colleague, other, away accounts.UserID = 1, 2, 3
	once := Round{Audience: 1000, DriftPercent: 10, Reviews: []Review{{Step: Colleague, UserID: new(colleague), DeputyFor: new(away)}}}
	series := Round{Audience: 0, DriftPercent: 10, Ceiling: n(40)}
	led := policies.Policy{DriftPercent: 10, LeadFrom: n(1500)}
	mild := policies.Policy{DriftPercent: 10}
	grown := words.Of("hold.drift", "now", 2000, "approved", 1000)
	topped := words.Of("hold.ceiling", "now", 100, "approved", 40)
	needLead := words.Of("hold.lead", "now", 2000, "lead_from", 1500)
	swapped := words.Of("hold.drift_who", "now", 1000, "approved", 1000, "gone", 500, "fresh", 500)
	hidden := swapped
	hidden.Key = "hold.drift"
	for name, c := range map[string]struct {
		round  Round
		today  policies.Policy
		seen   words.Message
		by     accounts.UserID
		frozen Frozen
		held   string
	}{
		"as it was seen":                  {once, mild, grown, other, Frozen{2000, n(1000)}, ""},
		"a tenth more":                    {once, mild, grown, other, Frozen{2200, n(1000)}, ""},
		"more than that":                  {once, mild, grown, other, Frozen{2201, n(1000)}, "hold.drift"},
		"far fewer than was seen":         {once, mild, grown, other, Frozen{1500, n(1000)}, "hold.drift"},
		"back to what was approved":       {once, mild, grown, other, Frozen{1000, n(1000)}, ""},
		"as many, and others":             {once, mild, grown, other, Frozen{2000, n(100)}, "hold.drift_who"},
		"a stricter policy by now":        {once, policies.Policy{DriftPercent: 1}, grown, other, Frozen{2021, n(1000)}, "hold.drift"},
		"those who were seen to be new":   {once, mild, swapped, other, Frozen{1000, n(500)}, ""},
		"more of them":                    {once, mild, swapped, other, Frozen{1000, n(399)}, "hold.drift_who"},
		"a number that isn't shown":       {once, mild, hidden, other, Frozen{1000, n(0)}, "hold.drift_who"},
		"another reason":                  {once, mild, words.Of("hold.mail", "cause", "x"), other, Frozen{2000, n(1000)}, "hold.drift"},
		"a ceiling as it was seen":        {series, mild, topped, other, Frozen{N: 110}, ""},
		"and beyond it":                   {series, mild, topped, other, Frozen{N: 111}, "hold.ceiling"},
		"a lead, without who they are":    {once, led, needLead, other, Frozen{2000, n(1000)}, "hold.drift"},
		"who they are, without a lead":    {once, led, grown, other, Frozen{2000, n(1000)}, "hold.lead"},
		"a lead, and who they are":        {once, led, whoNeedLead, other, Frozen{2000, n(1000)}, ""},
		"by one who decided another step": {once, led, whoNeedLead, colleague, Frozen{2000, n(1000)}, "hold.lead"},
		"by whom a deputy decided for":    {once, led, whoNeedLead, away, Frozen{2000, n(1000)}, "hold.lead"},
		"a lead for more than was seen":   {once, led, whoNeedLead, other, Frozen{2300, n(1000)}, "hold.lead_who"},
	} {
		released := mailings.Releases{{Reason: c.seen, By: actors.User(c.by)}}
		if got := c.round.Exceeds(&c.today, c.frozen, released).Key; got != c.held {
			t.Errorf("%s: held for %q, want %q", name, got, c.held)
		}
	}
}

var whoNeedLead = words.Of("hold.lead_who", "now", 2000, "lead_from", 1500, "approved", 1000, "gone", 0, "fresh", 1000)
