package webtest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keur/internal/clock"
	"keur/web"
	"keur/web/desk"
)

// readScreens are the desk's screens, with the clock of the test that has them
// at the moment: to make all pages ready takes far longer than most tests.
type readScreens struct {
	*desk.Screens
	clock atomic.Pointer[clock.Fake]
}

// Now returns the time of the test that has the screens.
func (s *readScreens) Now() time.Time { return s.clock.Load().Now() }

// unused are screens that no test has; each new test takes one of them.
var unused struct {
	sync.Mutex
	screens []*readScreens
}

// screensFor returns screens that tell the time by the clock until the test ends.
func screensFor(t *testing.T, now *clock.Fake) *desk.Screens {
	t.Helper()
	s := takeScreens()
	s.clock.Store(now)
	if s.Screens == nil {
		read, err := web.ReadScreens(s)
		if err != nil {
			t.Fatal(err)
		}
		s.Screens = read
	}
	t.Cleanup(func() {
		unused.Lock()
		defer unused.Unlock()
		unused.screens = append(unused.screens, s)
	})
	return s.Screens
}

func takeScreens() *readScreens {
	unused.Lock()
	defer unused.Unlock()
	last := len(unused.screens) - 1
	if last < 0 {
		return new(readScreens)
	}
	s := unused.screens[last]
	unused.screens = unused.screens[:last]
	return s
}
