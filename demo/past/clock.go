package past

import (
	"sync"
	"time"
)

// Clock is the time within history. It stands still until the next thing
// happens; while many things happen at once, each look at it takes a moment,
// so that they don't all bear the same time.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	moment time.Duration
	until  time.Time // it runs no further
}

// NewClock returns a clock that stands at a moment.
func NewClock(at time.Time) *Clock { return &Clock{now: at.UTC()} }

// Now returns the time within history.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if next := c.now.Add(c.moment); !next.After(c.until) {
		c.now = next
	}
	return c.now
}

// reach moves the clock on to a moment, never back, and lets it stand there.
func (c *Clock) reach(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moment = 0
	if at.After(c.now) {
		c.now = at.UTC()
	}
}

// run makes each look at the clock take a moment, until so much time has passed
// or a moment is reached.
func (c *Clock) run(moment, most time.Duration, end time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moment, c.until = moment, c.now.Add(most)
	if c.until.After(end) {
		c.until = end
	}
}
