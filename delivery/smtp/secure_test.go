package smtp_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/smtptest"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, authority := smtptest.Certificate(t)
	unknown := x509.NewCertPool()
	startTLS := smtptest.Config{StartTLS: certificate}
	implicit := smtptest.Config{Implicit: certificate}
	for name, test := range map[string]struct {
		server  smtptest.Config
		tls     string
		trusted *x509.CertPool
		verify  bool
		fault   string
	}{
		"starttls":                          {startTLS, "starttls", authority, true, ""},
		"starttls, unknown authority":       {startTLS, "starttls", unknown, true, "certificate"},
		"starttls, unverified by choice":    {startTLS, "starttls", unknown, false, ""},
		"starttls, not offered":             {smtptest.Config{}, "starttls", authority, true, "STARTTLS"},
		"opportunistic, not offered":        {smtptest.Config{}, "opportunistic", authority, true, ""},
		"opportunistic, offered":            {startTLS, "opportunistic", authority, true, ""},
		"opportunistic, unknown authority":  {startTLS, "opportunistic", unknown, true, "certificate"},
		"implicit":                          {implicit, "implicit", authority, true, ""},
		"implicit, unknown authority":       {implicit, "implicit", unknown, true, "certificate"},
		"implicit, server speaks plaintext": {smtptest.Config{}, "implicit", authority, true, "handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, test.server)
			route := plain(server)
			route.TLS, route.Verify = test.tls, test.verify
			settings := patience()
			settings.Authorities = test.trusted
			conn, err := tryDial(t, route, settings)
			if test.fault != "" {
				if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), test.fault) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for range 2 {
				if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.OutcomeAccepted {
					t.Errorf("reply %+v", r)
				}
			}
		})
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	certificate, authority := smtptest.Certificate(t)
	for _, auth := range []string{"plain", "login", "cram-md5", "scram"} {
		for _, tls := range []string{"starttls", "implicit"} {
			t.Run(auth+" "+tls, func(t *testing.T) {
				t.Parallel()
				config := smtptest.Config{StartTLS: certificate, Users: []smtptest.User{{Name: "keur@example.com", Password: "geheim"}}}
				if tls == "implicit" {
					config.StartTLS, config.Implicit = nil, certificate
				}
				server := smtptest.Start(t, config)
				route := plain(server)
				settings := patience()
				settings.Authorities = authority
				route.TLS = tls
				route.Auth, route.Username, route.Password = auth, "keur@example.com", "geheim"
				conn := dialWith(t, route, settings)
				if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.OutcomeAccepted {
					t.Errorf("reply %+v", r)
				}
				route.Password = "mis"
				_, err := tryDial(t, route, settings)
				if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "535") {
					t.Errorf("wrong password: %v", err)
				}
			})
		}
	}
}

func TestSCRAMIsNotTradedForSomethingWeaker(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{
		Users:      []smtptest.User{{Name: "keur", Password: "geheim"}},
		Mechanisms: []string{"PLAIN", "LOGIN", "CRAM-MD5"},
	})
	route := plain(server)
	route.Auth, route.Username, route.Password = "scram", "keur", "geheim"
	if _, err := tryDial(t, route, patience()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	for _, line := range server.Commands() {
		if strings.HasPrefix(line, "AUTH") && !strings.HasPrefix(line, "AUTH SCRAM") {
			t.Errorf("said %q", line)
		}
	}
}
