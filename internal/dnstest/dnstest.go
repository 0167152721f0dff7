// Package dnstest is a resolver on this machine that answers as a test says.
package dnstest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server answers questions of DNS by UDP and TCP.
type Server struct {
	Address string

	mu      sync.Mutex
	records map[string][]dns.RR // by name
	failing map[string]bool     // names that get SERVFAIL
	secure  bool
	asked   map[string]int // by "name TYPE"
}

// Start returns a resolver that knows these records, one a line as zones have them,
// until the test ends. Of names besides there is nothing.
func Start(t testing.TB, zone string) *Server {
	t.Helper()
	s := &Server{failing: map[string]bool{}, asked: map[string]int{}}
	s.Zone(t, zone)
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = udp.LocalAddr().String()
	tcp, err := net.Listen("tcp", s.Address)
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []*dns.Server{{PacketConn: udp, Handler: s}, {Listener: tcp, Handler: s}} {
		ready := make(chan struct{})
		server.NotifyStartedFunc = func() { close(ready) }
		go func() { _ = server.ActivateAndServe() }() // ends with Shutdown
		<-ready
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return s
}

// Zone replaces the records.
func (s *Server) Zone(t testing.TB, zone string) {
	t.Helper()
	records := map[string][]dns.RR{}
	for p := dns.NewZoneParser(strings.NewReader("$TTL 300\n"+zone), ".", "test"); ; {
		r, more := p.Next()
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		name := strings.ToLower(r.Header().Name)
		records[name] = append(records[name], r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = records
}

// Fail has questions about a name get no answer, or one again.
func (s *Server) Fail(name string, fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing[dns.Fqdn(name)] = fails
}

// Secure has all answers be called secure by DNSSEC.
func (s *Server) Secure(is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secure = is
}

// Asked is how often a question such as "shop.nl MX" came.
func (s *Server) Asked(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[what]
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := question.Question[0]
	name := strings.ToLower(q.Name)
	s.asked[strings.TrimSuffix(name, ".")+" "+dns.TypeToString[q.Qtype]]++
	answer := new(dns.Msg).SetReply(question)
	answer.AuthenticatedData = s.secure
	switch records := s.follow(answer, name); {
	case s.failing[name]:
		answer.Rcode = dns.RcodeServerFailure
	case records == nil && len(answer.Answer) == 0:
		answer.Rcode = dns.RcodeNameError
	default:
		for _, r := range records {
			if r.Header().Rrtype == q.Qtype {
				answer.Answer = append(answer.Answer, r)
			}
		}
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		answer.Truncate(512)
	}
	_ = w.WriteMsg(answer) // who asked may be gone
}

// follow returns the records that a name leads to, and puts the aliases on the way
// into the answer, as resolvers do.
func (s *Server) follow(answer *dns.Msg, name string) []dns.RR {
	for range 8 {
		records := s.records[name]
		if len(records) == 0 {
			return nil
		}
		alias, is := records[0].(*dns.CNAME)
		if !is {
			return records
		}
		answer.Answer = append(answer.Answer, alias)
		name = strings.ToLower(alias.Target)
	}
	return nil
}
