package mailin

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-smtp"
)

var (
	errUnknown = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such address here"}
	errLater   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0},
		Message: "can't take this now, please try again later"}
)

// session is one connection.
type session struct {
	server *Server
	conn   *smtp.Conn
	ctx    context.Context // go-smtp passes none

	from       string
	to         []string
	postmaster bool // the mail is for the postmaster, perhaps among others
}

// isPostmaster reports whether an address is the one that every mail server
// must take mail for, in any case and with or without a domain (RFC 5321 §4.5.1).
func isPostmaster(address string) bool {
	local, _, _ := strings.Cut(address, "@")
	return strings.EqualFold(local, "postmaster")
}

// Mail notes the sender, whoever it is: bounces come from the null sender,
// complaints from anywhere.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt refuses addresses that we didn't make, but the postmaster's.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if isPostmaster(to) {
		s.postmaster = true
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	if !s.server.config.Accepts(ctx, to) {
		return errUnknown
	}
	if !slices.Contains(s.to, to) {
		s.to = append(s.to, to)
	}
	return nil
}

// Data hands the mail on, once to each recipient.
func (s *session) Data(r io.Reader) error {
	if !s.server.mark(s.conn, false) {
		return errLater
	}
	defer s.server.mark(s.conn, true)

	most := int64(excerpt)
	if s.server.config.Whole != nil && slices.ContainsFunc(s.to, func(to string) bool { return s.server.config.Whole(s.ctx, to) }) {
		most = whole
	}
	content, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return errLater // cut off: the sender has it still
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err // too large, or cut off
	}
	if s.postmaster {
		s.server.log.Warn("someone wrote to the postmaster, who keeps no mail here", "bytes", len(content))
	}
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	for _, to := range s.to {
		if err := s.server.config.Deliver(ctx, Mail{From: s.from, To: to, Content: content}); err != nil {
			s.server.log.Error("returned mail not taken", "error", err)
			return errLater
		}
	}
	return nil
}

// Reset forgets the transaction.
func (s *session) Reset() { s.from, s.to, s.postmaster = "", nil, false }

// Logout ends the session.
func (s *session) Logout() error {
	s.server.forget(s.conn)
	return nil
}
