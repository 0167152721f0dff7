package simulators

import (
	"net/http"
	"sync"
	"time"

	"keur/networks"
)

// Mischief is what a network does wrong with one call.
type Mischief string

// What networks do wrong.
const (
	Throttles Mischief = "throttles" // it refuses what is beyond its limit, code 429
	Stumbles  Mischief = "stumbles"  // it has trouble, code 503
	Mumbles   Mischief = "mumbles"   // it answers a page in HTML with code 200
	Blunders  Mischief = "blunders"  // it tells of an error with code 200, as its own errors look
	Forgets   Mischief = "forgets"   // it forgot the session or token before its time
)

// Server is a network of ours: its book, and what it does wrong.
type Server struct {
	*Book
	Ref         string // of the publisher's account
	Other       string // of a further one with the same sales, which the same credentials open; Awin alone has it
	Name        string // of that; empty: it tells none
	Credentials networks.Credentials
	PerPage     int    // the most transactions on a page, whatever is asked for
	Currency    string // in which it tells of all; empty: each sale's own
	Mute        bool   // it doesn't say why it declines
	Corrects    bool   // what changes is said by corrections, which add to what was
	Words       map[networks.Status]string

	mu     sync.Mutex
	calls  int
	coming []Mischief
	offers map[string]Offer
	items  map[string]Item
	news   map[string]News
	claims []Claim
	bills  map[string]Payment
	dialect
}

// dialect is how one network speaks.
type dialect interface {
	answer(s *Server, w http.ResponseWriter, r *http.Request)
	blunder(w http.ResponseWriter)
	forget()
}

// Coming says what the server does wrong with its next calls, one after another.
func (s *Server) Coming(all ...Mischief) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coming = append(s.coming, all...)
}

// Calls returns how many calls came.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Forget ends the session or token that the server gave before its time.
func (s *Server) Forget() { s.forget() }

// ServeHTTP answers as the network would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls++
	var wrong Mischief
	if len(s.coming) > 0 {
		wrong, s.coming = s.coming[0], s.coming[1:]
	}
	s.mu.Unlock()
	switch wrong {
	case Throttles:
		w.WriteHeader(http.StatusTooManyRequests)
	case Stumbles:
		w.WriteHeader(http.StatusServiceUnavailable)
	case Mumbles:
		_, _ = w.Write([]byte("<!DOCTYPE html><html><body><p>Just a moment<br></body></html>"))
	case Blunders:
		s.blunder(w)
	case Forgets:
		s.forget()
		s.answer(s, w, r)
	default:
		s.answer(s, w, r)
	}
}

// page cuts a page out of all.
func page(all []Sale, offset, most int) []Sale {
	offset = min(max(offset, 0), len(all))
	return all[offset:min(offset+most, len(all))]
}

func amsterdam() *time.Location {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err) // time/tzdata is embedded
	}
	return zone
}
