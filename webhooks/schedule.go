package webhooks

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// waits are how long after each failure a message is tried again: for about a day.
var waits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 8 * time.Hour, 10 * time.Hour,
}

// MaxAttempts is after how many a message is given up.
func MaxAttempts() int { return len(waits) + 1 }

// longest is how long a receiver may ask us to wait.
const longest = 24 * time.Hour

// again returns when to try again after so many attempts, and false if that was the
// last. Up to a tenth is added, so that what failed together doesn't come back
// together. asked is how long the receiver wants to be left alone.
func again(attempts int, now time.Time, asked time.Duration) (time.Time, bool) {
	if attempts > len(waits) {
		return now, false
	}
	wait := max(waits[max(attempts, 1)-1], min(asked, longest))
	return now.Add(wait + rand.N(wait/10+1)), true
}

// retryAfter returns how long a receiver wants to be left alone (RFC 9110 §10.2.3);
// 0: it doesn't say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(longest/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
