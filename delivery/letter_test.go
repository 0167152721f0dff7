package delivery_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
	"keur/mailings"
	"keur/tracking"
)

func TestHeadersAreWhatReceiversAskFor(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1)
	send := s.start(t, everyone)
	s.work(t)
	s.await(t, allDone, send.ID)
	m, err := mail.ReadMessage(bytes.NewReader(s.server.last))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-Id", "Mime-Version", "Content-Type"} {
		if len(m.Header[name]) != 1 {
			t.Errorf("%d of %s", len(m.Header[name]), name)
		}
	}
	for name, want := range map[string]string{
		"From": `"Zuinig" <acties@zuinig.example>`, "To": "<Member1@ziggo.example>", "List-Id": `"Zuinig" <acties.zuinig.example>`,
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Feedback-Id": "1:shop-nl:house:keur", "Reply-To": "<service@zuinig.example>",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if _, err := m.Header.Date(); err != nil {
		t.Error(err)
	}
	ref, ok := s.Ring.ParseMessageID(m.Header.Get("Message-Id"))
	if !ok || ref.Send != int64(send.ID) || ref.Member != 1 {
		t.Errorf("Message-ID names %+v, %v", ref, ok)
	}
	s.mustCount(t, 1, `SELECT count(*) FROM deliveries WHERE message_id = $1`, m.Header.Get("Message-Id"))
	page, address, _ := strings.Cut(m.Header.Get("List-Unsubscribe"), ", ")
	if _, ok := s.Ring.Parse(tracking.Unsubscribe, page[strings.LastIndex(page, "/")+1:len(page)-1]); !ok {
		t.Errorf("no way to unsubscribe: %s", page)
	}
	if _, ok := s.Ring.ParseUnsubscribeAddress(strings.TrimPrefix(strings.Trim(address, "<>"), "mailto:")); !ok {
		t.Errorf("no address to unsubscribe: %s", address)
	}
	for _, line := range bytes.Split(s.server.last, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func (s *stage) route(context.Context, int64) (delivery.Route, error) {
	return delivery.Route{Transport: s.server, Connections: 8}, nil
}

// stamp signs without a key.
func stamp(context.Context, labels.ID, string) (delivery.Sign, error) {
	return func(dst, mail []byte) ([]byte, error) {
		return append(append(dst, "DKIM-Signature: v=1\r\n"...), mail...), nil
	}, nil
}

func TestTestsGoOnlyToPeopleWhoWorkHere(t *testing.T) {
	t.Parallel()
	s := newStage(t, 2)
	if _, err := s.DB.Owner.Exec(`INSERT INTO seed_addresses (label_id, address) VALUES (1, 'seed@gmail.example')`); err != nil {
		t.Fatal(err)
	}
	m, err := s.Mailings.Create(t.Context(), 1, "Weekend", mailings.House)
	if err != nil {
		t.Fatal(err)
	}
	content := deliverytest.Content()
	content.Schedule.At = mailings.LocalOf(s.clock.Now().Add(time.Hour))
	revision, _, err := s.Mailings.Edit(postgres.WithActor(t.Context(), "user:1"), m.ID, 0, content, 1)
	if err != nil {
		t.Fatal(err)
	}
	proofs := &delivery.Proofs{
		DB: s.Stage.App, Labels: labels.NewStore(s.Stage.App), Accounts: accounts.NewStore(s.Stage.App, s.clock), Clock: s.clock, Route: s.route,
		Letters: &delivery.Letters{Mailings: s.Mailings, Members: s.Members, Vouchers: s.Vouchers, Compiler: s.Compiler, Ring: s.Ring, Signer: stamp},
	}
	if err := proofs.SendTest(t.Context(), revision.ID, 0, 2, []string{"seed@gmail.example", "colleague@label.example"}); err != nil {
		t.Fatal(err)
	}
	if text := string(s.server.last); !strings.HasPrefix(text, "DKIM-Signature: ") || !strings.Contains(text, "Subject: [Test] Tien weekenden weg, Willemijn2") || !strings.Contains(text, "https://shop0.example/actie") {
		t.Errorf("%.800s", text)
	}
	if err := proofs.SendTest(t.Context(), revision.ID, 0, 0, []string{"Member1@ziggo.example"}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a test to a member: %v", err)
	}
	preview, err := proofs.Preview(t.Context(), revision.ID, 1, 2)
	if err != nil || preview.Subject != "Weg voor weinig" || !strings.Contains(preview.HTML, "Willemijn2") || !strings.Contains(preview.Text, "Willemijn2") {
		t.Errorf("%+v, %v", preview.Subject, err)
	}
}

func TestNoticesGoOnceTheServerTakesThem(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1)
	box, err := seal.New(bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	store := notices.NewStore(s.Stage.App, box, s.clock)
	label := 1
	if err := postgres.InTx(t.Context(), s.Stage.App, func(tx *sqlx.Tx) error {
		return store.Queue(t.Context(), tx, notices.Notice{Key: "review:1", LabelID: &label, Recipient: "klant@adverteerder.example", Subject: "Keur deze mailing – één klik", Body: "Beste klant,\n\nhttps://acties.zuinig.example/a/abc\n"})
	}); err != nil {
		t.Fatal(err)
	}
	sender := &delivery.NoticeSender{
		Notices: store, Labels: labels.NewStore(s.Stage.App), Route: s.route, Clock: s.clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Sender: labels.Sender{Name: "Keur", Address: "keur@zuinig.example"},
	}
	s.server.answer = func(_ string, n int) delivery.Reply {
		if n == 1 {
			return delivery.Reply{Outcome: delivery.Deferred, Code: 451, Text: "busy"}
		}
		return delivery.Reply{Outcome: delivery.Accepted, Code: 250}
	}
	for i, want := range []int{0, 1, 0} {
		if n, err := sender.SendDue(t.Context()); err != nil || n != want {
			t.Fatalf("turn %d: %d sent, want %d, %v", i, n, want, err)
		}
		s.clock.Add(16 * time.Minute)
	}
	if m, err := mail.ReadMessage(bytes.NewReader(s.server.last)); err != nil || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("%v: %s", err, s.server.last)
	}
}
