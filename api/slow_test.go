package api

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// watched is a listener that counts how often a deadline for reading was set
// on its connections, as that ends a call when it passes.
type watched struct {
	net.Listener
	deadlines atomic.Int64
}

type watchedConn struct {
	net.Conn
	deadlines *atomic.Int64
}

func (w *watched) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	return watchedConn{conn, &w.deadlines}, err
}

func (c watchedConn) SetReadDeadline(at time.Time) error {
	if at.After(time.Now()) { // one in the past only wakes who reads
		c.deadlines.Add(1)
	}
	return c.Conn.SetReadDeadline(at)
}

// TestCallsMayWork makes a call with a body at a server that sets no deadline:
// its work, a mailing with many pictures, say, may take as long as it does.
func TestCallsMayWork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	server := httptest.NewUnstartedServer(d.handler)
	listener := &watched{Listener: server.Listener}
	server.Listener = listener
	server.Start()
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/advertisers",
		strings.NewReader(`{"name": "Tuinhuis", "category": "home"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+d.tokens["planner"])
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Errorf("it answers %s", answer.Status)
	}
	if n := listener.deadlines.Load(); n > 0 {
		t.Errorf("%d deadlines end the call while it works", n)
	}
}
