package direct

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keur/delivery"
	"keur/delivery/mx"
	"keur/internal/clock"
	"keur/internal/dnstest"
	"keur/internal/smtptest"
	"keur/labels"
	"keur/tracking/bounces"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is DNS and mail servers of a test, all on one port of other addresses of
// loopback, as on the internet all are on 25.
type stage struct {
	*Transport
	t    *testing.T
	dns  *dnstest.Server
	now  *clock.Fake
	port int
}

func newStage(t *testing.T, zone string, sources ...labels.Source) *stage {
	t.Helper()
	s := &stage{t: t, dns: dnstest.Start(t, zone), now: clock.NewFake(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))}
	free, err := net.Listen("tcp", "127.0.0.1:0") // keeps others from the port, and is nobody's server
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = free.Close() })
	s.port = free.Addr().(*net.TCPAddr).Port
	other, err := net.Listen("tcp", "127.0.1.1:0")
	if err != nil {
		t.Skip("loopback has one address on this system, and these tests need many")
	}
	_ = other.Close()
	s.with(Settings{Inside: true}, sources...)
	return s
}

// with makes the transport anew.
func (s *stage) with(settings Settings, sources ...labels.Source) {
	s.t.Helper()
	var err error
	if settings.Finder, err = mx.New([]string{s.dns.Address}, s.now); err != nil {
		s.t.Fatal(err)
	}
	s.Transport = New(labels.Route{
		Kind: labels.Direct, Port: s.port, Connections: 10, MessagesPerConnection: 100, Sources: sources,
	}, settings, s.now)
}

// server starts a mail server at an address.
func (s *stage) server(address string, config smtptest.Config) *smtptest.Server {
	s.t.Helper()
	server, err := smtptest.ListenAt(net.JoinHostPort(address, fmt.Sprint(s.port)), config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(server.Close)
	return server
}

// send sends a mail over a connection of its own.
func (s *stage) send(to string) delivery.Reply {
	s.t.Helper()
	conn, err := s.Dial(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	return conn.Send(s.t.Context(), mail(to))
}

func mail(to string) delivery.Message {
	return delivery.Message{ReturnPath: "b+x.y@bounce.example", Recipient: to, Data: []byte(
		"From: a@example.com\r\nTo: " + to + "\r\nMessage-ID: <" + to + ">\r\n\r\nHallo\r\n")}
}

// greets answers a connection so, and hangs up.
func greets(reply string) smtptest.Config {
	return smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtConnect {
			return smtptest.Act{Reply: reply, Drop: true}
		}
		return smtptest.Act{}
	}}
}

// The next server of the same or lower preference is called where one isn't reached or
// doesn't let anybody in, and the one that takes the mail takes all that follow.
func TestTheNextServerIsCalled(t *testing.T) {
	t.Parallel()
	s := newStage(t, `
shop.nl.  MX 10 dead.nl.
shop.nl.  MX 20 busy.nl.
shop.nl.  MX 20 closed.nl.
shop.nl.  MX 30 good.nl.
dead.nl.  A  127.0.1.1
busy.nl.  A  127.0.1.2
closed.nl. A 127.0.1.3
good.nl.  A  127.0.1.4
`)
	busy, closed := s.server("127.0.1.2", greets("421 4.3.2 busy")), s.server("127.0.1.3", greets("554 5.7.1 not you"))
	good := s.server("127.0.1.4", smtptest.Config{})
	conn, err := s.Sites(t.Context(), []string{"shop.nl"})[0].Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range 3 {
		if r := conn.Send(t.Context(), mail(fmt.Sprintf("%d@shop.nl", i))); r.Outcome != delivery.OutcomeAccepted {
			t.Errorf("%+v", r)
		}
	}
	if n := len(good.Mails()); n != 3 || good.Conns() != 1 || busy.Conns() != 1 || closed.Conns() != 1 {
		t.Errorf("%d mails over %d connections, after %d and %d", n, good.Conns(), busy.Conns(), closed.Conns())
	}
}

// What becomes of mail that no server takes, and what the rules of bounces make of it:
// no member is to blame for what is wrong now, and one is lost whose domain takes none.
func TestMailThatNobodyTakes(t *testing.T) {
	t.Parallel()
	s := newStage(t, `
dead.nl.     MX 10 mx.dead.nl.
mx.dead.nl.  A  127.0.2.1
busy.nl.     MX 10 mx.busy.nl.
busy.nl.     MX 20 mx.dead.nl.
mx.busy.nl.  A  127.0.2.2
shut.nl.     MX 10 mx.shut.nl.
mx.shut.nl.  A  127.0.2.3
null.nl.     MX 0 .
empty.nl.    TXT "nothing"
lost.nl.     MX 10 nowhere.nl.
half.nl.     MX 10 mx.half.nl.
mx.half.nl.  A  127.0.2.4
broken.nl.   MX 10 mx.half.nl.
`)
	s.server("127.0.2.2", greets("421 4.3.2 busy, go away ask@busy.nl"))
	s.server("127.0.2.3", greets("554 5.7.1 your host is blocked"))
	s.dns.Fail("mx.half.nl", true)
	s.dns.Fail("broken.nl", true)
	for domain, want := range map[string]struct {
		outcome delivery.Outcome
		code    int
		status  string
		class   bounces.Class
	}{
		"dead.nl":   {delivery.OutcomeDeferred, 0, "4.4.1", bounces.Transient},
		"busy.nl":   {delivery.OutcomeDeferred, 421, "4.3.2", bounces.Transient},
		"shut.nl":   {delivery.OutcomeDeferred, 554, "5.7.1", bounces.Block},
		"null.nl":   {delivery.OutcomeRejected, 0, "5.1.10", bounces.Hard},
		"empty.nl":  {delivery.OutcomeRejected, 0, "5.1.2", bounces.Hard},
		"nobody.nl": {delivery.OutcomeRejected, 0, "5.1.2", bounces.Hard},
		"lost.nl":   {delivery.OutcomeDeferred, 0, "4.4.4", bounces.Transient},
		"half.nl":   {delivery.OutcomeDeferred, 0, "4.4.3", bounces.Transient},
		"broken.nl": {delivery.OutcomeDeferred, 0, "4.4.3", bounces.Transient},
	} {
		s.send("first@dead.nl") // so that DNS had an answer
		r := s.send("a@" + domain)
		class, _ := bounces.Classify(bounces.Reply{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text, Step: bounces.Step(r.Step)})
		if r.Outcome != want.outcome || r.Code != want.code || r.Enhanced != want.status || class != want.class {
			t.Errorf("%s: %+v, %s", domain, r, class)
		}
		if strings.Contains(r.Text, "127.0") || strings.Contains(r.Text, "@") {
			t.Errorf("an address is told: %s", r.Text)
		}
	}
}

// A member's domain can't make us talk to machines of the house.
func TestServersInsideTheHouseAreNotCalled(t *testing.T) {
	t.Parallel()
	s := newStage(t, `
evil.nl.    MX 10 mx.evil.nl.
evil.nl.    MX 20 alias.evil.nl.
mx.evil.nl. A  127.0.3.1
mx.evil.nl. A  10.0.0.1
mx.evil.nl. AAAA ::1
alias.evil.nl. CNAME mx.evil.nl.
bare.nl.    A  127.0.3.1
`)
	inside := s.server("127.0.3.1", smtptest.Config{})
	s.with(Settings{})
	for _, to := range []string{"a@evil.nl", "a@bare.nl"} {
		if r := s.send(to); r.Outcome != delivery.OutcomeDeferred || r.Enhanced != "4.4.4" {
			t.Errorf("%+v", r)
		}
	}
	if inside.Conns() > 0 {
		t.Error("a server of the house was called")
	}
	s.with(Settings{Inside: true})
	if r := s.send("a@evil.nl"); r.Outcome != delivery.OutcomeAccepted {
		t.Errorf("where that is wanted: %+v", r)
	}
}

// A site that nobody reaches isn't called for each of its mails, and a while later it
// is again; an address that isn't reached comes after the others.
func TestWhatIsUnreachableIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	s := newStage(t, "shop.nl. 3600 MX 10 mx.nl.\nmx.nl. 3600 A 127.0.4.1\n")
	if r := s.send("a@shop.nl"); r.Enhanced != "4.4.1" {
		t.Errorf("%+v", r)
	}
	server := s.server("127.0.4.1", smtptest.Config{})
	if r := s.send("b@shop.nl"); r.Enhanced != "4.4.1" || server.Conns() > 0 {
		t.Errorf("%+v", r)
	}
	s.now.Add(closedFor)
	if r := s.send("b@shop.nl"); r.Outcome != delivery.OutcomeAccepted {
		t.Errorf("%+v", r)
	}
}

// Each address of ours has its turn, greets by its own name, and calls who is of its
// kind; those of other machines are left out.
func TestAddressesHaveTheirTurn(t *testing.T) {
	t.Parallel()
	s := newStage(t, "shop.nl. MX 10 mx.nl.\nmx.nl. A 127.0.5.1\nmx.nl. AAAA ::1\n",
		labels.Source{Address: "127.0.0.11", EHLOName: "mail1.keur.nl"}, labels.Source{Address: "127.0.0.12", EHLOName: "mail2.keur.nl"},
		labels.Source{Address: "198.51.100.7", EHLOName: "elsewhere.keur.nl"})
	server := s.server("127.0.5.1", smtptest.Config{})
	for range 4 {
		if r := s.send("a@shop.nl"); r.Outcome != delivery.OutcomeAccepted {
			t.Fatalf("%+v", r)
		}
	}
	greeted := map[string]int{}
	for _, line := range server.Commands() {
		if name, is := strings.CutPrefix(line, "EHLO "); is {
			greeted[name]++
		}
	}
	if greeted["mail1.keur.nl"] != 2 || greeted["mail2.keur.nl"] != 2 {
		t.Errorf("%v", greeted)
	}
	s.with(Settings{Inside: true}, labels.Source{Address: "198.51.100.7", EHLOName: "elsewhere.keur.nl"})
	if _, err := s.Sites(t.Context(), []string{"shop.nl"})[0].Dial(t.Context()); err == nil {
		t.Error("mail leaves from an address that isn't ours")
	}
}

// Domains whose mail the same servers take share connections, in whatever order DNS
// names them.
func TestDomainsOfOneSite(t *testing.T) {
	t.Parallel()
	s := newStage(t, `
a.nl. MX 10 mx1.nl.
a.nl. MX 10 mx2.nl.
b.nl. MX 10 mx2.nl.
b.nl. MX 10 mx1.nl.
c.nl. MX 20 mx1.nl.
c.nl. MX 10 mx2.nl.
d.nl. A  127.0.7.1
e.nl. MX 0 .
`)
	var keys, names []string
	for _, site := range s.Sites(t.Context(), []string{"a.nl", "b.nl", "c.nl", "d.nl", "e.nl", "a.nl"}) {
		keys, names = append(keys, site.Key()), append(names, site.MX())
	}
	if keys[0] != keys[1] || keys[0] != keys[5] || len(slices.Compact(slices.Sorted(slices.Values(keys)))) != 4 {
		t.Errorf("%q", keys)
	}
	if want := []string{"mx1.nl", "mx1.nl", "mx2.nl", "d.nl", "e.nl", "mx1.nl"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

// A person who tries the route sees whether each of its addresses is let in, and what
// became of a letter.
func TestARouteIsTriedFromEachAddress(t *testing.T) {
	t.Parallel()
	s := newStage(t, "shop.nl. MX 10 mx.shop.nl.\nmx.shop.nl. A 127.0.9.1\n",
		labels.Source{Address: "127.0.0.21", EHLOName: "mail1.keur.nl"}, labels.Source{Address: "127.0.0.22", EHLOName: "mail2.keur.nl"})
	server := s.server("127.0.9.1", smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtConnect && at.Conn == 1 {
			return smtptest.Act{Reply: "554 5.7.1 no", Drop: true}
		}
		return smtptest.Act{}
	}})
	letter := mail("a@shop.nl")
	said := func(domain string) (all []string) {
		for _, step := range s.Probe(t.Context(), domain, &letter) {
			all = append(all, fmt.Sprintf("%s %t %s", step.Stage, step.OK, step.Said))
		}
		return all
	}
	want := []string{
		"resolve true mx.shop.nl", "connect false 127.0.0.21 mail1.keur.nl: 5.7.1 no", "connect true 127.0.0.22 mail2.keur.nl",
	}
	if got := said("shop.nl"); len(got) != 4 || !slices.Equal(got[:3], want) || !strings.HasPrefix(got[3], "letter true 250 ") {
		t.Errorf("%q", got)
	}
	if got := said("nobody.nl"); len(got) != 1 || !strings.HasPrefix(got[0], "resolve false nobody.nl: ") || len(server.Mails()) != 1 {
		t.Errorf("%q", got)
	}
}
