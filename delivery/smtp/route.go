package smtp

import (
	"cmp"
	"crypto/x509"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/internal/fault"
)

// TLS says how a route is encrypted.
type TLS string

// The ways to encrypt. The empty one means TLSRequired.
const (
	TLSRequired      TLS = "starttls"      // STARTTLS, or no connection
	TLSOpportunistic TLS = "opportunistic" // STARTTLS where it is offered
	TLSImplicit      TLS = "implicit"      // TLS from the first byte, port 465
	TLSNone          TLS = "none"          // in the clear: a relay on this machine
)

// Auth is how a route signs in.
type Auth string

// The ways to sign in. The empty one means AuthNone. PLAIN and LOGIN never run
// unencrypted, other than to this machine.
const (
	AuthNone    Auth = "none"
	AuthPlain   Auth = "plain"
	AuthLogin   Auth = "login"
	AuthCRAMMD5 Auth = "cram-md5"
	AuthSCRAM   Auth = "scram" // SHA-256 where it is offered, else SHA-1
)

// Secret is a password that doesn't show itself when it is printed or logged.
type Secret string

const masked = "********"

// String returns a mask.
func (s Secret) String() string { return masked }

// GoString returns a mask.
func (s Secret) GoString() string { return masked }

// LogValue returns a mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText returns a mask, so that no JSON or configuration shows it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// Route says to which server mail goes, and what that server puts up with.
type Route struct {
	Host     string
	Port     int // 0 means 465 with implicit TLS, else 587 with AUTH, else 25
	TLS      TLS
	CA       string // PEM of the authorities to trust instead of the system's
	Insecure bool   // take any certificate; only for a person who chose so
	Auth     Auth
	Username string
	Password Secret
	HELO     string // our name in EHLO; empty means the host name

	Connections           int           // kept open at once by all workers together; 0 means 10
	PerMinute             int           // messages per minute; 0 means no limit
	MessagesPerConnection int           // then the connection is replaced; 0 means 1,000
	MaxAge                time.Duration // likewise; 0 means 10 minutes
	MaxIdle               time.Duration // a longer pause and the server may be gone; 0 means 20 seconds

	DialTimeout    time.Duration // for TCP, greeting, TLS and AUTH together; 0 means 30 seconds
	CommandTimeout time.Duration // for MAIL, RCPT and DATA together; 0 means 5 minutes (RFC 5321 §4.5.3.2)
	DataTimeout    time.Duration // for the message and its answer; 0 means 10 minutes (RFC 5321 §4.5.3.2.6)
}

// withDefaults fills in what was left at zero.
func (r Route) withDefaults() Route {
	r.TLS = cmp.Or(r.TLS, TLSRequired)
	r.Auth = cmp.Or(r.Auth, AuthNone)
	if r.Port == 0 {
		switch {
		case r.TLS == TLSImplicit:
			r.Port = 465
		case r.Auth != AuthNone:
			r.Port = 587
		default:
			r.Port = 25
		}
	}
	r.Connections = cmp.Or(r.Connections, 10)
	r.MessagesPerConnection = cmp.Or(r.MessagesPerConnection, 1000)
	r.MaxAge = cmp.Or(r.MaxAge, 10*time.Minute)
	r.MaxIdle = cmp.Or(r.MaxIdle, 20*time.Second)
	r.DialTimeout = cmp.Or(r.DialTimeout, 30*time.Second)
	r.CommandTimeout = cmp.Or(r.CommandTimeout, 5*time.Minute)
	r.DataTimeout = cmp.Or(r.DataTimeout, 10*time.Minute)
	return r
}

// Validate returns Invalid, naming every field that can't be used.
func (r Route) Validate() error {
	var wrong fault.List
	if r.Host == "" || strings.ContainsAny(r.Host, " \r\n/@") {
		wrong.Add("host", "give the name or address of the mail server")
	}
	if r.Port < 0 || r.Port > 65535 {
		wrong.Add("port", "a port is between 1 and 65535")
	}
	if !slices.Contains([]TLS{"", TLSRequired, TLSOpportunistic, TLSImplicit, TLSNone}, r.TLS) {
		wrong.Add("tls", "use starttls, opportunistic, implicit or none")
	}
	if !slices.Contains([]Auth{"", AuthNone, AuthPlain, AuthLogin, AuthCRAMMD5, AuthSCRAM}, r.Auth) {
		wrong.Add("auth", "use none, plain, login, cram-md5 or scram")
	}
	if r.Auth != "" && r.Auth != AuthNone && (r.Username == "" || r.Password == "") {
		wrong.Add("username", "to sign in takes a user name and a password")
	}
	if r.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(r.CA)) {
		wrong.Add("ca", "this holds no certificate in PEM form")
	}
	if strings.ContainsAny(r.HELO, " \t\r\n") {
		wrong.Add("helo", "a host name holds no spaces")
	}
	if r.Connections < 0 || r.PerMinute < 0 || r.MessagesPerConnection < 0 {
		wrong.Add("connections", "limits can't be negative")
	}
	return wrong.Err()
}

// Address returns host:port.
func (r Route) Address() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }
