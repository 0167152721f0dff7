package smtp

import (
	"errors"
	"slices"

	"github.com/wneessen/go-mail"
	gomail "github.com/wneessen/go-mail/smtp"

	"keur/labels"
)

// signIn is the route's AUTH in go-mail's words. PLAIN and LOGIN never run
// unencrypted there, other than to this machine.
func signIn(r labels.Route) []mail.Option {
	mechanism := mail.SMTPAuthNoAuth
	switch r.Auth {
	case "plain":
		mechanism = mail.SMTPAuthPlain
	case "login":
		mechanism = mail.SMTPAuthLogin
	case "cram-md5":
		mechanism = mail.SMTPAuthCramMD5
	case "scram":
		return []mail.Option{mail.WithSMTPAuthCustom(&scram{username: r.Username, password: r.Password})}
	}
	return []mail.Option{mail.WithUsername(r.Username), mail.WithPassword(r.Password), mail.WithSMTPAuth(mechanism)}
}

// scram takes the better SCRAM that the server offers. go-mail can choose by
// itself, but where neither is offered it goes on to weaker mechanisms.
type scram struct {
	gomail.Auth
	username, password string
}

// Start chooses, and begins the exchange.
func (s *scram) Start(server *gomail.ServerInfo) (string, []byte, error) {
	switch {
	case slices.Contains(server.Auth, "SCRAM-SHA-256"):
		s.Auth = gomail.ScramSHA256Auth(s.username, s.password)
	case slices.Contains(server.Auth, "SCRAM-SHA-1"):
		s.Auth = gomail.ScramSHA1Auth(s.username, s.password)
	default:
		return "", nil, errors.New("the server offers no SCRAM")
	}
	return s.Auth.Start(server)
}
