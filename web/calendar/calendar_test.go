package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
	"keur/web/desk/entries"
)

func TestClashesAreFound(t *testing.T) {
	t.Parallel()
	at := func(day int, id mailings.ID, advertiser campaigns.AdvertiserID) entries.Entry {
		return entries.Entry{
			At:  time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC),
			Day: civil.Date{Year: 2026, Month: 11, Day: day},
			Occasion: reports.Occasion{
				Mailing: id, Placed: []reports.Placed{{Advertiser: advertiser, Name: "A", Category: "travel"}},
			},
		}
	}
	// 1 and 6 have the same advertiser; 6 and 9 are three days apart; 19 and 20
	// have the same category.
	all := []entries.Entry{at(1, 1, 1), at(6, 2, 1), at(9, 3, 2), at(19, 4, 3), at(20, 5, 4)}
	entries.MarkClashes(all, time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC))
	found := clashesIn(all, civil.Date{Year: 2026, Month: 11, Day: 1}, civil.Date{Year: 2026, Month: 12, Day: 1})
	if len(found) != 2 || found[0].Why != reports.SameAdvertiser || found[0].B.Mailing != 2 || found[1].Why != reports.SameCategory ||
		found[1].A.Mailing != 4 {
		t.Errorf("found %+v", found)
	}
}

// TestClashesAreOfWhatCanBeChanged: what has gone out is no warning on itself,
// but one on what is still to come; two that are past, or one that was called
// off, warn of nothing. One pair of mailings is one warning, and those of one
// advertiser stand first.
func TestClashesAreOfWhatCanBeChanged(t *testing.T) {
	t.Parallel()
	at := func(day int, id mailings.ID, advertiser campaigns.AdvertiserID, change func(*entries.Entry)) entries.Entry {
		e := entries.Entry{
			At: time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC), Day: civil.Date{Year: 2026, Month: 11, Day: day},
			Occasion: reports.Occasion{Mailing: id, Placed: []reports.Placed{{Advertiser: advertiser, Name: "A", Category: "travel"}}},
		}
		change(&e)
		return e
	}
	sent := func(e *entries.Entry) { e.Send, e.SendState, e.Started = 1, mailings.Finished, true }
	missed := func(e *entries.Entry) { e.Send, e.SendState = 2, mailings.Missed }
	cancelled := func(e *entries.Entry) { e.State = mailings.Cancelled }
	planned := func(*entries.Entry) {}
	all := []entries.Entry{
		at(8, 1, 1, sent), at(10, 2, 1, sent), at(11, 3, 1, missed), at(13, 4, 2, planned), at(14, 5, 1, planned),
		at(15, 6, 1, cancelled), at(16, 4, 2, planned), at(17, 5, 1, planned),
	}
	entries.MarkClashes(all, time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC))
	for _, e := range all {
		if marked := len(e.Close) > 0; marked != (e.Mailing == 4 || e.Mailing == 5) {
			t.Errorf("mailing %d of %s is marked: %v", e.Mailing, e.Day, marked)
		}
	}
	found := clashesIn(all, civil.Date{Year: 2026, Month: 11, Day: 1}, civil.Date{Year: 2026, Month: 12, Day: 1})
	var got []string
	for _, c := range found {
		got = append(got, fmt.Sprintf("%s %d and %d, %d days, %d more", c.Why, c.A.Mailing, c.B.Mailing, c.Days(), c.More))
	}
	want := []string{"advertiser 2 and 5, 4 days, 0 more", "advertiser 1 and 5, 6 days, 0 more", "category 4 and 5, 1 days, 2 more"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestSpendingTakesTheTightestCap(t *testing.T) {
	t.Parallel()
	n := 60
	day := civil.Date{Year: 2026, Month: 11, Day: 10}
	all := []entries.Entry{
		{Day: day.AddDays(-6), Occasion: reports.Occasion{Members: &n}}, {Day: day, Occasion: reports.Occasion{Members: &n}},
	}
	weekly, daily := labels.Cap{Days: 7, AtMost: 1}, labels.Cap{Days: 1, AtMost: 1}
	if got := spent(all, day, []labels.Cap{daily, weekly}, 100); got.Cap != weekly || got.Used != 120 || !got.Over {
		t.Errorf("the week holds %+v", got)
	}
	if got := spent(all, day, []labels.Cap{daily}, 100); got.Used != 60 || got.Most != 100 || got.Over {
		t.Errorf("the day holds %+v", got)
	}
}

func TestLinesOfCalendarsAreFolded(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	fold(&out, "SUMMARY:"+strings.Repeat("é", 100))
	for line := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\r\n"), "\r\n") {
		if len(line) > octets || strings.ContainsRune(line, '\uFFFD') {
			t.Errorf("%d octets: %s", len(line), line)
		}
	}
	if got := strings.ReplaceAll(out.String(), "\r\n ", ""); got != "SUMMARY:"+strings.Repeat("é", 100)+"\r\n" {
		t.Errorf("unfolded it is %s", got)
	}
	if got := escaped("a,b;c\\d\ne"); got != `a\,b\;c\\d\ne` {
		t.Errorf("escaped %s", got)
	}
}
