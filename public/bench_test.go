package public_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/tracking"
)

// connections is how many people come at once.
const connections = 64

// BenchmarkOpensAndClicks has 64 connections open and click by turns, each
// answered when it is durable, and reports the rate and the slowest percent.
// With SERVE set to an address it only serves there, for another generator,
// and writes the paths to standard output.
func BenchmarkOpensAndClicks(b *testing.B) {
	const people = 20_000
	h := build(b, pgtest.Durable(b), people)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if address := os.Getenv("SERVE"); address != "" {
		listener, err = net.Listen("tcp", address)
	}
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: h.door}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	paths := make([]string, 0, 2*people)
	for member := int64(1); member <= people; member++ {
		paths = append(paths, h.path("/o/", tracking.Open, member, 0)+".gif", h.path("/c/", tracking.Click, member, 0))
	}
	if os.Getenv("SERVE") != "" {
		for _, path := range paths {
			fmt.Println(path)
		}
		select {}
	}
	var next atomic.Int64
	var all []time.Duration
	var mu sync.Mutex
	var crowd sync.WaitGroup
	b.ResetTimer()
	for range connections {
		crowd.Go(func() {
			took := visit(b, "http://"+listener.Addr().String(), paths, &next)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	crowd.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	if n := h.one(b, `SELECT count(*) FROM events`); n != b.N {
		b.Errorf("%d of %d are recorded", n, b.N)
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}

// visit fetches paths over one connection until b.N have been fetched by all.
func visit(b *testing.B, base string, paths []string, next *atomic.Int64) []time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	var took []time.Duration
	for {
		n := next.Add(1)
		if n > int64(b.N) {
			return took
		}
		request, err := http.NewRequest(http.MethodGet, base+paths[n%int64(len(paths))], nil)
		if err != nil {
			b.Error(err)
			return took
		}
		request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
		start := time.Now()
		response, err := client.Do(request)
		if err != nil {
			b.Error(err)
			return took
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		took = append(took, time.Since(start))
		if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusFound {
			b.Errorf("answered %d", response.StatusCode)
		}
	}
}
