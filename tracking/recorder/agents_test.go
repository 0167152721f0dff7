package recorder

import (
	"testing"
	"time"

	"keur/tracking"
)

func TestAgentsAreJudged(t *testing.T) {
	t.Parallel()
	agents, err := NewAgents()
	if err != nil {
		t.Fatal(err)
	}
	const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	for _, c := range []struct {
		kind         tracking.Kind
		method, name string
		want         string
	}{
		{tracking.Click, "GET", chrome, ""},
		{tracking.Click, "GET", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
			"Version/17.5 Mobile/15E148 Safari/604.1", ""},
		{tracking.Open, "GET", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", ""},
		{tracking.Open, "GET", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", ""},
		{tracking.Open, "GET", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", ""},
		{tracking.Open, "GET", "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", ""},
		{tracking.Open, "GET", "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.9.0", ""},
		{tracking.Open, "GET", "", ""},
		{tracking.Open, "GET", "Mozilla/5.0", AppleMPP},
		{tracking.Open, "GET", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " +
			"Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0", PrefetchGmail},
		{tracking.Click, "GET", "", ScannerAgent},
		{tracking.Click, "GET", "Barracuda Sentinel (EE)", ScannerAgent},
		{tracking.Click, "GET", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", CrawlerAgent},
		{tracking.Click, "HEAD", chrome, Head},
	} {
		if got := agents.Judge(c.kind, c.method, c.name); got != c.want {
			t.Errorf("%v by %q is %q, not %q", c.kind, c.name, got, c.want)
		}
	}
}

func TestClicksAreJudgedTogether(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	type click struct {
		link  uint16
		after time.Duration
		want  string
		early int
	}
	for name, clicks := range map[string][]click{
		"a person":       {{1, 0, "", 0}, {2, 9 * time.Second, "", 0}, {1, 20 * time.Second, "", 0}, {2, 21 * time.Second, "", 0}},
		"a double click": {{1, 0, "", 0}, {1, time.Second, "", 0}, {1, time.Second, "", 0}},
		"a burst":        {{1, 0, "", 0}, {2, time.Second, "", 0}, {3, time.Second, Burst, 2}, {4, 0, Burst, 0}},
		"every link": {{1, 0, "", 0}, {2, 9 * time.Second, "", 0}, {3, 9 * time.Second, "", 0}, {4, 9 * time.Second, "", 0},
			{5, 9 * time.Second, EveryLink, 4}},
		"a hidden link":       {{1, 0, "", 0}, {tracking.HoneypotLink, 9 * time.Second, Honeypot, 1}},
		"links over the days": {{1, 0, "", 0}, {2, time.Hour, "", 0}, {3, time.Hour, "", 0}, {4, time.Hour, "", 0}, {5, time.Hour, "", 0}},
	} {
		var r recent
		now := at
		for i, c := range clicks {
			now = now.Add(c.after)
			if v := r.click(delivered{1, 2}, c.link, now, 5, ""); v.reason != c.want || v.earlier != c.early {
				t.Errorf("%s: click %d is %q with %d earlier, not %q with %d", name, i+1, v.reason, v.earlier, c.want, c.early)
			}
		}
	}
}

func TestRecentClicksAreBounded(t *testing.T) {
	t.Parallel()
	var r recent
	now := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	for i := range int64(3 * maxRecent) {
		r.click(delivered{1, i}, 1, now, 5, "")
	}
	for range 3 * maxClicks {
		r.click(delivered{1, 1}, 1, now, 5, "")
	}
	if len(r.young) > maxRecent || len(r.old) > maxRecent || len(r.young[delivered{1, 1}]) > maxClicks {
		t.Errorf("remembers %d and %d deliveries, %d clicks of one", len(r.young), len(r.old), len(r.young[delivered{1, 1}]))
	}
}

func TestTooSoonAfterDelivery(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]bool{0: true, 4 * time.Second: true, 5 * time.Second: false, time.Hour: false} {
		if got := clickedTooSoon(sent.Add(after), &sent); got != want {
			t.Errorf("after %v: %v", after, got)
		}
	}
	if !clickedTooSoon(sent, nil) {
		t.Error("a click on a mail that is still on its way must be too soon")
	}
}
