package smtp

import (
	"cmp"
	"crypto/x509"
	"time"
)

// Settings are what a route leaves to us. The zero value is good for mail
// over the internet.
type Settings struct {
	Authorities *x509.CertPool // who may vouch for servers; nil means whom the system trusts

	MaxAge  time.Duration // then a connection is replaced; 0 means 10 minutes
	MaxIdle time.Duration // after a longer pause the server may be gone; 0 means 20 seconds

	DialTimeout    time.Duration // for TCP, greeting, TLS and AUTH together; 0 means 30 seconds
	CommandTimeout time.Duration // for MAIL, RCPT and DATA together; 0 means 5 minutes (RFC 5321 §4.5.3.2)
	DataTimeout    time.Duration // for the message and its answer; 0 means 10 minutes (RFC 5321 §4.5.3.2.6)
}

// withDefaults fills in what was left at zero.
func (s Settings) withDefaults() Settings {
	s.MaxAge = cmp.Or(s.MaxAge, 10*time.Minute)
	s.MaxIdle = cmp.Or(s.MaxIdle, 20*time.Second)
	s.DialTimeout = cmp.Or(s.DialTimeout, 30*time.Second)
	s.CommandTimeout = cmp.Or(s.CommandTimeout, 5*time.Minute)
	s.DataTimeout = cmp.Or(s.DataTimeout, 10*time.Minute)
	return s
}
