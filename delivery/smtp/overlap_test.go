package smtp_test

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/smtptest"
)

// stream sends messages as a worker does, each envelope with the end of the
// message before, and each again over a new connection while nothing is in
// doubt. It returns the last outcome of each.
func stream(t *testing.T, route *smtp.Transport, messages []delivery.Message) []delivery.Outcome {
	t.Helper()
	var conn delivery.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close()
		}
	}()
	outcomes := make([]delivery.Outcome, len(messages))
	for i := 0; i < len(messages); {
		if conn == nil || !conn.Healthy() {
			if conn != nil {
				_ = conn.Close()
			}
			var err error
			if conn, err = route.Dial(t.Context()); err != nil {
				conn = nil
				continue
			}
		}
		var r delivery.Reply
		if i+1 < len(messages) {
			r = conn.(delivery.Overlapping).SendBefore(t.Context(), messages[i], messages[i+1])
		} else {
			r = conn.Send(t.Context(), messages[i])
		}
		if outcomes[i] = r.Outcome; r.Outcome == delivery.OutcomeNotSent || r.Outcome == delivery.OutcomeDeferred {
			_ = conn.Close() // the next of this connection would have to be the one that was announced
			conn = nil
			continue
		}
		i++
	}
	return outcomes
}

// numbered makes messages to recipients of their own.
func numbered(prefix string, n int) []delivery.Message {
	messages := make([]delivery.Message, n)
	for i := range messages {
		messages[i] = mail(fmt.Sprintf("%s%d@example.com", prefix, i))
		messages[i].Data = fmt.Appendf(nil, "Message-ID: <%s%d@label.nl>\r\n\r\nHoi\r\n", prefix, i)
	}
	return messages
}

func transport(s *smtptest.Server, settings smtp.Settings) *smtp.Transport {
	return smtp.New(plain(s), settings, clock.System{})
}

// mustHaveEach fails the test unless each message arrived once, at its own
// recipient.
func mustHaveEach(t *testing.T, server *smtptest.Server, messages []delivery.Message) {
	t.Helper()
	counts := server.Counts()
	for _, m := range messages {
		id := "<" + strings.Split(strings.SplitN(string(m.Data), "<", 2)[1], ">")[0] + ">"
		if n := counts[smtptest.Receipt{To: m.Recipient, MessageID: strings.Trim(id, "<>")}]; n != 1 {
			t.Errorf("%s arrived %d times at %s", id, n, m.Recipient)
		}
	}
	if len(counts) != len(messages) {
		t.Errorf("%d mails arrived somewhere, of %d", len(counts), len(messages))
	}
}

// TestTheNextEnvelopeLeavesWithTheEnd talks to a server that answers the end of
// the first message only after it has read the whole envelope of the second.
func TestTheNextEnvelopeLeavesWithTheEnd(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		served.Wait()
	})
	served.Go(func() {
		line, err := listener.Accept()
		if err != nil {
			return
		}
		defer line.Close()
		in := bufio.NewScanner(line)
		say := func(answers ...string) { _, _ = fmt.Fprint(line, strings.Join(answers, "\r\n")+"\r\n") }
		until := func(end string) {
			for in.Scan() && !strings.HasPrefix(in.Text(), end) {
			}
		}
		say("220 late")
		until("EHLO")
		say("250-late", "250 PIPELINING")
		until("DATA")
		say("250 sender", "250 recipient", "354 go on")
		until("DATA") // of the second
		say("250 first", "250 sender", "250 recipient", "354 go on")
		until(".")
		say("250 second")
		until("QUIT")
	})
	route := plain(smtptest.Start(t, smtptest.Config{}))
	route.Port = listener.Addr().(*net.TCPAddr).Port
	conn := dial(t, route).(delivery.Overlapping)
	if r := conn.SendBefore(t.Context(), mail("a@example.com"), mail("b@example.com")); r.Text != "first" {
		t.Fatalf("reply %+v", r)
	}
	if r := conn.Send(t.Context(), mail("b@example.com")); r.Text != "second" || !conn.Healthy() {
		t.Errorf("reply %+v", r)
	}
}

// TestOnlyWhoWasAnnouncedGetsTheMessage: a message that isn't the announced one
// would reach whom the open envelope names.
func TestOnlyWhoWasAnnouncedGetsTheMessage(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{})
	conn := dial(t, plain(server)).(delivery.Overlapping)
	conn.SendBefore(t.Context(), mail("a@example.com"), mail("b@example.com"))
	if r := conn.Send(t.Context(), mail("c@example.com")); r.Outcome != delivery.OutcomeNotSent || conn.Healthy() {
		t.Errorf("reply %+v, healthy %v", r, conn.Healthy())
	}
	if mails := server.Mails(); len(mails) != 1 || mails[0].To != "a@example.com" {
		t.Errorf("arrived: %+v", mails)
	}
}

// TestWhatWasOnlyAnnouncedDoesNotArrive: who closes after an envelope hangs up,
// since QUIT would be the content of a message.
func TestWhatWasOnlyAnnouncedDoesNotArrive(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{})
	conn := dial(t, plain(server)).(delivery.Overlapping)
	conn.SendBefore(t.Context(), mail("a@example.com"), mail("b@example.com"))
	_ = conn.Close()
	server.Close()
	if mails := server.Mails(); len(mails) != 1 || slices.Contains(server.Commands(), "QUIT") {
		t.Errorf("arrived: %+v after %q", mails, server.Commands())
	}
}

// TestRefusalsOfOverlappingMessages refuses the second of four at each step: the
// others arrive, over one connection if the server allows it.
func TestRefusalsOfOverlappingMessages(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(smtptest.At) string{
		"recipient":          func(at smtptest.At) string { return on(at, smtptest.AtRcpt, "550 5.1.1 unknown") },
		"end of the message": func(at smtptest.At) string { return on(at, smtptest.AtEnd, "550 5.7.1 spam") },
		"recipient, but DATA is taken": func(at smtptest.At) string {
			return on(at, smtptest.AtRcpt, "550 5.1.1 unknown") + on(at, smtptest.AtData, "354 go on")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
				if at.Message != 2 {
					return smtptest.Act{}
				}
				return smtptest.Act{Reply: refuse(at)}
			}})
			messages := numbered("m", 4)
			outcomes := stream(t, transport(server, patience()), messages)
			want := []delivery.Outcome{
				delivery.OutcomeAccepted, delivery.OutcomeRejected, delivery.OutcomeAccepted, delivery.OutcomeAccepted,
			}
			if !slices.Equal(outcomes, want) || server.Conns() != 1 {
				t.Errorf("%v over %d connections", outcomes, server.Conns())
			}
			mustHaveEach(t, server, slices.Delete(messages, 1, 2))
		})
	}
}

// on is the reply at a step, and none at others.
func on(at smtptest.At, step smtptest.Step, reply string) string {
	if at.Step == step {
		return reply
	}
	return ""
}

// TestServersThatDoNotBearOverlap misunderstand an envelope that comes with the
// end of a message. That costs nobody a mail, happens once, and is remembered
// for the connections to come.
func TestServersThatDoNotBearOverlap(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(smtptest.At) smtptest.Act{
		"hangs up": func(at smtptest.At) smtptest.Act { return smtptest.Act{Drop: at.Step == smtptest.AtMail} },
		"is silent": func(at smtptest.At) smtptest.Act {
			if at.Step == smtptest.AtMail {
				return smtptest.Act{Wait: make(chan struct{})}
			}
			return smtptest.Act{}
		},
		"calls it a bad sequence": func(at smtptest.At) smtptest.Act {
			return smtptest.Act{Reply: on(at, smtptest.AtMail, "503 5.5.1 bad sequence of commands")}
		},
		"blames the message": func(at smtptest.At) smtptest.Act {
			return smtptest.Act{Reply: on(at, smtptest.AtEnd, "554 SMTP synchronization error")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings, messages := patience(), numbered("m", 6)
			var server *smtptest.Server
			var outcomes []delivery.Outcome
			try := func() {
				server = smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
					if at.Conn == 1 && (at.Message == 2 || at.Step == smtptest.AtEnd) {
						return script(at)
					}
					return smtptest.Act{}
				}})
				outcomes = stream(t, transport(server, settings), messages)
			}
			if name == "is silent" {
				settings.CommandTimeout = 100 * time.Millisecond
			}
			// A further connection says that the server was too slow for so short a time.
			for try(); server.Conns() > 2 && settings.CommandTimeout < time.Minute; try() {
				settings.CommandTimeout *= 2
			}
			for i, o := range outcomes {
				if o != delivery.OutcomeAccepted {
					t.Errorf("message %d: %s", i, o)
				}
			}
			mustHaveEach(t, server, messages)
			if server.Conns() != 2 {
				t.Errorf("%d connections, want a second one and no more", server.Conns())
			}
		})
	}
}

// TestABrokenConnectionIsNoRefusalOfOverlap: where overlapping envelopes were
// taken once, they go on after a connection that broke at one.
func TestABrokenConnectionIsNoRefusalOfOverlap(t *testing.T) {
	t.Parallel()
	var overlapping atomic.Int64
	server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		if at.Conn > 2 && at.Step == smtptest.AtMail && at.Message > 1 {
			overlapping.Add(1)
		}
		return smtptest.Act{Drop: at.Step == smtptest.AtMail && at.Message == 2 && at.Conn == 2}
	}})
	route := transport(server, patience())
	first, second := numbered("a", 3), numbered("b", 6)
	stream(t, route, first)
	for i, o := range stream(t, route, second) {
		if o != delivery.OutcomeAccepted {
			t.Errorf("message %d: %s", i, o)
		}
	}
	mustHaveEach(t, server, append(first, second...))
	if server.Conns() != 3 || overlapping.Load() != 4 {
		t.Errorf("%d connections, %d messages after the break", server.Conns(), overlapping.Load())
	}
	conn, err := route.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.(delivery.Overlapping).SendBefore(t.Context(), mail("x@example.com"), mail("y@example.com"))
	if r := conn.Send(t.Context(), mail("z@example.com")); r.Outcome != delivery.OutcomeNotSent {
		t.Errorf("the envelope of y isn't open: %+v", r)
	}
}

func TestNobodyTwiceAndNobodyMissingInAStormOfOverlaps(t *testing.T) {
	t.Parallel()
	const workers, each = 8, 200
	server := smtptest.Start(t, smtptest.Config{Script: storm(), KeepMails: 1})
	var outcomes [workers][]delivery.Outcome
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			outcomes[w] = stream(t, transport(server, patience()), numbered(fmt.Sprintf("w%d.", w), each))
		})
	}
	wait.Wait()
	counts, doubts := server.Counts(), 0
	for w := range workers {
		for n, o := range outcomes[w] {
			name := fmt.Sprintf("w%d.%d", w, n)
			got := counts[smtptest.Receipt{To: name + "@example.com", MessageID: name + "@label.nl"}]
			if got > 1 || got == 0 && o != delivery.OutcomeLost && o != delivery.OutcomeRejected {
				t.Errorf("message %s was %s and arrived %d times", name, o, got)
			}
			if o == delivery.OutcomeLost {
				doubts++
			}
		}
	}
	if len(counts) > workers*each || doubts == 0 || doubts > workers*each/10 {
		t.Errorf("%d receipts, %d in doubt: the storm was no test", len(counts), doubts)
	}
}
