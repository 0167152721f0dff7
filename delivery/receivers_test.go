package delivery_test

import (
	"bytes"
	"context"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"keur/delivery/deliverytest"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/templates"
)

// verdict is the line of a mail that SpamAssassin judged; the score stands in it.
var verdict = regexp.MustCompile(`(?s)X-Spam-Status: \w+, score=(-?[0-9.]+).*?tests=([A-Z0-9_,\s]+)`)

// TestStartersAreNoSpam lets SpamAssassin, by what it finds in a mail itself
// (-L), judge a mail of each starter as members get it.
func TestStartersAreNoSpam(t *testing.T) {
	t.Parallel()
	checker, err := exec.LookPath("spamassassin")
	if err != nil {
		t.Skip("SpamAssassin isn't here, so nobody judges what the starters make: make receivers installs it")
	}
	s := newStage(t, 1)
	if _, err := s.Owner.Exec(`INSERT INTO seed_addresses (label_id, address) VALUES (1, 'seed@gmail.example')`); err != nil {
		t.Fatal(err)
	}
	proofs := s.proofs()
	proofs.Mails.Signer = nil // the stamp of the other tests is no signature
	for _, starter := range templates.Starters() {
		m, err := s.Mailings.Create(t.Context(), 1, starter.Name, mailings.House)
		if err != nil {
			t.Fatal(err)
		}
		content := deliverytest.Content()
		content.Preheader = "Tien weekenden weg voor weinig geld"
		content.Template = mailings.Template{Format: starter.Format, Source: starter.Source}
		content.Schedule.At = schedules.LocalOf(s.clock.Now().Add(time.Hour))
		revision, _, err := s.Mailings.Edit(pgtest.Acting(t.Context(), "user:1"), m.ID, 0, content, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := proofs.SendTest(t.Context(), revision.ID, 0, 1, []string{"seed@gmail.example"}); err != nil {
			t.Fatal(err)
		}
		mail := s.server.Last()
		judge := exec.CommandContext(context.WithoutCancel(t.Context()), checker, "-L", "--prefspath=/dev/null")
		judge.Stdin = bytes.NewReader(mail)
		judged, err := judge.Output()
		if err != nil {
			t.Fatal(err)
		}
		found := verdict.FindSubmatch(judged)
		if found == nil {
			t.Fatalf("%s: no verdict in %.2000s", starter.Name, judged)
		}
		if score, err := strconv.ParseFloat(string(found[1]), 64); err != nil || score > 0 {
			t.Errorf("%s scores %s: %s", starter.Name, found[1], found[2])
		}
	}
}
