package direct

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/smtptest"
)

// authority vouches for servers.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.make(&x509.Certificate{Subject: pkix.Name{CommonName: "Authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) make(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return made, key
}

// server is the TLS side of a server of that name, and its key's hash.
func (a *authority) server(name string) (smtptest.Config, string) {
	a.t.Helper()
	made, key := a.make(&x509.Certificate{DNSNames: []string{name}})
	return smtptest.Config{StartTLS: &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{made.Raw, a.cert.Raw}, PrivateKey: key,
	}}}}, hashOf(made)
}

func hashOf(c *x509.Certificate) string {
	return fmt.Sprintf("%x", sha256.Sum256(c.RawSubjectPublicKeyInfo))
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Where DNS is secure, a server is known by the key that it names: its own, or that of
// who vouches for its name.
func TestKeysInDNS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	own, key := a.server("elsewhere.nl")
	vouched, _ := a.server("mx.two.nl")
	stranger, _ := a.server("mx.three.nl")
	zone := fmt.Sprintf(`
one.nl.   MX 10 mx.one.nl.
two.nl.   MX 10 mx.two.nl.
three.nl. MX 10 mx.three.nl.
four.nl.  MX 10 mx.four.nl.
five.nl.  MX 10 mx.five.nl.
mx.one.nl.   A 127.0.10.1
mx.two.nl.   A 127.0.10.2
mx.three.nl. A 127.0.10.3
mx.four.nl.  A 127.0.10.4
mx.five.nl.  A 127.0.10.1
PORT.mx.one.nl.   TLSA 3 1 1 %[1]s
PORT.mx.two.nl.   TLSA 2 1 1 %[2]s
PORT.mx.three.nl. TLSA 3 1 1 %[1]s
PORT.mx.four.nl.  TLSA 3 0 2 %[1]s
PORT.mx.five.nl.  TLSA 2 1 1 %[2]s
`, key, hashOf(a.cert))
	s := newStage(t, "")
	s.dns.Zone(t, strings.ReplaceAll(zone, "PORT.", fmt.Sprintf("_%d._tcp.", s.port)))
	s.dns.Secure(true)
	s.with(Settings{Inside: true})
	s.server("127.0.10.1", own)
	s.server("127.0.10.2", vouched)
	s.server("127.0.10.3", stranger)
	s.server("127.0.10.4", smtptest.Config{})
	for domain, want := range map[string]string{
		"one.nl":   "",                  // its own key, whatever else the certificate says
		"two.nl":   "",                  // vouched for by the authority that DNS names
		"three.nl": "none of those",     // another key
		"four.nl":  "offers no encrypt", // of a key of another kind it only is known that there is one
		"five.nl":  "none of those",     // the authority vouches for another name
	} {
		r := s.send("a@" + domain)
		if want == "" && r.Outcome != delivery.OutcomeAccepted || want != "" &&
			(r.Outcome != delivery.OutcomeDeferred || r.Enhanced != "4.7.5" || !strings.Contains(r.Text, want)) {
			t.Errorf("%s: %+v", domain, r)
		}
	}
	s.dns.Fail(fmt.Sprintf("_%d._tcp.mx.one.nl", s.port), true)
	s.with(Settings{Inside: true})
	if r := s.send("a@one.nl"); r.Outcome != delivery.OutcomeDeferred || r.Enhanced != "4.4.3" {
		t.Errorf("which key it is can't be asked: %+v", r)
	}
	s.dns.Secure(false)
	s.with(Settings{Inside: true})
	if r := s.send("a@three.nl"); r.Outcome != delivery.OutcomeAccepted {
		t.Errorf("what anybody could have said in DNS keeps mail back: %+v", r)
	}
}

// web serves policies as a domain's own server would.
func (s *stage) web(answer http.HandlerFunc) *http.Client {
	server := httptest.NewTLSServer(answer)
	s.t.Cleanup(server.Close)
	client := server.Client()
	transport := client.Transport.(*http.Transport)
	transport.TLSClientConfig.InsecureSkipVerify = true // its certificate is for another name
	transport.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	address := server.Listener.Addr().String()
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return client
}

// What a domain demands of those who bring its mail keeps it from servers that aren't
// its own, for as long as the policy says.
func TestADomainsPolicy(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := newStage(t, `
shop.nl.  MX 10 mx.evil.nl.
shop.nl.  MX 20 mx.shop.nl.
fake.nl.  MX 10 mx.fake.nl.
lost.nl.  MX 10 mx.evil.nl.
test.nl.  MX 10 mx.evil.nl.
moved.nl. MX 10 mx.evil.nl.
_mta-sts.shop.nl.  TXT "v=STSv1; id=1;"
_mta-sts.fake.nl.  TXT "v=STSv1; id=1;"
_mta-sts.lost.nl.  TXT "v=STSv1; id=1;"
_mta-sts.test.nl.  TXT "v=STSv1; id=1;"
_mta-sts.moved.nl. TXT "v=STSv1; id=1;"
mx.evil.nl. A 127.0.11.1
mx.shop.nl. A 127.0.11.2
mx.fake.nl. A 127.0.11.3
`)
	evil := s.server("127.0.11.1", smtptest.Config{})
	right, _ := a.server("mx.shop.nl")
	good := s.server("127.0.11.2", right)
	other, _ := a.server("mx.other.nl")
	s.server("127.0.11.3", other)
	var asked atomic.Int64
	var gone atomic.Bool
	web := s.web(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		mode := "enforce"
		switch {
		case gone.Load() || r.URL.Path != "/.well-known/mta-sts.txt":
			http.NotFound(w, r)
			return
		case r.Host == "mta-sts.moved.nl":
			http.Redirect(w, r, "https://mta-sts.shop.nl/.well-known/mta-sts.txt", http.StatusFound)
			return
		case r.Host == "mta-sts.test.nl":
			mode = "testing"
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "version: STSv1\r\nmode: %s\r\nmx: mx.shop.nl\r\nmx: *.fake.nl\r\nmax_age: 86400\r\n", mode)
	})
	s.with(Settings{Inside: true, Web: web, SMTP: smtp.Settings{Authorities: a.pool()}})
	for domain, want := range map[string]string{
		"shop.nl": "", "test.nl": "", "moved.nl": "",
		"fake.nl": "certificate is valid for mx.other.nl", "lost.nl": "names none of the mail servers",
	} {
		r := s.send("a@" + domain)
		if want == "" && r.Outcome != delivery.OutcomeAccepted || want != "" &&
			(r.Outcome != delivery.OutcomeDeferred || r.Enhanced != "4.7.5" || !strings.Contains(r.Text, want)) {
			t.Errorf("%s: %+v", domain, r)
		}
	}
	if len(good.Mails()) != 1 || len(evil.Mails()) != 2 || asked.Load() != 5 {
		t.Errorf("%d and %d mails, %d policies asked for", len(good.Mails()), len(evil.Mails()), asked.Load())
	}
	gone.Store(true)
	s.now.Add(23 * time.Hour)
	if r := s.send("b@lost.nl"); r.Enhanced != "4.7.5" {
		t.Errorf("a policy is forgotten before its end: %+v", r)
	}
	s.now.Add(2 * time.Hour)
	if r := s.send("c@lost.nl"); r.Outcome != delivery.OutcomeAccepted {
		t.Errorf("a policy holds after its end: %+v", r)
	}
}

// Domains of the same servers share connections only where they demand the same: over
// one of a domain that demands less, mail of another would go without what that does.
func TestDomainsThatDemandMoreAreASiteOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newStage(t, `
signed.nl.   MX 10 mx1.nl.
signed.nl.   MX 20 mx2.nl.
unsigned.nl. MX 10 mx1.nl.
unsigned.nl. MX 20 mx2.nl.
two.nl.      MX 10 mx1.nl.
two.nl.      MX 20 mx2.nl.
odd.nl.      MX 10 mx1.nl.
odd.nl.      MX 20 mx2.nl.
_mta-sts.two.nl. TXT "v=STSv1; id=1;"
_mta-sts.odd.nl. TXT "v=STSv1; id=1;"
`)
	s.with(Settings{Inside: true, Web: s.web(func(w http.ResponseWriter, r *http.Request) {
		names := "mx: mx1.nl\nmx: mx2.nl"
		if r.Host == "mta-sts.odd.nl" { // one name, which looks like two
			names = "mx: mx1.nl, mx2.nl"
		}
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "version: STSv1\nmode: enforce\n%s\nmax_age: 86400\n", names)
	})})
	domains := map[string]string{}
	for _, domain := range []string{"signed.nl", "unsigned.nl", "two.nl", "odd.nl"} {
		s.dns.Secure(domain == "signed.nl")
		key := s.Sites(t.Context(), []string{domain})[0].Key()
		if other, known := domains[key]; known {
			t.Errorf("%s shares the connections of %s", domain, other)
		}
		domains[key] = domain
	}
}

func TestPoliciesAreRead(t *testing.T) {
	t.Parallel()
	whole := "version: STSv1\nmode: enforce\nmx: MX.shop.nl.\nmx: *.mail.nl\nmax_age: 99999999999\n"
	p, err := parsePolicy(strings.NewReader(whole))
	if err != nil || p.age != longestPolicy || !p.enforced() {
		t.Fatalf("%+v, %v", p, err)
	}
	for host, want := range map[string]bool{
		"mx.shop.nl": true, "a.mail.nl": true, "mail.nl": false, "a.b.mail.nl": false, "mx2.shop.nl": false, "evilmail.nl": false,
	} {
		if p.names(host) != want {
			t.Errorf("%s: %t", host, !want)
		}
	}
	for _, spoilt := range []string{
		"", "mode: enforce\nmx: a.nl\nmax_age: 1\n",
		"version: STSv1\nmode: enforce\nmax_age: 1\n", "version: STSv1\nmx: a.nl\nmax_age: 1\n",
		"version: STSv1\nmode: enforce\nmx: a.nl\n", "version: STSv1\nmode: enforce\nmx: a.nl\nmax_age: -1\n",
		strings.Repeat("x", 70_000),
	} {
		if p, err := parsePolicy(strings.NewReader(spoilt)); err == nil {
			t.Errorf("%.40q is %+v", spoilt, p)
		}
	}
	if none, err := parsePolicy(strings.NewReader("version: STSv1\nmode: none\nmax_age: 1\n")); err != nil || none.enforced() {
		t.Errorf("%+v, %v", none, err)
	}
	for text, want := range map[string]string{
		"v=STSv1; id=20261201T1;": "20261201T1", "v=STSv1;id=1": "1", "v=STSv1;": "", "v=spf1 -all": "", "v=STSv2; id=1": "",
	} {
		if id, is := policyID([]string{"other", text}); is != (want != "") || is && id != want {
			t.Errorf("%s: %q", text, id)
		}
	}
	if _, is := policyID([]string{"v=STSv1; id=1", "v=STSv1; id=2"}); is {
		t.Error("of two records one holds")
	}
}
