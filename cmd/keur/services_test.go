package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"keur/internal/proctest"
	"keur/internal/proxies"
)

func TestServicesStopInReverse(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServices(slog.New(slog.DiscardHandler))
	var mu sync.Mutex
	var ended []string
	for _, name := range []string{"base", "worker", "server"} {
		s.start(ctx, name, func(ctx context.Context) error {
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, name)
			return ctx.Err()
		})
	}
	cancel()
	if err := s.wait(ctx); err != nil {
		t.Error(err)
	}
	if want := []string{"server", "worker", "base"}; !slices.Equal(ended, want) {
		t.Errorf("ended %q, want %q", ended, want)
	}
}

func TestBrokenServiceEndsAll(t *testing.T) {
	t.Parallel()
	s := newServices(slog.New(slog.DiscardHandler))
	stopped := false
	s.start(t.Context(), "worker", func(ctx context.Context) error {
		<-ctx.Done()
		stopped = true
		return nil
	})
	gone := errors.New("the base is gone")
	s.start(t.Context(), "scheduler", func(context.Context) error { return gone })
	if err := s.wait(t.Context()); !errors.Is(err, gone) || !strings.Contains(err.Error(), "scheduler") {
		t.Error(err)
	}
	if !stopped {
		t.Error("the worker runs on")
	}
}

// TestEveryDoorSeesTheClient: what listens is told by trusted proxies alone from
// where a request came.
func TestEveryDoorSeesTheClient(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for name, c := range map[string]struct {
		trusted []string
		want    string
	}{
		"trusted":     {[]string{"127.0.0.0/8"}, "203.0.113.9"},
		"not trusted": {[]string{"10.0.0.0/8"}, "127.0.0.1"},
		"nobody is":   {nil, "127.0.0.1"},
	} {
		s := newServices(slog.New(slog.DiscardHandler))
		var err error
		if s.proxies, err = proxies.Parse(c.trusted); err != nil {
			t.Fatal(err)
		}
		address, err := s.listen(ctx, "server", "at-address", "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			_, _ = io.WriteString(w, host+r.Header.Get("X-Forwarded-For")+r.Header.Get("X-Real-IP"))
		}))
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.9")
		request.Header.Set("X-Real-IP", "198.51.100.2")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(response.Body); string(got) != c.want {
			t.Errorf("%s: the server sees %s, want %s", name, got, c.want)
		}
		_ = response.Body.Close()
		s.stopAll()
	}
	if err := (serveCommand{TrustedProxies: []string{"proxy"}}).Validate(); err == nil {
		t.Error("a proxy by name")
	}
}

func TestListenFinishesRequests(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newServices(slog.New(slog.DiscardHandler))
	arrived, finish := make(chan struct{}), make(chan struct{})
	address, err := s.listen(ctx, "server", "server-address", "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-finish
		_, _ = io.WriteString(w, "answered")
	}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.listen(ctx, "another server", "other-address", address.String(), http.NotFoundHandler()); err == nil ||
		!strings.Contains(err.Error(), "--other-address") {
		t.Error("two servers at one address")
	}
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + address.String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	<-arrived
	cancel()
	waited := make(chan error, 1)
	go func() { waited <- s.wait(ctx) }()
	// The server closes to newcomers before the one inside is answered.
	proctest.Until(t, "the server closes", func() bool {
		knock, err := net.Dial("tcp", address.String())
		if err == nil {
			_ = knock.Close()
		}
		return err != nil
	})
	close(finish)
	if got := <-answer; got != "answered" {
		t.Errorf("the request in hand got %q", got)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
