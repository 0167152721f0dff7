package recorder

import (
	"slices"
	"time"

	"keur/tracking"
)

// What no person does: three links within two seconds, or all of a mail's
// links within a minute.
const (
	burstLinks  = 3
	burstWithin = 2 * time.Second
	everyWithin = time.Minute
)

// maxRecent bounds how many deliveries a generation of recent clicks holds,
// and maxClicks how many clicks of one are remembered.
const (
	maxRecent = 1 << 15
	maxClicks = 64
)

// delivered names a delivery within the process.
type delivered struct{ send, member int64 }

// recent remembers the last clicks of deliveries. It forgets by generations:
// when one is full, the one before it goes. One goroutine owns it.
type recent struct {
	young, old map[delivered][]recentClick
}

type recentClick struct {
	link    uint16
	at      time.Time
	machine bool
}

// verdict is what a click tells of itself and of those before it.
type verdict struct {
	reason  string    // why it is a machine's; empty for a person's
	since   time.Time // clicks of this delivery from here on are so too …
	earlier int       // … and so many of them passed for human so far
}

// click remembers a click and judges it in the light of the ones before.
// links is how many the mail has. known is the reason found already, if any.
func (r *recent) click(of delivered, link uint16, at time.Time, links int, known string) verdict {
	clicks := r.take(of)
	clicks = slices.DeleteFunc(clicks, func(c recentClick) bool { return c.at.Before(at.Add(-everyWithin)) })
	// It is itself no earlier one, whatever comes out: hence true for now.
	clicks = append(clicks, recentClick{link, at, true})
	v := verdict{reason: known}
	switch {
	case link == tracking.HoneypotLink:
		v = verdict{reason: Honeypot, since: at.Add(-everyWithin)}
	case distinctLinks(clicks, at.Add(-burstWithin)) >= burstLinks:
		v = verdict{reason: Burst, since: at.Add(-burstWithin)}
	case links >= burstLinks && distinctLinks(clicks, at.Add(-everyWithin)) >= links:
		v = verdict{reason: EveryLink, since: at.Add(-everyWithin)}
	}
	for i := range clicks {
		if c := &clicks[i]; !v.since.IsZero() && !c.machine && !c.at.Before(v.since) {
			c.machine = true
			v.earlier++
		}
	}
	clicks[len(clicks)-1].machine = v.reason != ""
	if len(clicks) > maxClicks {
		clicks = slices.Delete(clicks, 0, len(clicks)-maxClicks)
	}
	r.young[of] = clicks
	return v
}

// take returns what is remembered of a delivery and makes room for more.
func (r *recent) take(of delivered) []recentClick {
	clicks, found := r.young[of]
	if !found {
		clicks = r.old[of]
	}
	if r.young == nil || len(r.young) >= maxRecent {
		r.old, r.young = r.young, make(map[delivered][]recentClick)
	}
	return clicks
}

// distinctLinks counts the links clicked from since on.
func distinctLinks(clicks []recentClick, since time.Time) int {
	var seen []uint16
	for _, c := range clicks {
		if !c.at.Before(since) && !slices.Contains(seen, c.link) {
			seen = append(seen, c.link)
		}
	}
	return len(seen)
}
