// Package smtptest is a mail server that does what a test tells it: it refuses,
// falls silent or hangs up at any step, and it counts who got which mail, so
// that a crash test can prove that nobody got it twice.
package smtptest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"testing"
)

// Config says what the server offers. The zero value is a plain modern server
// that takes everything.
type Config struct {
	Extensions []string       // EHLO keywords; nil means PIPELINING, 8BITMIME, ENHANCEDSTATUSCODES
	StartTLS   *tls.Config    // offer STARTTLS
	Implicit   *tls.Config    // speak TLS from the first byte
	Users      []User         // offer AUTH to these
	Mechanisms []string       // of PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-256; nil means all
	KeepMails  int            // how many whole mails to keep; 0 means 1,000
	Script     func(At) Act   // what to do at each step; nil means take everything
	Closed     func(conn int) // a connection has ended, in whatever way; nil: nobody asks
}

// User may sign in.
type User struct{ Name, Password string }

// Step is a moment at which a script may act.
type Step string

// The steps. AtPayload comes when the first line of a message has arrived,
// AtEnd after its final dot and before the answer.
const (
	AtConnect  Step = "CONNECT"
	AtHello    Step = "EHLO"
	AtStartTLS Step = "STARTTLS"
	AtAuth     Step = "AUTH"
	AtReset    Step = "RSET"
	AtMail     Step = "MAIL"
	AtRcpt     Step = "RCPT"
	AtData     Step = "DATA"
	AtPayload  Step = "PAYLOAD"
	AtEnd      Step = "END"
	AtQuit     Step = "QUIT"
)

// At is where a connection stands.
type At struct {
	Step    Step
	Conn    int    // counts connections from 1
	Message int    // counts the MAIL commands of this connection from 1
	Address string // of MAIL or RCPT
	Mail    Mail   // at AtEnd
}

// Act is what the script wants. The zero value is the ordinary answer.
type Act struct {
	Reply string          // instead of the ordinary answer; at AtEnd one that isn't 2xx refuses the mail, at AtPayload only Drop does
	Wait  <-chan struct{} // hold the answer until this is closed
	Drop  bool            // hang up; with Reply, after it. At AtEnd the mail still counts as taken
}

// Mail is one that the server took.
type Mail struct {
	From, To  string
	MessageID string
	Data      string // with CRLF, dots undone
}

// Server listens on loopback until Close.
type Server struct {
	config   Config
	listener net.Listener
	wait     sync.WaitGroup
	done     chan struct{}

	mu       sync.Mutex
	closed   bool
	lines    map[net.Conn]struct{}
	conns    int
	mails    []Mail
	counts   map[Receipt]int
	commands []string
}

// Receipt is one mail in one mailbox.
type Receipt struct{ To, MessageID string }

// Start returns a server that stops with the test.
func Start(t testing.TB, config Config) *Server {
	t.Helper()
	s, err := Listen(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Listen returns a server on a free port of loopback.
func Listen(config Config) (*Server, error) { return ListenAt("127.0.0.1:0", config) }

// ListenAt returns a server at an address of this machine.
func ListenAt(address string, config Config) (*Server, error) {
	if config.Extensions == nil {
		config.Extensions = []string{"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"}
	}
	if config.KeepMails == 0 {
		config.KeepMails = 1000
	}
	if config.Script == nil {
		config.Script = func(At) Act { return Act{} }
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, listener: listener, done: make(chan struct{}), lines: map[net.Conn]struct{}{}, counts: map[Receipt]int{}}
	s.wait.Go(s.accept)
	return s, nil
}

// Port returns the port of 127.0.0.1 on which the server listens.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Close hangs up on everybody and returns when all is quiet.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	for line := range s.lines {
		_ = line.Close()
	}
	s.mu.Unlock()
	_ = s.listener.Close()
	s.wait.Wait()
}

// Mails returns the mails taken, of which at most Config.KeepMails are kept.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Counts returns how often each mail was taken for each recipient: all of
// them, not only those that are kept whole.
func (s *Server) Counts() map[Receipt]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make(map[Receipt]int, len(s.counts))
	for receipt, n := range s.counts {
		counts[receipt] = n
	}
	return counts
}

// Commands returns the first 1,000 command lines, in the order of arrival.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.commands...)
}

// Conns returns how many connections there have been.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

func (s *Server) accept() {
	for {
		line, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		s.mu.Lock()
		s.conns++
		n := s.conns
		s.lines[line] = struct{}{}
		if s.closed {
			_ = line.Close()
		}
		s.mu.Unlock()
		s.wait.Go(func() {
			s.serve(line, n)
			_ = line.Close()
			s.mu.Lock()
			delete(s.lines, line)
			s.mu.Unlock()
			if s.config.Closed != nil {
				s.config.Closed(n)
			}
		})
	}
}

// serve holds one conversation.
func (s *Server) serve(line net.Conn, n int) {
	c := &conversation{server: s, n: n}
	if s.config.Implicit != nil {
		secure := tls.Server(line, s.config.Implicit)
		if secure.Handshake() != nil {
			return
		}
		c.secure, line = true, secure
	}
	c.talkOver(line)
	c.run()
}

// took keeps and counts a mail.
func (s *Server) took(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[Receipt{m.To, m.MessageID}]++
	if len(s.mails) < s.config.KeepMails {
		s.mails = append(s.mails, m)
	}
}

// heard notes a command line.
func (s *Server) heard(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.commands) < 1000 {
		s.commands = append(s.commands, line)
	}
}

// talkOver makes line what the conversation is held over.
func (c *conversation) talkOver(line net.Conn) {
	c.line, c.in, c.out = line, bufio.NewReaderSize(line, 16<<10), bufio.NewWriter(line)
}
