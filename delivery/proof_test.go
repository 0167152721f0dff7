package delivery_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// stamp signs without a key.
func stamp(context.Context, labels.ID, string) (delivery.Sign, error) {
	return func(dst, mail []byte) ([]byte, error) {
		return append(append(dst, "DKIM-Signature: v=1\r\n"...), mail...), nil
	}, nil
}

func TestTestsGoOnlyToPeopleWhoWorkHere(t *testing.T) {
	t.Parallel()
	s := newStage(t, 2)
	if _, err := s.Owner.Exec(`INSERT INTO seed_addresses (label_id, address) VALUES (1, 'seed@gmail.example')`); err != nil {
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
		DB: s.App, Labels: labels.NewStore(s.App), Accounts: accounts.NewStore(s.App, s.clock), Clock: s.clock, Route: s.server.Route,
		Mails: &delivery.Mails{Mailings: s.Mailings, Sends: s.Sends, Members: s.Members, Vouchers: s.Vouchers, Compiler: s.Compiler,
			Ring: s.Ring, Signer: stamp},
	}
	if err := proofs.SendTest(t.Context(), revision.ID, 0, 2, []string{"seed@gmail.example", "colleague@label.example"}); err != nil {
		t.Fatal(err)
	}
	if text := string(s.server.Last()); !strings.HasPrefix(text, "DKIM-Signature: ") ||
		!strings.Contains(text, "Subject: [Test] Tien weekenden weg, Willemijn2") ||
		!strings.Contains(text, "https://shop0.example/actie") {
		t.Errorf("%.800s", text)
	}
	if err := proofs.SendTest(t.Context(), revision.ID, 0, 0, []string{"Member1@ziggo.example"}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a test to a member: %v", err)
	}
	preview, err := proofs.Preview(t.Context(), revision.ID, 1, 2)
	if err != nil || preview.Subject != "Weg voor weinig" || !strings.Contains(preview.HTML, "Willemijn2") ||
		!strings.Contains(preview.Text, "Willemijn2") {
		t.Errorf("%+v, %v", preview.Subject, err)
	}
}
