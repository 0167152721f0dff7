package deliverytest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"keur/delivery"
)

// Server stands for a mail server: it counts what it takes, and answers as it
// is told. One goroutine at a time is answered.
type Server struct {
	Connections int                                          // of the way to it
	Shaped      bool                                         // see delivery.Route
	Answer      func(recipient string, n int) delivery.Reply // n: how often it has been offered

	mu     sync.Mutex
	took   map[string]int
	offers map[string]int
	last   []byte
}

// NewServer returns a server that takes all mail, over eight connections.
func NewServer() *Server {
	return &Server{Connections: 8, took: map[string]int{}, offers: map[string]int{}, Answer: func(string, int) delivery.Reply {
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}}
}

// Route is the way to the server.
func (s *Server) Route(context.Context, int64) (delivery.Route, error) {
	return delivery.Route{Transport: s, Connections: s.Connections, Shaped: s.Shaped}, nil
}

// Dial connects to the server.
func (s *Server) Dial(context.Context) (delivery.Conn, error) { return &conn{s}, nil }

// Took returns the number of mails that it took, by recipient.
func (s *Server) Took() map[string]int { return s.counts(s.took) }

// Offers returns the number of mails that it was offered, by recipient.
func (s *Server) Offers() map[string]int { return s.counts(s.offers) }

func (s *Server) counts(of map[string]int) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(of)
}

// Last returns the last mail that it took.
func (s *Server) Last() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.last)
}

type conn struct{ *Server }

func (c *conn) Healthy() bool { return true }
func (c *conn) Close() error  { return nil }
func (c *conn) Send(_ context.Context, m delivery.Message) delivery.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offers[m.Recipient]++
	reply := c.Answer(m.Recipient, c.offers[m.Recipient])
	if reply.Outcome == delivery.OutcomeAccepted {
		c.took[m.Recipient]++
		c.last = append(c.last[:0], m.Data...)
	}
	return reply
}
