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
	for said, want := range map[string]time.Duration{
		"":                              time.Minute,
		"soon":                          time.Minute,
		"5":                             time.Minute,
		"-5":                            time.Minute,
		"120":                           2 * time.Minute,
		"86400":                         24 * time.Hour,
		"31536000":                      24 * time.Hour,
		"9223372036854775807":           24 * time.Hour, // beyond what a time.Duration holds
		"99999999999999999999999999":    24 * time.Hour, // beyond what an integer holds
		"-99999999999999999999999999":   time.Minute,
		"Mon, 02 Nov 2026 09:40:00 GMT": 10 * time.Minute,
		"Mon, 02 Nov 2020 09:40:00 GMT": time.Minute,
		"Fri, 31 Dec 9999 23:59:59 GMT": 24 * time.Hour,
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", said)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		var blocked time.Time
		c := &networks.Client{
			Limit: networks.Limit{Penalty: time.Minute}, HTTP: web.Client(), Now: func() time.Time { return now },
			Spend: func(context.Context) error { return nil },
			Block: func(_ context.Context, until time.Time) error { blocked = until; return nil },
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Do(r)
		web.Close()
		if wait, is := networks.AsWait(err); !is || wait.Until.Sub(now) != want || !blocked.Equal(wait.Until) {
			t.Errorf("told %q it waits until %s, and says %v; want %s", said, blocked, err, want)
		}
	}
}
