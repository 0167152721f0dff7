package desk

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestLive reads events until the desk stops.
func TestLive(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	drawn := 0
	server := httptest.NewServer(d.Handler([]Route{Get("/live", Strangers(), func(x *Exchange) error {
		return Live(x, time.Millisecond, func() (string, error) {
			if drawn++; drawn > 2 {
				d.Stop()
			}
			return strings.Repeat("line\n", min(drawn, 2)), nil
		})
	})}))
	t.Cleanup(server.Close)
	r, err := http.Get(server.URL + "/live") //nolint:noctx // ends with the desk
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	want := "event: part\ndata: line\ndata: \n\nevent: part\ndata: line\ndata: line\ndata: \n\n"
	if got := body(t, r); got != want || r.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%q", got)
	}
}
