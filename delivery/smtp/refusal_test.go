package smtp_test

import (
	"testing"

	"keur/delivery"
	"keur/internal/smtptest"
)

// refusal is how a server refuses at a step, and what must become of it.
type refusal struct {
	name  string
	step  smtptest.Step
	reply string
	want  delivery.Reply
	next  bool // the connection stays good for the next message
}

var refusals = []refusal{
	{
		"sender", smtptest.AtMail, "550 5.1.8 no such domain",
		delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtMail, Code: 550, Enhanced: "5.1.8",
			Text: "5.1.8 no such domain"},
		true,
	},
	{
		"unknown recipient", smtptest.AtRcpt, "550 5.1.1 <a@example.com>: unknown, ask post@example.com",
		delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Code: 550, Enhanced: "5.1.1",
			Text: "5.1.1 <[address]>: unknown, ask [address]"},
		true,
	},
	{
		"greylisted", smtptest.AtRcpt, "450-4.2.0 wait\n450 4.2.0 a while",
		delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 450, Enhanced: "4.2.0",
			Text: "4.2.0 wait 4.2.0 a while"},
		true,
	},
	{
		"no data", smtptest.AtData, "451 no room",
		delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtData, Code: 451, Text: "no room"},
		true,
	},
	{
		"spam", smtptest.AtEnd, "554 5.7.1 no, \"piet\"@example.com",
		delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtEnd, Code: 554, Enhanced: "5.7.1", Text: "5.7.1 no, [address]"},
		true,
	},
	{
		"busy after the message", smtptest.AtEnd, "452 4.3.1 disk full",
		delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtEnd, Code: 452, Enhanced: "4.3.1", Text: "4.3.1 disk full"},
		true,
	},
	{
		"code and status disagree", smtptest.AtRcpt, "450 5.1.1 odd",
		delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 450, Text: "5.1.1 odd"},
		true,
	},
	{
		"bare code", smtptest.AtRcpt, "550",
		delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Code: 550},
		true,
	},
	{
		"closing at MAIL", smtptest.AtMail, "421 4.7.0 too many",
		delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtMail, Code: 421, Enhanced: "4.7.0", Text: "4.7.0 too many"},
		false,
	},
	{
		"closing at RCPT", smtptest.AtRcpt, "421 4.7.0 too many",
		delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 421, Enhanced: "4.7.0", Text: "4.7.0 too many"},
		false,
	},
	{
		"closing at the end", smtptest.AtEnd, "421 4.3.2 going down",
		delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtEnd, Code: 421, Enhanced: "4.3.2", Text: "4.3.2 going down"},
		false,
	},
	{
		"two answers", smtptest.AtEnd, "250 2.0.0 ok\n421 4.4.2 and goodbye",
		delivery.Reply{Outcome: delivery.OutcomeAccepted, Step: delivery.AtEnd, Code: 250, Text: "2.0.0 ok"},
		false,
	},
	{
		"good news at DATA", smtptest.AtData, "250 what message",
		delivery.Reply{Outcome: delivery.OutcomeNotSent, Step: delivery.AtData, Text: "the server's answer is not SMTP"},
		false,
	},
	{
		"nonsense at MAIL", smtptest.AtMail, "HTTP/1.1 400 Bad Request",
		delivery.Reply{Outcome: delivery.OutcomeNotSent, Step: delivery.AtMail, Text: "the server's answer is not SMTP"},
		false,
	},
	{
		"nonsense at the end", smtptest.AtEnd, "2x0 perhaps",
		delivery.Reply{Outcome: delivery.OutcomeLost, Step: delivery.AtEnd, Text: "the server's answer is not SMTP"},
		false,
	},
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, extensions []string) { checkRefusal(t, test, extensions) })
		})
	}
}

func checkRefusal(t *testing.T, test refusal, extensions []string) {
	t.Helper()
	server := smtptest.Start(t, smtptest.Config{Extensions: extensions, Script: func(at smtptest.At) smtptest.Act {
		if at.Step == test.step && at.Message == 1 {
			return smtptest.Act{Reply: test.reply}
		}
		return smtptest.Act{}
	}})
	conn := dial(t, plain(server))
	if r := conn.Send(t.Context(), mail("a@example.com")); r != test.want {
		t.Errorf("reply %+v, want %+v", r, test.want)
	}
	if conn.Healthy() != test.next {
		t.Fatalf("healthy is %v", conn.Healthy())
	}
	if !test.next {
		if r := conn.Send(t.Context(), mail("b@example.com")); r.Outcome != delivery.OutcomeNotSent {
			t.Errorf("over a broken connection: %+v", r)
		}
		return
	}
	for _, to := range []string{"b@example.com", "c@example.com"} {
		if r := conn.Send(t.Context(), mail(to)); r.Outcome != delivery.OutcomeAccepted {
			t.Fatalf("the next one: %+v", r)
		}
	}
	if mails := server.Mails(); len(mails) != 2 || mails[0].To != "b@example.com" {
		t.Errorf("arrived: %+v", mails)
	}
}
