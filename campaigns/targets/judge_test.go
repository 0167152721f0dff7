package targets

import (
	"testing"
	"time"

	"keur/internal/links"
	"keur/internal/words"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const click = "https://www.network.com/c?m=1"
	for name, c := range map[string]struct {
		was                Target // how it stood, other than at home where
		home, final, found string
		sites              []string
		state              State
		says, lives        string
	}{
		"the first check says where it is at home": {final: "https://www.shop.nl/a", state: Works, lives: "shop.nl"},
		"another page of it":                       {home: "shop.nl", final: "https://m.shop.nl/", state: Works, lives: "shop.nl"},
		"another site": {
			home: "shop.nl", final: "https://casino.com/", state: Broken, says: "links.elsewhere", lives: "shop.nl",
		},
		"another site that a person knows": {
			home: "shop.nl", final: "https://shop.de/", sites: []string{"shop.de"}, state: Works, lives: "shop.de",
		},
		"it never leaves the network": {
			home: "shop.nl", final: "https://www.network.com/expired", state: Broken, says: "links.stays", lives: "shop.nl",
		},
		"at first at none of the sites": {
			final: "https://casino.com/", sites: []string{"shop.nl"}, state: Broken, says: "links.foreign",
		},
		"the sub-id is lost": {
			home: "shop.nl", final: "https://shop.nl/", found: "links.sub_id_lost",
			state: Broken, says: "links.sub_id_lost", lives: "shop.nl",
		},
		"nobody answers": {home: "shop.nl", found: "links.no_answer", state: Unclear, says: "links.no_answer", lives: "shop.nl"},
		"nobody did the last time either": {
			was: Target{State: Unclear, Found: words.Of("links.trouble")}, home: "shop.nl", found: "links.no_answer",
			state: Broken, says: "links.no_answer", lives: "shop.nl",
		},
		"it turned programs away the last time": {
			was: Target{State: Unclear, Found: words.Of("links.refused")}, home: "shop.nl", found: "links.no_answer",
			state: Unclear, says: "links.no_answer", lives: "shop.nl",
		},
		"what is broken doesn't answer": {
			was: Target{State: Broken, Found: words.Of("links.stays")}, home: "shop.nl", found: "links.trouble",
			state: Broken, says: "links.trouble", lives: "shop.nl",
		},
		"it turns programs away": {
			home: "shop.nl", final: "https://shop.nl/", found: "links.refused", state: Unclear, says: "links.refused", lives: "shop.nl",
		},
		"it does elsewhere": {
			home: "shop.nl", final: "https://casino.com/", found: "links.refused", state: Broken, says: "links.elsewhere", lives: "shop.nl",
		},
		"its host could not be looked up": {
			home: "shop.nl", found: "links.unresolved", state: Unclear, says: "links.unresolved", lives: "shop.nl",
		},
	} {
		target := c.was
		target.URL, target.Home = click, c.home
		checked := links.Checked{Final: c.final, Found: words.Of(c.found)}
		state, says, lives := target.judge(checked, c.sites)
		if state != c.state || says.Key != c.says || lives != c.lives {
			t.Errorf("%s: %s, %s, at home at %q", name, state, says.Key, lives)
		}
	}
}

// A target is due once in each day, and targets at different times of it.
func TestDueOnceADay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	times := map[time.Time]bool{}
	for id := ID(1); id <= 200; id++ {
		for at, jitter := now, time.Duration(0); at.Before(now.AddDate(0, 0, 9)); jitter += earlier / 10 {
			next := due(id, words.Message{}, at, min(jitter, earlier))
			if day := at.Truncate(24*time.Hour).AddDate(0, 0, 1); !next.Truncate(24 * time.Hour).Equal(day) {
				t.Fatalf("%d, checked at %s, is due at %s", id, at, next)
			}
			at = next
		}
		times[due(id, words.Message{}, now, 0)] = true
	}
	if len(times) < 190 {
		t.Errorf("200 targets are due at %d times", len(times))
	}
}
