package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"keur/internal/proxies"
	"keur/internal/trace"
)

// How long things may take.
const (
	stopWithin    = 45 * time.Second // for one service to finish what it has in hand; a worker takes up to 30 seconds
	headersWithin = 10 * time.Second // for a client to say what it wants, against slow ones that hold connections
	requestWithin = 2 * time.Minute  // for a whole request, uploads included
	idleWithin    = 2 * time.Minute  // between requests of a connection
	askWithin     = 10 * time.Second // for an identity provider to answer
)

// services are the running parts of this process. They are stopped in the
// reverse order of their start, so that none loses what it stands on.
type services struct {
	log     *slog.Logger
	proxies proxies.Trusted // before what listens
	running []service
	broken  chan error
}

type service struct {
	name string
	stop context.CancelFunc
	done chan struct{}
}

func newServices(log *slog.Logger) *services {
	return &services{log: log, broken: make(chan error, 1)}
}

// start runs loop until it is told to stop by the end of its context, which
// isn't the end of ctx: only wait stops services. A loop that ends by itself
// with an error brings the process down, so that whatever watches it starts anew.
func (s *services) start(ctx context.Context, name string, loop func(ctx context.Context) error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	s.running = append(s.running, service{name: name, stop: stop, done: done})
	go func() {
		defer close(done)
		err := loop(ctx)
		if ctx.Err() == nil {
			s.fail(fmt.Errorf("%s ended by itself: %w", name, errors.Join(err, errors.New("it shouldn't"))))
		} else if err != nil && !errors.Is(err, context.Canceled) {
			s.log.Error("stopped with trouble", "service", name, "error", err)
		}
	}()
}

// fail keeps the first trouble; the others follow from it.
func (s *services) fail(err error) {
	select {
	case s.broken <- err:
	default:
	}
}

// bind takes the address for the part that is called name, or says which flag
// gives it another one.
func bind(ctx context.Context, name, flag, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s can't listen on %s, as another program does: stop that one, or give another address with --%s",
			name, address, flag)
	case err != nil:
		return nil, fmt.Errorf("%s can't listen on %s, which --%s sets: %w", name, address, flag, err)
	}
	return listener, nil
}

// listen serves handler at address and returns where that is, which matters
// when the port was left open (":0"). When stopped it first answers the
// requests that it has. flag is what sets the address.
func (s *services) listen(ctx context.Context, name, flag, address string, handler http.Handler) (net.Addr, error) {
	listener, err := bind(ctx, name, flag, address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler:           s.proxies.Handler(trace.Handler(ctx, name, handler)),
		ReadHeaderTimeout: headersWithin,
		ReadTimeout:       requestWithin,
		WriteTimeout:      requestWithin,
		IdleTimeout:       idleWithin,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // broken clients, mostly
	}
	if live, is := handler.(interface{ Stop() }); is {
		server.RegisterOnShutdown(live.Stop) // pages that are open would hold the shutdown up
	}
	s.start(ctx, name, func(ctx context.Context) error {
		stopped := make(chan error, 1)
		stop := context.AfterFunc(ctx, func() {
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin/2)
			defer cancel()
			stopped <- errors.Join(server.Shutdown(late), server.Close())
		})
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) || stop() {
			return err
		}
		return <-stopped
	})
	s.log.Info("listening", "service", name, "address", listener.Addr().String())
	return listener.Addr(), nil
}

// wait blocks until ctx ends or a service breaks, and then stops them all, the
// last first. Returns why it broke, or nil.
func (s *services) wait(ctx context.Context) error {
	var broken error
	select {
	case <-ctx.Done():
		s.log.Info("stopping")
	case broken = <-s.broken:
		s.log.Error("stopping", "because", broken)
	}
	s.stopAll()
	return broken
}

// stopAll stops the services that were started, the last first.
func (s *services) stopAll() {
	for len(s.running) > 0 {
		last := s.running[len(s.running)-1]
		s.running = s.running[:len(s.running)-1]
		last.stop()
		select {
		case <-last.done:
		case <-time.After(stopWithin):
			s.log.Error("didn't stop in time", "service", last.name)
		}
	}
}
