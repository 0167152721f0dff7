package mailings_test

import (
	"slices"
	"testing"

	"keur/mailings"
	"keur/segments"
)

func TestDifferencesAreSaidInTheOrderOfReading(t *testing.T) {
	t.Parallel()
	before := mailings.Content{
		Subjects:   []mailings.Subject{{Key: "a", Text: "De winterzon in"}},
		Placements: []mailings.Placement{{Key: "zon", Advertiser: "Zonvakantie", Campaign: "Winterzon", Heading: "Zon", Button: "Bekijk"}, {Key: "weg", Advertiser: "Fietsen", Campaign: "Herfst"}},
		Audience:   segments.Audience{Segments: []segments.SegmentRef{{Name: "iedereen"}}},
		Schedule:   mailings.Schedule{Kind: mailings.Once, At: local(t, "2026-11-24T10:00")},
	}
	after := before
	if found := mailings.Differences(&before, &after); len(found) > 0 {
		t.Fatalf("equal contents differ in %v", found)
	}
	after.Subjects = []mailings.Subject{{Key: "a", Text: "Nu de winterzon in"}}
	after.Placements = []mailings.Placement{{Key: "zon", Advertiser: "Zonvakantie", Campaign: "Winterzon", Heading: "Zon", Button: "Boek nu"}}
	after.Schedule.At = local(t, "2026-11-25T10:00")
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

func local(t *testing.T, text string) mailings.LocalTime {
	t.Helper()
	parsed, err := mailings.ParseLocalTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
