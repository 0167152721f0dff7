package mailings_test

import (
	"slices"
	"testing"

	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/schedules/schedulestest"
	"keur/segments"
)

func TestDifferencesAreSaidInTheOrderOfReading(t *testing.T) {
	t.Parallel()
	before := mailings.Content{
		Subjects: []mailings.Subject{{Key: "a", Text: "De winterzon in"}},
		Placements: []mailings.Placement{{Key: "zon", Advertiser: "Zonvakantie", Campaign: "Winterzon", Heading: "Zon",
			Button: "Bekijk"}, {Key: "weg", Advertiser: "Fietsen", Campaign: "Herfst"}},
		Audience: segments.Audience{Segments: []segments.SegmentRef{{Name: "iedereen"}}},
		Schedule: schedules.Schedule{Kind: schedules.Once, At: schedulestest.Local(t, "2026-11-24T10:00")},
	}
	after := before
	if found := mailings.Differences(&before, &after); len(found) > 0 {
		t.Fatalf("equal contents differ in %v", found)
	}
	after.Subjects = []mailings.Subject{{Key: "a", Text: "Nu de winterzon in"}}
	two := before
	two.Subjects = []mailings.Subject{before.Subjects[0], {Key: "b", Text: "Weg uit de kou"}}
	if found := mailings.Differences(&before, &two); !slices.Equal(found,
		[]mailings.Difference{{What: "subject", Of: "b", After: "Weg uit de kou"}}) {
		t.Errorf("of a second subject: %v", found)
	}
	after.Placements = []mailings.Placement{{Key: "zon", Advertiser: "Zonvakantie", Campaign: "Winterzon", Heading: "Zon",
		Button: "Boek nu"}}
	after.Schedule.At = schedulestest.Local(t, "2026-11-25T10:00")
	want := []mailings.Difference{
		{What: "subject", Before: "De winterzon in", After: "Nu de winterzon in"},
		{What: "button", Of: "Zonvakantie", Before: "Bekijk", After: "Boek nu"},
		{What: "placement", Before: "Fietsen, Herfst"},
		{What: "moment", Before: "2026-11-24 10:00", After: "2026-11-25 10:00"},
	}
	if found := mailings.Differences(&before, &after); !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

// TestDifferencesAtAPlace: what changed elsewhere isn't told there, and everything
// is of the mail as a whole.
func TestDifferencesAtAPlace(t *testing.T) {
	t.Parallel()
	content := func(word string, at string) mailings.Content {
		return mailings.Content{
			Subjects: []mailings.Subject{{Key: "a", Text: word}}, Preheader: word, Sender: mailings.Sender{Name: word},
			Template: mailings.Template{Source: word, Partials: []mailings.Partial{{Name: "voet", Source: word}}},
			Placements: []mailings.Placement{
				{Key: "zon", Advertiser: "Zon", Heading: word}, {Key: "zee", Advertiser: "Zon", Text: word}, {Key: word, Advertiser: "Zon"},
			},
			Audience: segments.Audience{Segments: []segments.SegmentRef{{Name: word}}},
			Schedule: schedules.Schedule{Kind: schedules.Once, At: schedulestest.Local(t, at)},
		}
	}
	before, after := content("een", "2026-11-24T10:00"), content("twee", "2026-11-25T10:00")
	for place, want := range map[string][]string{
		"subject": {"subject"}, "preheader": {"preheader"}, "sender": {"sender"}, "source": {"source", "partial"},
		"audience": {"audience"}, "moment": {"moment"}, "placement:zon": {"heading"}, "placement:zee": {"text"},
		"placement:een": {"placement"}, "placement:weg": nil,
		"": {"subject", "preheader", "sender", "source", "partial", "heading", "text", "placement", "placement", "audience", "moment"},
	} {
		var found []string
		for _, d := range mailings.DifferencesAt(place, &before, &after) {
			found = append(found, d.What)
		}
		if !slices.Equal(found, want) {
			t.Errorf("at %q there differs %v, not %v", place, found, want)
		}
	}
}

// TestEachDifferenceIsSaid changes one thing at a time.
func TestEachDifferenceIsSaid(t *testing.T) {
	t.Parallel()
	content := func() mailings.Content {
		return mailings.Content{
			Label:    mailings.LabelFacts{ImprintName: "Spaarzegel B.V.", ImprintAddress: "Keizersgracht 1"},
			Subjects: []mailings.Subject{{Key: "a", Text: "Een"}, {Key: "b", Text: "Twee"}},
			Sender:   mailings.Sender{Name: "Spaarzegel", Address: "acties@spaarzegel.example"},
			Placements: []mailings.Placement{
				{Key: "zon", Advertiser: "Zonvakantie", Campaign: "Winterzon", Terms: []mailings.Term{{Kind: "CPS", BasisPoints: 800}}},
				{Key: "weg", Advertiser: "Fietsen", Campaign: "Herfst"},
			},
			Audience: segments.Audience{Segments: []segments.SegmentRef{{Name: "iedereen", Version: 1}}},
			Schedule: schedules.Schedule{Kind: schedules.Once, At: schedulestest.Local(t, "2026-11-24T10:00")},
		}
	}
	series := schedules.Schedule{Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: 3, Time: "10:00"}}
	for _, c := range []struct {
		change func(*mailings.Content)
		want   mailings.Difference
	}{
		{func(c *mailings.Content) { c.Subjects[1].Text = "Drie" }, mailings.Difference{What: "subject", Of: "b", Before: "Twee",
			After: "Drie"}},
		{func(c *mailings.Content) { c.Subjects = c.Subjects[:1] }, mailings.Difference{What: "subject", Of: "b", Before: "Twee"}},
		{func(c *mailings.Content) { c.Preheader = "Nu" }, mailings.Difference{What: "preheader", After: "Nu"}},
		{func(c *mailings.Content) { c.Sender.Name = "Zegel" },
			mailings.Difference{What: "sender", Before: "Spaarzegel <acties@spaarzegel.example>",
				After: "Zegel <acties@spaarzegel.example>"}},
		{func(c *mailings.Content) { c.Template.Source = "<p>" }, mailings.Difference{What: "source"}},
		{func(c *mailings.Content) {
			c.Placements = append(c.Placements, mailings.Placement{Key: "nu", Advertiser: "Nu", Campaign: "Nu!"})
		}, mailings.Difference{What: "placement", After: "Nu, Nu!"}},
		{func(c *mailings.Content) { c.Placements[0].Campaign = "Zomer" }, mailings.Difference{What: "campaign", Of: "Zonvakantie",
			Before: "Winterzon", After: "Zomer"}},
		{func(c *mailings.Content) { c.Placements[0].Heading = "Zon" }, mailings.Difference{What: "heading", Of: "Zonvakantie",
			After: "Zon"}},
		{func(c *mailings.Content) { c.Placements[0].Text = "Zon" }, mailings.Difference{What: "text", Of: "Zonvakantie", After: "Zon"}},
		{func(c *mailings.Content) { c.Placements[0].URL = "https://x" },
			mailings.Difference{What: "link", Of: "Zonvakantie", After: "https://x"}},
		{func(c *mailings.Content) { c.Placements[0].Alt = "strand" },
			mailings.Difference{What: "alt", Of: "Zonvakantie", After: "strand"}},
		{func(c *mailings.Content) {
			c.Placements[0].Terms = append(c.Placements[0].Terms, mailings.Term{Kind: "CPC", MinorUnits: 25, Currency: "EUR",
				Note: "first week"})
		}, mailings.Difference{What: "terms", Of: "Zonvakantie", Before: "CPS 8.00%", After: "CPS 8.00%, CPC 0.25 EUR first week"}},
		{func(c *mailings.Content) { c.Placements[0].Creative = "ab" }, mailings.Difference{What: "creative", Of: "Zonvakantie"}},
		{func(c *mailings.Content) { c.Placements[0].HTML = "<b>" }, mailings.Difference{What: "block", Of: "Zonvakantie"}},
		{func(c *mailings.Content) { c.Placements[0].VoucherPoolID = 1 }, mailings.Difference{What: "voucher", Of: "Zonvakantie"}},
		{func(c *mailings.Content) { slices.Reverse(c.Placements) }, mailings.Difference{What: "order"}},
		{func(c *mailings.Content) { c.Audience.Segments[0].Version = 2 }, mailings.Difference{What: "audience", Before: "iedereen",
			After: "iedereen (2)"}},
		{func(c *mailings.Content) {
			c.Audience.Exclude = []segments.SegmentRef{{Name: "nieuw"}, {Name: "oud"}}
		}, mailings.Difference{What: "exclude", After: "nieuw, oud"}},
		{func(c *mailings.Content) { c.Audience.Topic = "reizen" }, mailings.Difference{What: "topic", After: "reizen"}},
		{func(c *mailings.Content) { c.Audience.HoldoutPercent = 2.5 }, mailings.Difference{What: "holdout", Before: "0%", After: "2.5%"}},
		{func(c *mailings.Content) { c.Audience.Cap = 100 }, mailings.Difference{What: "cap", Before: "0", After: "100"}},
		{func(c *mailings.Content) { c.Audience.ExcludeMailings = []int64{7} }, mailings.Difference{What: "exclude_mailings"}},
		{func(c *mailings.Content) { c.Schedule = series }, mailings.Difference{What: "moment", Before: "2026-11-24 10:00",
			After: "joined +3 10:00"}},
		{func(c *mailings.Content) {
			c.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2", From: schedulestest.Local(t, "2026-11-24T00:00")}
		}, mailings.Difference{What: "moment", Before: "2026-11-24 10:00", After: "0 10 * * 2 2026-11-24T00:00"}},
		{func(c *mailings.Content) { c.Schedule.PerMinute = 600 }, mailings.Difference{What: "pace", Before: "0", After: "600"}},
		{func(c *mailings.Content) {
			c.Schedule.Window = &schedules.Window{Weekdays: []int{1, 2}, From: "09:00", Until: "17:00"}
		}, mailings.Difference{What: "window", After: "1,2 09:00–17:00"}},
		{func(c *mailings.Content) { c.Schedule.MemberLocal = true }, mailings.Difference{What: "member_local", Before: "false",
			After: "true"}},
		{func(c *mailings.Content) { c.Label.ImprintAddress = "Herengracht 2" },
			mailings.Difference{What: "imprint", Before: "Spaarzegel B.V., Keizersgracht 1", After: "Spaarzegel B.V., Herengracht 2"}},
	} {
		before, after := content(), content()
		c.change(&after)
		if found := mailings.Differences(&before, &after); !slices.Equal(found, []mailings.Difference{c.want}) {
			t.Errorf("found %+v, want %+v", found, c.want)
		}
	}
}
