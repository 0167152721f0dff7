//go:build bench

package public_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keur/internal/benchtest"
	"keur/internal/pgtest"
	"keur/tracking"
)

// TestBenchOpensAndClicks has 64 connections, and then twice as many, open and click
// by turns, each answered when it is durable, on a server that doesn't cheat. Members
// come over a connection each: the more wait at once, the more are durable by one flush.
func TestBenchOpensAndClicks(t *testing.T) {
	const (
		people   = 20_000
		requests = 100_000
		runs     = 3
	)
	own := pgtest.Server(t)
	h := build(t, pgtest.DB{AppURL: own.AppURL(), App: pgtest.Open(t, own.AppURL()), Owner: pgtest.Open(t, own.OwnerURL())}, people)
	b := benchtest.New(t, h.Owner)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h.server}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	calls := make([][]byte, 0, 2*people)
	for member := int64(1); member <= people; member++ {
		for _, path := range []string{h.path("/o/", tracking.Open, member, 0) + ".gif", h.path("/c/", tracking.Click, member, 0)} {
			calls = append(calls, fmt.Appendf(nil,
				"GET %s HTTP/1.1\r\nHost: label.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "+
					"Firefox/128.0\r\n\r\n", path))
		}
	}
	rates := map[int]float64{64: 8_000, 128: 15_000}
	for _, connections := range slices.Sorted(maps.Keys(rates)) {
		f := b.Repeat(runs, func() map[string]float64 {
			start := time.Now()
			took := crowd(t, listener.Addr().String(), connections, calls, requests)
			elapsed := time.Since(start)
			slices.Sort(took)
			return map[string]float64{
				"rate": requests / elapsed.Seconds(), "median": benchtest.Milliseconds(took[len(took)/2]),
				"p99": benchtest.Milliseconds(took[len(took)*99/100]),
			}
		})
		name := fmt.Sprintf("opens and clicks over %d connections", connections)
		b.Target(name, f["rate"], b.Rate(rates[connections]), "a second")
		b.Target(name+", half of them within", f["median"], b.Within(12), "ms")
		b.Target(name+", 99 of 100 within", f["p99"], b.Within(25), "ms")
	}
	if n := h.one(t, `SELECT count(*) FROM events`); n != len(rates)*(1+runs)*requests {
		t.Errorf("%d of %d are recorded", n, len(rates)*(1+runs)*requests)
	}
}

// crowd sends so many of the calls, over and over, and returns how long each took.
func crowd(t *testing.T, address string, connections int, calls [][]byte, requests int64) []time.Duration {
	var (
		next atomic.Int64
		mu   sync.Mutex
		all  []time.Duration
		done sync.WaitGroup
	)
	for range connections {
		done.Go(func() {
			took, err := visit(address, calls, &next, requests)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	done.Wait()
	return all
}

// visit speaks HTTP by hand, since a client of net/http would need more of
// the machine than the server does.
func visit(address string, calls [][]byte, next *atomic.Int64, requests int64) (took []time.Duration, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for n := next.Add(1) - 1; n < requests; n = next.Add(1) - 1 {
		start := time.Now()
		if _, err := conn.Write(calls[n%int64(len(calls))]); err != nil {
			return took, err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return took, err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		took = append(took, time.Since(start))
		if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusFound {
			return took, fmt.Errorf("answered %s", response.Status)
		}
	}
	return took, nil
}
