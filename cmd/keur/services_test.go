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
	"time"
)

func TestServicesStopInReverse(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServices(slog.New(slog.DiscardHandler))
	var mu sync.Mutex
	var ended []string
	for _, name := range []string{"base", "worker", "door"} {
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
	if want := []string{"door", "worker", "base"}; !slices.Equal(ended, want) {
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

func TestListenFinishesRequests(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newServices(slog.New(slog.DiscardHandler))
	arrived, finish := make(chan struct{}), make(chan struct{})
	address, err := s.listen(ctx, "door", "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-finish
		_, _ = io.WriteString(w, "answered")
	}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.listen(ctx, "another door", address.String(), http.NotFoundHandler()); err == nil {
		t.Error("two doors at one address")
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
	// The door closes to newcomers before the one inside is answered.
	for deadline := time.Now().Add(20 * time.Second); ; {
		knock, err := net.Dial("tcp", address.String())
		if err != nil {
			break
		}
		_ = knock.Close()
		if time.Now().After(deadline) {
			t.Fatal("the door stays open")
		}
	}
	close(finish)
	if got := <-answer; got != "answered" {
		t.Errorf("the request in hand got %q", got)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
