// Package mailin listens for what comes back: bounces and complaints, mailed to
// return paths of our own making. It takes mail for those alone and relays
// nothing. What is written to the postmaster it takes too, as it must, and
// drops with a warning in the log that says nothing of its content: who wants
// to read it points the bounce domain's MX at a relay that keeps it.
package mailin

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

const (
	// excerpt is how much of a mail is handed on. Reports stand in front of
	// the mail that they quote, so the rest is read and thrown away.
	excerpt = 256 << 10
	whole   = 2 << 20 // of what comes as a file

	maxBytes       = 32 << 20        // more than this is refused with 552
	maxLine        = 64 << 10        // mail programs at fault write long lines in bounces
	maxRecipients  = 20              // of one mail; a bounce has one
	maxConnections = 200             // further ones wait
	timeout        = time.Minute     // for each command, for a whole mail, and for Deliver
	grace          = 5 * time.Second // for mails that are arriving when we stop
)

// Config says what a listener takes and where it goes.
type Config struct {
	Hostname string
	TLS      *tls.Config // offers STARTTLS when given

	// Accepts reports whether the address is one of ours; others get 550.
	Accepts func(ctx context.Context, recipient string) bool
	// Whole reports whether mail to the address is handed on up to 2 MiB rather than
	// 256 KiB; nil: no mail is.
	Whole func(ctx context.Context, recipient string) bool
	// Deliver takes one mail for one recipient; the null sender is empty. An
	// error makes the sender try again later, so what was done before must
	// bear being done twice.
	Deliver func(ctx context.Context, m Mail) error
}

// Mail is what arrived for one recipient.
type Mail struct {
	From, To string
	Content  []byte // header and the first 256 KiB, or 2 MiB where it is to be whole; only read it
}

// Server is a listener for mail.
type Server struct {
	config Config
	log    *slog.Logger

	mu       sync.Mutex
	stopping bool
	idle     map[*smtp.Conn]bool // connections, true while no mail is arriving
}

// New returns a server that is ready to Serve.
func New(config Config, log *slog.Logger) *Server {
	return &Server{config: config, log: log, idle: map[*smtp.Conn]bool{}}
}

// Serve takes mail on the listener until ctx ends. It then hangs up on those
// who have none to give, and waits some seconds for those who have.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return s.open(ctx, c), nil
	}))
	server.Domain = s.config.Hostname
	server.TLSConfig = s.config.TLS
	server.MaxMessageBytes = maxBytes
	server.MaxLineLength = maxLine
	server.MaxRecipients = maxRecipients
	server.ReadTimeout, server.WriteTimeout = timeout, timeout
	server.EnableSMTPUTF8 = true
	server.ErrorLog = slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)

	ended := make(chan error, 1)
	go func() { ended <- server.Serve(netutil.LimitListener(listener, maxConnections)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.hangUp(func(idle bool) bool { return idle })
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(wait); errors.Is(err, context.DeadlineExceeded) {
		s.hangUp(func(bool) bool { return true })
	}
	return <-ended
}

// open begins a session and keeps count of it.
func (s *Server) open(ctx context.Context, c *smtp.Conn) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle[c] = true
	// What is arriving when ctx ends is still taken.
	return &session{server: s, conn: c, ctx: context.WithoutCancel(ctx)}
}

// mark notes whether a mail is arriving on the connection. Returns false if
// the server is stopping.
func (s *Server) mark(c *smtp.Conn, idle bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle[c] = idle
	return !s.stopping
}

func (s *Server) forget(c *smtp.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.idle, c)
}

// hangUp closes the connections that which chooses.
func (s *Server) hangUp(which func(idle bool) bool) {
	s.mu.Lock()
	s.stopping = true
	var chosen []*smtp.Conn
	for c, idle := range s.idle {
		if which(idle) {
			chosen = append(chosen, c)
		}
	}
	s.mu.Unlock()
	for _, c := range chosen { // Close ends the session, which calls forget
		_ = c.Close()
	}
}
