package networks_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"keur/networks"
)

// What a network says of how long to wait counts, from its penalty to a day.
func TestHowLongANetworkIsLeftAlone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		header, says string
		want         time.Duration
	}{
		{"Retry-After", "", time.Minute},
		{"Retry-After", "soon", time.Minute},
		{"Retry-After", "5", time.Minute},
		{"Retry-After", "-5", time.Minute},
		{"Retry-After", "120", 2 * time.Minute},
		{"Retry-After", "86400", 24 * time.Hour},
		{"Retry-After", "31536000", 24 * time.Hour},
		{"Retry-After", "9223372036854775807", 24 * time.Hour},        // beyond what a time.Duration holds
		{"Retry-After", "99999999999999999999999999", 24 * time.Hour}, // beyond what an integer holds
		{"Retry-After", "-99999999999999999999999999", time.Minute},
		{"Retry-After", "Mon, 02 Nov 2026 09:40:00 GMT", 10 * time.Minute},
		{"Retry-After", "Mon, 02 Nov 2020 09:40:00 GMT", time.Minute},
		{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT", 24 * time.Hour},
		{"X-Reset", "600", 10 * time.Minute}, // the network's own
		{"X-Reset", "9223372036854775807", 24 * time.Hour},
		{"X-RateLimit", "600", time.Minute}, // of another meaning
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(c.header, c.says)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		var blocked time.Time
		client := &networks.Client{
			Limit: networks.Limit{Penalty: time.Minute, Reset: "X-Reset"}, HTTP: web.Client(), Now: func() time.Time { return now },
			Spend: func(context.Context) error { return nil },
			Block: func(_ context.Context, until time.Time) error { blocked = until; return nil },
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Do(r)
		web.Close()
		if wait, is := networks.AsWait(err); !is || wait.Until.Sub(now) != c.want || !blocked.Equal(wait.Until) {
			t.Errorf("told %s %q it waits until %s, and says %v; want %s", c.header, c.says, blocked, err, c.want)
		}
	}
}
