//go:build crash

package trial

import (
	"net"
	"sync"
	"testing"
)

// wire is the network between a worker and a server, which a test breaks.
type wire struct {
	listener net.Listener
	dial     func() (net.Conn, error)

	mu    sync.Mutex
	free  sync.Cond // hangs became false
	hangs bool
	ends  map[net.Conn]bool
}

// newWire leads to the server that dial reaches, until the test ends.
func newWire(t *testing.T, network, address string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, ends: map[net.Conn]bool{}, dial: func() (net.Conn, error) { return net.Dial(network, address) }}
	w.free.L = &w.mu
	go w.serve()
	t.Cleanup(func() {
		_ = listener.Close()
		w.Heal()
		w.Cut()
	})
	return w
}

func (w *wire) port() int { return w.listener.Addr().(*net.TCPAddr).Port }

func (w *wire) serve() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := w.dial()
		if err != nil {
			_ = near.Close()
			continue
		}
		w.mu.Lock()
		w.ends[near], w.ends[far] = true, true
		w.mu.Unlock()
		go w.carry(near, far)
		go w.carry(far, near)
	}
}

// carry brings what one end says to the other.
func (w *wire) carry(from, to net.Conn) {
	said := make([]byte, 16<<10)
	for {
		n, err := from.Read(said)
		w.mu.Lock()
		for w.hangs {
			w.free.Wait()
		}
		w.mu.Unlock()
		if _, failed := to.Write(said[:n]); err != nil || failed != nil {
			break
		}
	}
	_, _ = from.Close(), to.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.ends, from)
	delete(w.ends, to)
}

// Hang has nothing come through any more, and nobody hear so.
func (w *wire) Hang() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hangs = true
}

// Heal lets through what waits and what comes.
func (w *wire) Heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hangs = false
	w.free.Broadcast()
}

// Cut ends all connections. New ones find their way.
func (w *wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for end := range w.ends {
		_ = end.Close()
	}
}
