//go:build crash

package trial

import (
	"testing"
	"time"

	"keur/internal/proctest"
)

// A provider that answers 421 is let alone by three processes, and nobody else waits
// for it.
func TestCrashARefusingProvider(t *testing.T) {
	t.Parallel()
	c, r := newTrial(t, 2000), newReceiver("gmx.example")
	c.watch(r)
	workers := []func(){}
	for range 3 {
		w := c.workShaped(t)
		workers = append(workers, func() { proctest.Stop(t, w) })
	}
	proctest.Until(t, "all others have their mail", func() bool {
		return c.count(t, `SELECT count(*) FROM deliveries WHERE state = 'sent'`) == 1500
	})
	r.mu.Lock()
	tried, within := r.conns["gmx.example"], time.Since(r.began)
	r.mu.Unlock()
	t.Logf("%d connections in %s", tried, within)
	if tried == 0 || tried > 20+int(within/time.Second) {
		t.Errorf("%d connections in %s to a provider that answers each with 421", tried, within)
	}
	for _, stop := range workers {
		stop()
	}
	if n := c.count(t, `SELECT count(*) FROM deliveries WHERE state IN ('queued', 'deferred')`); n != 500 {
		t.Errorf("%d of 500 wait", n)
	}
}
