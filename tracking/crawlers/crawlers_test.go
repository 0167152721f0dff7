package crawlers_test

import (
	"os"
	"strings"
	"testing"

	"keur/tracking/crawlers"
)

// TestRobotsAreTold asks of robots by plain words, by patterns and by their
// case, and of people's programs.
func TestRobotsAreTold(t *testing.T) {
	t.Parallel()
	c, err := crawlers.New()
	if err != nil {
		t.Fatal(err)
	}
	for agent, want := range map[string]bool{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":  true,
		"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)":   true,
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)": true,
		"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)":        true,
		"Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)":                     true,
		"curl/8.5.0":   true,
		"Slackbot 1.0": true,
		"":             false,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 " +
			"Safari/537.36": false,
		"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 " +
			"Thunderbird/115.9.0": false,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 " +
			"Safari/604.1": false,
	} {
		if got := c.Match(agent); got != want {
			t.Errorf("%q is a robot: %t, want %t", agent, got, want)
		}
	}
}

// TestGeneralWords asks of robots that no list knows, of which nearly all must
// be told, and of people's programs, of which none may be taken for one.
func TestGeneralWords(t *testing.T) {
	t.Parallel()
	c, err := crawlers.New()
	if err != nil {
		t.Fatal(err)
	}
	for file, robots := range map[string]bool{"testdata/robots.txt": true, "testdata/people.txt": false} {
		agents, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for agent := range strings.Lines(string(agents)) {
			if agent = strings.TrimSpace(agent); c.Match(agent) != robots {
				t.Errorf("%q is a robot: %t", agent, !robots)
			}
		}
	}
}
