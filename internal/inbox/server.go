package inbox

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	maxBytes = 32 << 20
	maxLine  = 64 << 10
	timeout  = 5 * time.Minute
)

// Serve catches mail on the listener until ctx ends. It takes all there is and
// asks for no password: the listener should be on loopback.
func (i *Inbox) Serve(ctx context.Context, listener net.Listener, log *slog.Logger) error {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{inbox: i}, nil
	}))
	server.Domain = "inbox.localhost"
	server.MaxMessageBytes = maxBytes
	server.MaxLineLength = maxLine
	server.ReadTimeout, server.WriteTimeout = timeout, timeout
	server.EnableSMTPUTF8 = true
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	return server.Serve(listener)
}

// session is one connection.
type session struct {
	inbox *Inbox
	from  string
	to    []string
}

// Mail notes the sender.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt notes a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data keeps the mail as it came; it is taken apart when somebody looks at it.
func (s *session) Data(r io.Reader) error {
	buffer := s.inbox.buffers.Get().(*bytes.Buffer)
	defer s.inbox.buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(r); err != nil {
		return err
	}
	s.inbox.add(s.from, s.to, bytes.Clone(buffer.Bytes()))
	return nil
}

// Reset forgets the transaction.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }
