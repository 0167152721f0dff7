package smtp_test

import (
	"slices"
	"strings"
	"testing"

	"keur/delivery"
	"keur/internal/smtptest"
)

// insisting is a server that answers 354 to DATA whatever it said before, as
// RFC 2920 §3.1 warns of, and refuses the first message at step.
func insisting(step smtptest.Step, reply string) smtptest.Config {
	return smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		switch {
		case at.Message != 1:
			return smtptest.Act{}
		case at.Step == step:
			return smtptest.Act{Reply: reply}
		case at.Step == smtptest.AtData:
			return smtptest.Act{Reply: "354 go on"}
		}
		return smtptest.Act{}
	}}
}

func TestARefusedRecipientWith354GetsALoneDot(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, insisting(smtptest.AtRcpt, "550 5.1.1 unknown"))
	conn := dial(t, plain(server))
	if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.OutcomeRejected || r.Step != delivery.AtRcpt ||
		r.Enhanced != "5.1.1" {
		t.Fatalf("reply %+v", r)
	}
	if r := conn.Send(t.Context(), mail("b@example.com")); r.Outcome != delivery.OutcomeAccepted {
		t.Fatalf("the next one: %+v", r)
	}
	mails := server.Mails()
	if len(mails) != 1 || mails[0].To != "b@example.com" || server.Conns() != 1 {
		t.Errorf("arrived: %+v", mails)
	}
}

func TestARefusedSenderWith354HangsUp(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, insisting(smtptest.AtMail, "451 4.3.0 not now"))
	conn := dial(t, plain(server))
	if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.OutcomeDeferred || r.Step != delivery.AtMail {
		t.Fatalf("reply %+v", r)
	}
	if conn.Healthy() || len(server.Mails()) != 0 {
		t.Errorf("healthy %v, arrived %+v", conn.Healthy(), server.Mails())
	}
}

func TestARefusalStandsWhateverComesAfterIt(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]smtptest.Act{
		"drop":      {Drop: true},
		"closing":   {Reply: "421 4.4.5 too many errors"},
		"good news": {Reply: "250 2.0.0 fine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
				switch at.Step {
				case smtptest.AtRcpt:
					return smtptest.Act{Reply: "550 5.1.1 unknown"}
				case smtptest.AtData:
					return after
				}
				return smtptest.Act{}
			}})
			conn := dial(t, plain(server))
			if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.OutcomeRejected || r.Code != 550 ||
				conn.Healthy() {
				t.Errorf("reply %+v", r)
			}
		})
	}
}

func TestARefusalIsFollowedByRSETOnlyThen(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, extensions []string) {
		server := smtptest.Start(t, smtptest.Config{Extensions: extensions, Script: func(at smtptest.At) smtptest.Act {
			if at.Step == smtptest.AtRcpt && strings.HasPrefix(at.Address, "unknown") {
				return smtptest.Act{Reply: "550 5.1.1 unknown"}
			}
			return smtptest.Act{}
		}})
		conn := dial(t, plain(server))
		want := map[string]delivery.Outcome{"unknown@example.com": delivery.OutcomeRejected, "a@example.com": delivery.OutcomeAccepted}
		for _, to := range []string{"a@example.com", "unknown@example.com", "unknown@example.com", "a@example.com", "a@example.com"} {
			if r := conn.Send(t.Context(), mail(to)); r.Outcome != want[to] {
				t.Fatalf("%s: %+v", to, r)
			}
		}
		resets := 0
		for _, line := range server.Commands() {
			if line == "RSET" {
				resets++
			}
		}
		if resets != 2 || len(server.Mails()) != 3 {
			t.Errorf("%d resets, %d mails", resets, len(server.Mails()))
		}
	})
}

func TestAServerThatDoesNotPipelineIsNotRushed(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{Extensions: []string{}, Script: func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtMail {
			return smtptest.Act{Reply: "550 5.7.1 not you"}
		}
		return smtptest.Act{}
	}})
	conn := dial(t, plain(server))
	conn.Send(t.Context(), mail("a@example.com"))
	commands := server.Commands()
	if len(commands) != 2 || slices.Contains(commands, "DATA") || strings.Contains(commands[1], "BODY=") {
		t.Errorf("said %q", commands)
	}
}
