package smtp_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/fault"
	"keur/internal/smtptest"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, authority := smtptest.Certificate(t)
	startTLS := smtptest.Config{StartTLS: certificate}
	implicit := smtptest.Config{Implicit: certificate}
	for name, test := range map[string]struct {
		server    smtptest.Config
		tls       smtp.TLS
		authority string
		insecure  bool
		fault     string
	}{
		"starttls":                          {startTLS, smtp.TLSRequired, authority, false, ""},
		"starttls, unknown authority":       {startTLS, smtp.TLSRequired, "", false, "certificate"},
		"starttls, unverified by choice":    {startTLS, smtp.TLSRequired, "", true, ""},
		"starttls, not offered":             {smtptest.Config{}, smtp.TLSRequired, authority, false, "STARTTLS"},
		"opportunistic, not offered":        {smtptest.Config{}, smtp.TLSOpportunistic, authority, false, ""},
		"opportunistic, offered":            {startTLS, smtp.TLSOpportunistic, authority, false, ""},
		"opportunistic, unknown authority":  {startTLS, smtp.TLSOpportunistic, "", false, "certificate"},
		"implicit":                          {implicit, smtp.TLSImplicit, authority, false, ""},
		"implicit, unknown authority":       {implicit, smtp.TLSImplicit, "", false, "certificate"},
		"implicit, server speaks plaintext": {smtptest.Config{}, smtp.TLSImplicit, authority, false, "handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, test.server)
			route := plain(server)
			route.TLS, route.CA, route.Insecure = test.tls, test.authority, test.insecure
			conn, err := tryDial(t, route)
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
				if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.Accepted {
					t.Errorf("reply %+v", r)
				}
			}
		})
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	certificate, authority := smtptest.Certificate(t)
	for _, auth := range []smtp.Auth{smtp.AuthPlain, smtp.AuthLogin, smtp.AuthCRAMMD5, smtp.AuthSCRAM} {
		for _, tls := range []smtp.TLS{smtp.TLSRequired, smtp.TLSImplicit} {
			t.Run(string(auth)+" "+string(tls), func(t *testing.T) {
				t.Parallel()
				config := smtptest.Config{StartTLS: certificate, Users: []smtptest.User{{Name: "keur@example.com", Password: "geheim"}}}
				if tls == smtp.TLSImplicit {
					config.StartTLS, config.Implicit = nil, certificate
				}
				server := smtptest.Start(t, config)
				route := plain(server)
				route.TLS, route.CA = tls, authority
				route.Auth, route.Username, route.Password = auth, "keur@example.com", "geheim"
				conn := dial(t, route)
				if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.Accepted {
					t.Errorf("reply %+v", r)
				}
				route.Password = "mis"
				_, err := tryDial(t, route)
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
	route.Auth, route.Username, route.Password = smtp.AuthSCRAM, "keur", "geheim"
	if _, err := tryDial(t, route); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	for _, line := range server.Commands() {
		if strings.HasPrefix(line, "AUTH") && !strings.HasPrefix(line, "AUTH SCRAM") {
			t.Errorf("said %q", line)
		}
	}
}

func TestRouteValidate(t *testing.T) {
	t.Parallel()
	for path, route := range map[string]smtp.Route{
		"host":        {},
		"port":        {Host: "h", Port: 70000},
		"tls":         {Host: "h", TLS: "ssl"},
		"auth":        {Host: "h", Auth: "ntlm", Username: "u", Password: "p"},
		"username":    {Host: "h", Auth: smtp.AuthPlain, Username: "u"},
		"ca":          {Host: "h", CA: "nothing"},
		"helo":        {Host: "h", HELO: "a b"},
		"connections": {Host: "h", Connections: -1},
	} {
		err := route.Validate()
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "; "+path+": ") {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if err := (smtp.Route{Host: "h"}).Validate(); err != nil {
		t.Errorf("host alone: %v", err)
	}
}

func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	route := smtp.Route{Host: "h", Password: "geheim"}
	slog.New(slog.NewJSONHandler(&log, nil)).Info("route", "route", route, "password", route.Password)
	for _, shown := range []string{log.String(), fmt.Sprintf("%v %+v %#v %s", route, route, route, route.Password)} {
		if strings.Contains(shown, "geheim") {
			t.Errorf("shows itself in %s", shown)
		}
	}
}
