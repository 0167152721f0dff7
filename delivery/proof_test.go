package delivery_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"

	"github.com/jmoiron/sqlx"
)

// stamp signs without a key.
func stamp(context.Context, labels.ID, string) (delivery.Sign, error) {
	return func(dst, mail []byte) ([]byte, error) {
		return append(append(dst, "DKIM-Signature: v=1\r\n"...), mail...), nil
	}, nil
}

func (s *stage) proofs() *delivery.Proofs {
	return &delivery.Proofs{
		DB: s.App, Labels: labels.NewStore(s.App), Accounts: accounts.NewStore(s.App, s.clock, pgtest.Key()),
		Clock: s.clock, Route: s.server.Route, Mails: s.mails(),
	}
}

func TestTestsGoOnlyToTheLabelsPeople(t *testing.T) {
	t.Parallel()
	s := newStage(t, 2)
	if _, err := s.Owner.Exec(`INSERT INTO seed_addresses (label_id, address) VALUES (1, 'seed@gmail.example');
		INSERT INTO user_roles SELECT id, 1, 'viewer' FROM users WHERE email = 'colleague@label.example'`); err != nil {
		t.Fatal(err)
	}
	m, err := s.Mailings.Create(t.Context(), 1, "Weekend", mailings.House)
	if err != nil {
		t.Fatal(err)
	}
	content := deliverytest.Content()
	content.Schedule.At = schedules.LocalOf(s.clock.Now().Add(time.Hour))
	revision, _, err := s.Mailings.Edit(pgtest.Acting(t.Context(), "user:1"), m.ID, 0, content, 1)
	if err != nil {
		t.Fatal(err)
	}
	proofs := s.proofs()
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
	pgtest.Unguarded(t, s.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`
		INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		SELECT 'other', 'Other', locale, time_zone, public_url, bounce_domain, 'other.example', imprint_name, imprint_address
		  FROM labels WHERE id = 1;
		INSERT INTO seed_addresses (label_id, address) SELECT id, 'seed@other.example' FROM labels WHERE code = 'other';
		INSERT INTO users (email, name, admin, disabled_at) VALUES ('other@label.example', 'Other', false, NULL),
			('admin@label.example', 'Admin', true, NULL), ('gone@label.example', 'Gone', false, now());
		INSERT INTO user_roles SELECT u.id, l.id, 'planner' FROM users u JOIN labels l
			ON (u.email, l.code) IN (('other@label.example', 'other')) OR u.email = 'gone@label.example'`)
	})
	sent := s.server.Offers()
	for _, address := range []string{
		"other@label.example", "admin@label.example", "gone@label.example", "seed@other.example", "nobody@label.example",
		"seed@gmail.example, member1@ziggo.example", "seed@gmail.example\r\nTo: member1@ziggo.example", "",
	} {
		all := []string{"colleague@label.example", address}
		if err := proofs.SendTest(t.Context(), revision.ID, 0, 0, all); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a test to %q: %v", address, err)
		}
	}
	if now := s.server.Offers(); !maps.Equal(now, sent) {
		t.Errorf("tests went to others: %v", now)
	}
	preview, err := proofs.Preview(t.Context(), revision.ID, 1, 2)
	if err != nil || preview.Subject != "Weg voor weinig" || !strings.Contains(preview.HTML, "Willemijn2") ||
		!strings.Contains(preview.Text, "Willemijn2") {
		t.Errorf("%+v, %v", preview.Subject, err)
	}
}
