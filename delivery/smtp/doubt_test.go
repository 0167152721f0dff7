package smtp_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keur/delivery"
	"keur/internal/smtptest"
)

// These tests are about the line between doubt and none: what broke before the
// final dot left may be sent again, what broke after it may not.

func TestDropsAtEveryStep(t *testing.T) {
	t.Parallel()
	for step, want := range map[smtptest.Step]delivery.Reply{
		smtptest.AtMail:    {Outcome: delivery.OutcomeNotSent, Step: delivery.AtMail, Text: "the connection was closed"},
		smtptest.AtRcpt:    {Outcome: delivery.OutcomeNotSent, Step: delivery.AtRcpt, Text: "the connection was closed"},
		smtptest.AtData:    {Outcome: delivery.OutcomeNotSent, Step: delivery.AtData, Text: "the connection was closed"},
		smtptest.AtPayload: {Outcome: delivery.OutcomeLost, Step: delivery.AtEnd},
		smtptest.AtEnd:     {Outcome: delivery.OutcomeLost, Step: delivery.AtEnd},
	} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, extensions []string) {
				server := smtptest.Start(t, smtptest.Config{Extensions: extensions, Script: func(at smtptest.At) smtptest.Act {
					return smtptest.Act{Drop: at.Step == step}
				}})
				conn := dial(t, plain(server))
				r := conn.Send(t.Context(), mail("a@example.com"))
				if r.Outcome != want.Outcome || r.Step != want.Step || want.Text != "" && r.Text != want.Text {
					t.Errorf("reply %+v, want %+v", r, want)
				}
				if conn.Healthy() {
					t.Error("still healthy")
				}
				taken := len(server.Mails())
				if taken > 0 && r.Outcome != delivery.OutcomeLost {
					t.Errorf("%d mails taken, reply %+v", taken, r)
				}
			})
		})
	}
}

func TestSilenceAtEveryStep(t *testing.T) {
	t.Parallel()
	for step, want := range map[smtptest.Step]delivery.Outcome{
		smtptest.AtMail: delivery.OutcomeNotSent,
		smtptest.AtRcpt: delivery.OutcomeNotSent,
		smtptest.AtData: delivery.OutcomeNotSent,
		smtptest.AtEnd:  delivery.OutcomeLost,
	} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			var reached atomic.Bool
			server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
				if at.Step == step {
					reached.Store(true)
					return smtptest.Act{Wait: make(chan struct{})}
				}
				return smtptest.Act{}
			}})
			settings := patience()
			// A server that hasn't come to the step was too slow for so short a time.
			for settings.CommandTimeout = 50 * time.Millisecond; settings.CommandTimeout < time.Minute; settings.CommandTimeout *= 2 {
				settings.DataTimeout = settings.CommandTimeout
				conn, err := tryDial(t, plain(server), settings)
				if err != nil {
					continue
				}
				defer conn.Close()
				r := conn.Send(t.Context(), mail("a@example.com"))
				if !reached.Load() {
					continue
				}
				if r.Outcome != want || r.Text != "the server didn't answer in time" || conn.Healthy() {
					t.Errorf("reply %+v", r)
				}
				return
			}
			t.Error("the step was never reached")
		})
	}
}

// A message that doesn't fit in the buffers of the sockets can't have left
// whole when the server hangs up in the middle: that is no doubt.
func TestADropInTheMiddleOfALargeMessageIsNoDoubt(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		return smtptest.Act{Drop: at.Step == smtptest.AtPayload}
	}})
	conn := dial(t, plain(server))
	large := mail("a@example.com")
	large.Data = append(large.Data, strings.Repeat("0123456789 0123456789 0123456789\r\n", 1<<19)...)
	if r := conn.Send(t.Context(), large); r.Outcome != delivery.OutcomeNotSent || conn.Healthy() {
		t.Errorf("reply %+v", r)
	}
}

func TestStoppingBreaksOffOnlyWithoutDoubt(t *testing.T) {
	t.Parallel()
	for step, want := range map[smtptest.Step]delivery.Outcome{
		smtptest.AtRcpt: delivery.OutcomeNotSent,
		smtptest.AtEnd:  delivery.OutcomeAccepted,
	} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
				if at.Step == step {
					stop()
				}
				if at.Step == step && step != smtptest.AtEnd {
					return smtptest.Act{Wait: make(chan struct{})}
				}
				return smtptest.Act{}
			}})
			conn := dial(t, plain(server))
			if r := conn.Send(ctx, mail("a@example.com")); r.Outcome != want {
				t.Errorf("reply %+v", r)
			}
			if r := conn.Send(ctx, mail("b@example.com")); r.Outcome != delivery.OutcomeNotSent {
				t.Errorf("after the stop: %+v", r)
			}
		})
	}
}
