package mailin_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"keur/internal/mailin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// post is a listener under test, which takes mail for addresses that begin
// with "b+", and fails for "b+broken".
type post struct {
	address string
	stop    context.CancelFunc
	ended   chan error

	mu    sync.Mutex
	mails []mailin.Mail
	held  chan struct{} // when given, Deliver waits for it
}

func start(t *testing.T, held chan struct{}) *post {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	p := &post{address: listener.Addr().String(), stop: stop, ended: make(chan error, 1), held: held}
	server := mailin.New(mailin.Config{
		Hostname: "bounce.example",
		Accepts:  func(_ context.Context, to string) bool { return strings.HasPrefix(to, "b+") },
		Deliver:  p.deliver,
	}, slog.New(slog.DiscardHandler))
	go func() { p.ended <- server.Serve(ctx, listener) }()
	t.Cleanup(stop)
	return p
}

func (p *post) deliver(_ context.Context, m mailin.Mail) error {
	if p.held != nil {
		p.held <- struct{}{}
		<-p.held
	}
	if strings.HasPrefix(m.To, "b+broken") {
		return errors.New("the base is away")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, m)
	return nil
}

func (p *post) taken() []mailin.Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]mailin.Mail(nil), p.mails...)
}

// visitor speaks SMTP to the listener.
type visitor struct {
	t    *testing.T
	text *textproto.Conn
}

func (p *post) visit(t *testing.T) *visitor {
	t.Helper()
	text, err := textproto.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = text.Close() })
	v := &visitor{t, text}
	v.expect(220)
	v.say(250, "EHLO mx.example")
	return v
}

func (v *visitor) expect(code int) {
	v.t.Helper()
	if _, _, err := v.text.ReadResponse(code); err != nil {
		v.t.Fatalf("want %d: %v", code, err)
	}
}

func (v *visitor) say(code int, line string) {
	v.t.Helper()
	if err := v.text.PrintfLine("%s", line); err != nil {
		v.t.Fatal(err)
	}
	v.expect(code)
}

// hand sends a whole mail and expects the code after it.
func (v *visitor) hand(code int, from, to, content string) {
	v.t.Helper()
	v.say(250, "MAIL FROM:<"+from+">")
	v.say(250, "RCPT TO:<"+to+">")
	v.say(354, "DATA")
	w := v.text.DotWriter()
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	v.expect(code)
}

func TestTakesWhatIsOurs(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	v := p.visit(t)
	v.say(250, "MAIL FROM:<>")
	v.say(550, "RCPT TO:<piet@elsewhere.example>")
	v.say(502, "DATA")
	v.say(250, "RSET")
	v.hand(250, "", "b+1.x@bounce.example", "Subject: failed\r\n\r\n.no\r\n")
	v.hand(250, "fbl@example.com", "b+2.x@bounce.example", "Subject: abuse\r\n\r\n")
	v.say(221, "QUIT")
	mails := p.taken()
	if len(mails) != 2 || mails[0].From != "" || mails[0].To != "b+1.x@bounce.example" || mails[1].From != "fbl@example.com" {
		t.Fatalf("taken: %+v", mails)
	}
	if got := string(mails[0].Content); got != "Subject: failed\r\n\r\n.no\r\n" {
		t.Errorf("content %q", got)
	}
}

func TestThePostmasterCanBeWrittenTo(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	v := p.visit(t)
	v.hand(250, "piet@elsewhere.example", "PostMaster@bounce.example", "Subject: your mail\r\n\r\n")
	v.say(250, "MAIL FROM:<piet@elsewhere.example>")
	v.say(550, "RCPT TO:<postmaster.not@bounce.example>")
	if n := len(p.taken()); n != 0 {
		t.Errorf("%d mails to the postmaster were kept", n)
	}
}

func TestAFaultOfOursMeansLater(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	v := p.visit(t)
	v.hand(451, "", "b+broken@bounce.example", "x\r\n")
	v.hand(250, "", "b+1.x@bounce.example", "x\r\n")
	if n := len(p.taken()); n != 1 {
		t.Errorf("%d taken", n)
	}
}

func TestALongMailIsCutNotRefused(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	v := p.visit(t)
	v.hand(250, "", "b+1.x@bounce.example", "Subject: long\r\n\r\n"+strings.Repeat(strings.Repeat("x", 3000)+"\r\n", 200))
	v.hand(250, "", "b+2.x@bounce.example", "x\r\n")
	mails := p.taken()
	if len(mails) != 2 || len(mails[0].Content) != 256<<10 {
		t.Errorf("%d mails, the first of %d bytes", len(mails), len(mails[0].Content))
	}
}

func TestACutOffMailIsNotTaken(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	v := p.visit(t)
	v.say(250, "MAIL FROM:<>")
	v.say(250, "RCPT TO:<b+1.x@bounce.example>")
	v.say(354, "DATA")
	_ = v.text.PrintfLine("half a mail")
	_ = v.text.Close()
	p.stop()
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
	if n := len(p.taken()); n != 0 {
		t.Errorf("%d taken", n)
	}
}

func TestStoppingWaitsForWhatArrives(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	p := start(t, held)
	idle, busy := p.visit(t), p.visit(t)
	busy.say(250, "MAIL FROM:<>")
	busy.say(250, "RCPT TO:<b+1.x@bounce.example>")
	busy.say(354, "DATA")
	_ = busy.text.PrintfLine("x")
	_ = busy.text.PrintfLine(".")
	<-held // Deliver has it
	p.stop()
	if _, err := idle.text.ReadLine(); err == nil {
		t.Error("an idle connection is kept")
	}
	held <- struct{}{}
	busy.expect(250)
	_ = busy.text.Close()
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
	if n := len(p.taken()); n != 1 {
		t.Errorf("%d taken", n)
	}
}
