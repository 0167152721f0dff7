package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail/smtp"

	"keur/delivery"
	"keur/labels"
)

// Stage is what a probe does.
type Stage string

// The stages, in their order; TLS comes after Hello where it is begun by
// STARTTLS.
const (
	Resolve Stage = "resolve"
	Connect Stage = "connect"
	Secure  Stage = "secure"
	Hello   Stage = "hello"
	SignIn  Stage = "sign_in"
	Letter  Stage = "letter"
)

// Step is what one stage came to. What servers said holds no address.
type Step struct {
	Stage       Stage
	OK          bool
	Took        time.Duration
	Said        string
	Certificate *Certificate // of Secure, also of one that is refused
}

// Certificate is what a server showed of itself.
type Certificate struct {
	Names   []string
	Issuer  string
	Expires time.Time
	Version string // of TLS
}

// probe is one try of a route.
type probe struct {
	*Transport
	ctx       context.Context
	addresses []string
	line      net.Conn
	client    *gomail.Client
	shown     *Certificate
	steps     []Step
}

// Probe tries the route stage by stage, as Dial does in one go, and returns what
// each came to: the first that fails is the last. With a letter it sends that
// as well.
func (t *Transport) Probe(ctx context.Context, letter *delivery.Message) []Step {
	ctx, cancel := context.WithTimeout(ctx, t.settings.DialTimeout)
	defer cancel()
	p := &probe{Transport: t, ctx: ctx}
	defer p.leave()
	type stage struct {
		Stage
		run func() (string, error)
	}
	stages := []stage{{Resolve, p.resolve}, {Connect, p.connect}}
	switch t.route.TLS {
	case "implicit":
		stages = append(stages, stage{Secure, p.secureLine}, stage{Hello, p.hello})
	case "none":
		stages = append(stages, stage{Hello, p.hello})
	default:
		stages = append(stages, stage{Hello, p.hello}, stage{Secure, p.startTLS})
	}
	if t.route.Auth != "none" {
		stages = append(stages, stage{SignIn, p.signIn})
	}
	if letter != nil {
		stages = append(stages, stage{Letter, func() (string, error) { return p.send(*letter) }})
	}
	for _, s := range stages {
		began := t.clock.Now()
		said, err := s.run()
		step := Step{Stage: s.Stage, OK: err == nil, Took: t.clock.Now().Sub(began), Said: redact(said)}
		if err != nil {
			step.Said = redact(err.Error())
		}
		if s.Stage == Secure {
			step.Certificate = p.shown
		}
		p.steps = append(p.steps, step)
		if err != nil {
			break
		}
	}
	return p.steps
}

func (p *probe) resolve() (string, error) {
	var err error
	p.addresses, err = net.DefaultResolver.LookupHost(p.ctx, p.route.Host)
	return strings.Join(p.addresses, ", "), err
}

func (p *probe) connect() (string, error) {
	line, err := new(net.Dialer).DialContext(p.ctx, "tcp", p.address())
	if err != nil {
		return "", err
	}
	p.line = newHello(line)
	context.AfterFunc(p.ctx, func() { _ = line.Close() }) // whatever the server does, it ends with ctx
	return net.JoinHostPort(p.route.Host, strconv.Itoa(p.route.Port)), nil
}

func (p *probe) secureLine() (string, error) {
	secured := tls.Client(p.line, p.showing())
	p.line = secured
	return "", secured.HandshakeContext(p.ctx)
}

// hello reads the greeting and says EHLO.
func (p *probe) hello() (string, error) {
	var err error
	if p.client, err = gomail.NewClient(p.line, p.route.Host); err != nil {
		return "", err
	}
	name, err := greetingName(p.route.EHLOName)
	if err != nil {
		return "", err
	}
	if err := p.client.Hello(name); err != nil {
		return "", err
	}
	return p.offers(), nil
}

// greetingName is what we call ourselves: as somebody said, or by the machine's name.
func greetingName(said string) (string, error) {
	if said != "" {
		return said, nil
	}
	return os.Hostname()
}

// offers are the extensions that matter to us.
func (p *probe) offers() string {
	var found []string
	for _, name := range []string{"STARTTLS", "AUTH", "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE"} {
		if ok, of := p.client.Extension(name); ok {
			found = append(found, strings.TrimSpace(name+" "+of))
		}
	}
	return strings.Join(found, ", ")
}

func (p *probe) startTLS() (string, error) {
	switch offered, _ := p.client.Extension("STARTTLS"); {
	case offered:
	case p.route.TLS == "opportunistic":
		return "the server offers no STARTTLS, and this route goes on without", nil
	default:
		return "", errors.New("the server offers no STARTTLS, which this route demands")
	}
	if err := p.client.StartTLS(p.showing()); err != nil {
		return "", err
	}
	return p.offers(), nil
}

// showing is the route's TLS that keeps the certificate, also one that is
// refused: a person wants to see what is wrong with it.
func (p *probe) showing() *tls.Config {
	config := p.tls.Clone()
	config.InsecureSkipVerify = true // VerifyConnection does it
	config.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		p.shown = &Certificate{
			Names: slices.Clone(leaf.DNSNames), Issuer: leaf.Issuer.String(), Expires: leaf.NotAfter,
			Version: tls.VersionName(state.Version),
		}
		for _, ip := range leaf.IPAddresses {
			p.shown.Names = append(p.shown.Names, ip.String())
		}
		if !p.route.Verify {
			return nil
		}
		between := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: p.route.Host, Roots: p.tls.RootCAs, Intermediates: between})
		return err
	}
	return config
}

func (p *probe) signIn() (string, error) {
	return strings.ToUpper(p.route.Auth), p.client.Auth(authOf(p.route))
}

// authOf is the route's AUTH as the wire takes it.
func authOf(r labels.Route) gomail.Auth {
	switch r.Auth {
	case "plain":
		return gomail.PlainAuth("", r.Username, r.Password, r.Host, false)
	case "login":
		return gomail.LoginAuth(r.Username, r.Password, r.Host, false)
	case "cram-md5":
		return gomail.CRAMMD5Auth(r.Username, r.Password)
	}
	return &scram{username: r.Username, password: r.Password}
}

func (p *probe) send(m delivery.Message) (string, error) {
	if err := p.client.Mail("<" + m.ReturnPath + ">"); err != nil {
		return "", err
	}
	if err := p.client.Rcpt("<" + m.Recipient + ">"); err != nil {
		return "", err
	}
	body, err := p.client.Data()
	if err != nil {
		return "", err
	}
	if _, err := body.Write(m.Data); err != nil {
		return "", err
	}
	if err := body.Close(); err != nil {
		return "", err
	}
	if answered, ok := body.(*gomail.DataCloser); ok {
		return answered.ServerResponse(), nil
	}
	return "", nil
}

// leave says goodbye where there is somebody to say it to.
func (p *probe) leave() {
	if p.client != nil && p.ctx.Err() == nil {
		_ = p.client.Quit() // the steps tell what matters
	}
	if p.line != nil {
		_ = p.line.Close()
	}
}
