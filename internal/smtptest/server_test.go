package smtptest_test

import (
	"fmt"
	"net/smtp"
	"testing"

	"go.uber.org/goleak"

	"keur/internal/smtptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hand gives one mail to the server and returns what it said.
func hand(s *smtptest.Server, to, id string) error {
	mail := fmt.Sprintf("Message-Id: <%s>\r\n\r\n.hoi\r\n", id)
	return smtp.SendMail(fmt.Sprintf("127.0.0.1:%d", s.Port()), nil, "f@example.com", []string{to}, []byte(mail))
}

func TestCountsEveryMailAndKeepsSome(t *testing.T) {
	t.Parallel()
	s := smtptest.Start(t, smtptest.Config{KeepMails: 2})
	for _, id := range []string{"1", "2", "1", "3"} {
		if err := hand(s, "a@example.com", id); err != nil {
			t.Fatal(err)
		}
	}
	counts := s.Counts()
	if len(counts) != 3 || counts[smtptest.Receipt{To: "a@example.com", MessageID: "1"}] != 2 {
		t.Errorf("counts %v", counts)
	}
	if mails := s.Mails(); len(mails) != 2 || mails[0].Data != "Message-Id: <1>\r\n\r\n.hoi\r\n" || s.Conns() != 4 {
		t.Errorf("mails %+v", mails)
	}
	s.Close() // and once more when the test ends
}

func TestTheScriptDecidesWhatCounts(t *testing.T) {
	t.Parallel()
	s := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		if at.Step != smtptest.AtEnd {
			return smtptest.Act{}
		}
		return map[string]smtptest.Act{
			"refused": {Reply: "550 no"},
			"silent":  {Drop: true},
			"busy":    {Reply: "421 bye", Drop: true},
		}[at.Mail.MessageID]
	}})
	for _, id := range []string{"refused", "silent", "busy", "good"} {
		if err := hand(s, "a@example.com", id); (err == nil) != (id == "good") {
			t.Errorf("%s: %v", id, err)
		}
	}
	counts := s.Counts()
	for id, want := range map[string]int{"refused": 0, "silent": 1, "busy": 0, "good": 1} {
		if got := counts[smtptest.Receipt{To: "a@example.com", MessageID: id}]; got != want {
			t.Errorf("%s counted %d times", id, got)
		}
	}
}
