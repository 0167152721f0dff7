package web_test

import (
	"net/url"
	"strings"
	"testing"

	"keur/web/webtest"
)

// TestAStopShowsEverywhereAtOnce: wherever a mailing of a stopped advertiser
// stands, with the reason, and nowhere any more once the stop is lifted.
func TestAStopShowsEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Approved(t, d.Brief(t, "2026-11-23T16:00")) // today
	m, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	planner, label := d.As("planner"), "?label="+d.Label.Code
	advertiser, mailing := "/advertisers/"+webtest.Itoa(d.Advertiser.ID), "/mailings/"+webtest.Itoa(m.ID)
	places := map[string]string{
		"the list": "/mailings" + label, "its page": mailing + "/content", "its check": mailing + "/check", "today": "/",
		"the month":                "/calendar" + label + "&from=2026-11-23",
		"the list of the calendar": "/calendar" + label + "&mode=list&from=2026-11-23",
		"the campaign":             "/campaigns/" + webtest.Itoa(d.Campaign.ID), "the advertiser": advertiser,
	}
	shows := func(reason string, want bool) {
		t.Helper()
		for name, path := range places {
			got := planner.Get(path)
			if shown := strings.Contains(got.Body, reason); got.Status != 200 || shown != want {
				t.Errorf("%s answers %d and shows that %q: %v", name, got.Status, reason, shown)
			}
		}
	}
	shows("The shop is closed", false)
	planner.Post(advertiser+"/stop", url.Values{"reason": {"The shop is closed"}})
	shows("The shop is closed", true)
	stopped, err := d.Advertisers.Get(t.Context(), d.Advertiser.ID)
	if err != nil || stopped.StoppedAt == nil {
		t.Fatal(stopped, err)
	}
	if _, err := d.Advertisers.Resume(t.Context(), d.Advertiser.ID, *stopped.StoppedAt, d.Maker.ID); err == nil {
		shows("The shop is closed", false)
	}
}
