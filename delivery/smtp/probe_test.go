package smtp_test

import (
	"crypto/x509"
	"slices"
	"testing"

	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/smtptest"
)

func TestProbeTellsEachStage(t *testing.T) {
	t.Parallel()
	certificate, authority := smtptest.Certificate(t)
	users := []smtptest.User{{Name: "keur", Password: "a password"}}
	secure := smtptest.Config{StartTLS: certificate, Users: users}
	for name, test := range map[string]struct {
		server    smtptest.Config
		tls, auth string
		password  string
		trusted   *x509.CertPool
		last      smtp.Stage
		ok        bool
	}{
		"all well": {secure, "starttls", "plain", "a password", authority, smtp.Letter, true},
		"implicit": {smtptest.Config{Implicit: certificate, Users: users}, "implicit", "scram", "a password", authority,
			smtp.Letter, true},
		"unknown authority":   {secure, "starttls", "plain", "a password", x509.NewCertPool(), smtp.Secure, false},
		"wrong password":      {secure, "starttls", "login", "another", authority, smtp.SignIn, false},
		"no TLS offered":      {smtptest.Config{Users: users}, "starttls", "plain", "a password", authority, smtp.Secure, false},
		"recipient refused":   {refusing(secure), "starttls", "cram-md5", "a password", authority, smtp.Letter, false},
		"without, on purpose": {smtptest.Config{}, "none", "none", "", nil, smtp.Letter, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, test.server)
			route := plain(server)
			route.TLS, route.Auth, route.Username, route.Password = test.tls, test.auth, "keur", test.password
			settings := patience()
			settings.Authorities = test.trusted
			letter := mail("admin@example.com")
			steps := smtp.New(route, settings, clock.System{}).Probe(t.Context(), &letter)
			last := steps[len(steps)-1]
			if last.Stage != test.last || last.OK != test.ok {
				t.Errorf("ended at %+v", steps)
			}
			at := slices.IndexFunc(steps, func(s smtp.Step) bool { return s.Stage == smtp.Secure })
			if shows := test.tls != "none" && name != "no TLS offered"; shows &&
				(steps[at].Certificate == nil || !slices.Contains(steps[at].Certificate.Names, "127.0.0.1") ||
					steps[at].Certificate.Expires.IsZero()) {
				t.Errorf("the certificate isn't shown: %+v", steps)
			}
		})
	}
}

// refusing is a server that takes mail for nobody.
func refusing(c smtptest.Config) smtptest.Config {
	c.Script = func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtRcpt {
			return smtptest.Act{Reply: "550 5.1.1 nobody <admin@example.com> here"}
		}
		return smtptest.Act{}
	}
	return c
}

func TestProbeOfAServerThatIsAway(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{})
	route := plain(server)
	server.Close()
	steps := smtp.New(route, patience(), clock.System{}).Probe(t.Context(), nil)
	if last := steps[len(steps)-1]; last.Stage != smtp.Connect || last.OK || last.Said == "" {
		t.Errorf("%+v", steps)
	}
}
