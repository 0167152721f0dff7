package targets_test

import (
	"testing"
	"time"

	"keur/campaigns/targets"
)

// Where nobody answers for once, the link is asked again soon: it isn't broken, holds
// no send, and works as soon as somebody answers.
func TestTroubleThatPasses(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	const url = "https://www.awin1.com/cread.php?m=1"
	r.link(t, "Shop", url)
	r.passes(t, 0)
	stands := func(by time.Duration, state targets.State, checks int) {
		t.Helper()
		before := len(r.asked)
		r.passes(t, by)
		if found := r.all(t)[0]; found.State != state || len(r.asked)-before != checks {
			t.Errorf("after %d checks it is %s", len(r.asked)-before, found.State)
		}
	}
	r.ends[url] = "links.trouble"
	stands(24*time.Hour, targets.Unclear, 2) // a check asks twice at once
	stands(20*time.Minute, targets.Unclear, 0)
	delete(r.ends, url)
	stands(15*time.Minute, targets.Works, 1)
	r.ends[url] = "links.trouble"
	stands(48*time.Hour, targets.Unclear, 2)
	stands(time.Hour, targets.Broken, 2)
	delete(r.ends, url)
	stands(time.Hour, targets.Works, 1)
	if told := r.letters(t); len(told) != 1 {
		t.Errorf("told is %q", told)
	}
}
