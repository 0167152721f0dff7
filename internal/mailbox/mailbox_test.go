package mailbox

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"keur/internal/proctest"
)

// post is a mail server with one mailbox.
type post struct {
	user    *imapmemserver.User
	address string
	listens net.Listener
}

type quiet struct{}

func (quiet) Printf(string, ...any) {} // of connections that we cut

// attentive is a session that tells of all mail while the client waits. The
// library's doesn't hear what comes in between its word that one may wait and
// the first time it listens.
type attentive struct{ imapserver.SessionIMAP4rev2 }

func (a attentive) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-stop:
			return nil
		case <-look.C:
			if err := a.Poll(w, true); err != nil {
				return err
			}
		}
	}
}

// newPost starts a server over TLS, or over none.
func newPost(t *testing.T, caps imap.CapSet, secure *tls.Config) *post {
	t.Helper()
	memory := imapmemserver.New()
	user := imapmemserver.NewUser("bounces@shop.example", "p@ss/word")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	memory.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return attentive{memory.NewSession().(imapserver.SessionIMAP4rev2)}, nil, nil
		},
		Caps: caps, InsecureAuth: true, Logger: quiet{},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{user: user, address: listener.Addr().String(), listens: listener}
	if secure != nil {
		p.listens = tls.NewListener(listener, secure)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(p.listens) })
	t.Cleanup(func() { _ = server.Close(); running.Wait() })
	return p
}

func (p *post) deliver(t *testing.T, text string, flags ...imap.Flag) {
	t.Helper()
	if _, err := p.user.Append("INBOX", literal{strings.NewReader(text)}, &imap.AppendOptions{Flags: flags}); err != nil {
		t.Fatal(err)
	}
}

type literal struct{ *strings.Reader }

func (p *post) unread(t *testing.T) uint32 {
	t.Helper()
	status, err := p.user.Status("INBOX", &imap.StatusOptions{NumUnseen: true})
	if err != nil {
		t.Fatal(err)
	}
	return *status.NumUnseen
}

// run reads a mailbox, and hands on what it takes.
func run(t *testing.T, address string, trust *tls.Config, refuse func(string) error) <-chan string {
	t.Helper()
	m, err := New(address)
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan string, 100)
	m.TLS, m.Log = trust, slog.New(slog.DiscardHandler)
	m.Take = func(_ context.Context, letter io.Reader) error {
		text, err := io.ReadAll(letter)
		if err != nil {
			return err
		}
		if err := refuse(string(text)); err != nil {
			return err
		}
		taken <- string(text)
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := m.Run(ctx); err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
	return taken
}

func next(t *testing.T, taken <-chan string) string {
	t.Helper()
	select {
	case text := <-taken:
		return text
	case <-time.After(time.Minute):
		t.Fatal("no letter is taken")
		return ""
	}
}

func none(string) error { return nil }

const ours = "imap://bounces%40shop.example:p%40ss%2Fword@"

// What is unread is taken once, what comes in is taken as it comes.
func TestUnreadLettersAreTaken(t *testing.T) {
	t.Parallel()
	p := newPost(t, imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIdle: {}}, nil)
	p.deliver(t, "Subject: read\r\n\r\n", imap.FlagSeen)
	for i := range 2*atOnce + 1 {
		p.deliver(t, fmt.Sprintf("Subject: %d\r\n\r\nbody", i))
	}
	taken := run(t, ours+p.address, nil, none)
	for i := range 2*atOnce + 1 {
		if got, want := next(t, taken), fmt.Sprintf("Subject: %d\r\n\r\nbody", i); got != want {
			t.Fatalf("%q, not %q", got, want)
		}
	}
	p.deliver(t, "Subject: later\r\n\r\n")
	if got := next(t, taken); !strings.Contains(got, "later") {
		t.Errorf("%q", got)
	}
	p.deliver(t, "Subject: last\r\n\r\n")
	next(t, taken)
	proctest.Until(t, "all are marked as read", func() bool { return p.unread(t) == 0 })
	if len(taken) > 0 {
		t.Errorf("%d are taken twice", len(taken))
	}
}

// What can't be taken stays unread, holds up no other, and is taken again.
func TestWhatIsNotTakenStaysUnread(t *testing.T) {
	t.Parallel()
	p := newPost(t, imap.CapSet{imap.CapIMAP4rev2: {}}, nil)
	p.deliver(t, "Subject: bad\r\n\r\n")
	p.deliver(t, "Subject: good\r\n\r\n")
	var mu sync.Mutex
	failures := 0
	taken := run(t, ours+p.address, nil, func(text string) error {
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(text, "bad") && failures == 0 {
			failures++
			return errors.New("the base is away")
		}
		return nil
	})
	if got := next(t, taken); !strings.Contains(got, "good") {
		t.Errorf("%q", got)
	}
	proctest.Until(t, "one stays unread", func() bool { return p.unread(t) == 1 })
	p.deliver(t, "Subject: third\r\n\r\n")
	for _, want := range []string{"bad", "third"} {
		if got := next(t, taken); !strings.Contains(got, want) {
			t.Errorf("%q, not %s", got, want)
		}
	}
}

// Connections that end, and servers that start late, are no end.
func TestAConnectionThatEndsIsMadeAnew(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil, nil)
	cut := make(chan net.Conn, 10)
	between, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = between.Close() })
	go func() {
		for {
			in, err := between.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", p.address)
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			cut <- in
		}
	}()
	p.deliver(t, "Subject: before\r\n\r\n")
	taken := run(t, ours+between.Addr().String(), nil, none)
	next(t, taken)
	proctest.Until(t, "it is marked as read", func() bool { return p.unread(t) == 0 })
	p.deliver(t, "Subject: after\r\n\r\n")
	_ = (<-cut).Close()
	if got := next(t, taken); !strings.Contains(got, "after") {
		t.Errorf("%q", got)
	}
}

// A certificate that isn't trusted gets no password; one that is does.
func TestTLSIsChecked(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secure := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"imap"}}
	p := newPost(t, nil, secure)
	p.deliver(t, "Subject: sealed\r\n\r\n")
	address := strings.Replace(ours, "imap:", "imaps:", 1) + p.address
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AddCert(certificate)
	stranger, err := New(address)
	if err != nil {
		t.Fatal(err)
	}
	var unknown x509.UnknownAuthorityError
	if err := stranger.session(t.Context()); !errors.As(err, &unknown) {
		t.Errorf("an unknown certificate: %v", err)
	}
	taken := run(t, address, &tls.Config{RootCAs: trust}, none)
	if got := next(t, taken); !strings.Contains(got, "sealed") {
		t.Errorf("%q", got)
	}
}

func TestAddressesOfMailboxes(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Mailbox{
		"imaps://u:p@mail.example": {
			host: "mail.example", address: "mail.example:993", user: "u", password: "p", folder: "INBOX", implicit: true,
		},
		"imaps://u:p@mail.example:1993/Keur/B": {
			host: "mail.example", address: "mail.example:1993", user: "u", password: "p", folder: "Keur/B", implicit: true,
		},
		"imap://u%40x:p@mail.example/": {host: "mail.example", address: "mail.example:143", user: "u@x", password: "p", folder: "INBOX"},
		"imap://u:p@127.0.0.1:9": {
			host: "127.0.0.1", address: "127.0.0.1:9", user: "u", password: "p", folder: "INBOX", opened: true,
		},
	} {
		m, err := New(address)
		if err != nil || m.host != want.host || m.address != want.address || m.user != want.user || m.password != want.password ||
			m.folder != want.folder || m.implicit != want.implicit || m.opened != want.opened {
			t.Errorf("%s: %+v, %v", address, m, err)
		}
	}
	for _, address := range []string{
		"", "mail.example", "imaps://mail.example", "imaps://:secret@mail.example", "pop://u:secret@mail.example",
		"imaps://u:se%cret@mail.example",
	} {
		if _, err := New(address); err == nil || strings.Contains(err.Error(), "se") && strings.Contains(err.Error(), "cret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
