package delivery_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
)

// noticesSealedWith returns a store of notices that knows one secret.
func (s *stage) noticesSealedWith(t testing.TB, secret string) *notices.Store {
	t.Helper()
	box, err := seal.New(bytes.Repeat([]byte(secret), 32))
	if err != nil {
		t.Fatal(err)
	}
	return notices.NewStore(s.Stage.App, box, s.clock)
}

func TestNoticesAreGivenUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1)
	before, store := s.noticesSealedWith(t, "b"), s.noticesSealedWith(t, "s")
	for key, queue := range map[string]*notices.Store{"before": before, "now": store} {
		if err := postgres.InTx(t.Context(), s.Stage.App, func(tx *sqlx.Tx) error {
			return queue.Queue(t.Context(), tx, notices.Notice{Key: key, Recipient: "klant@adverteerder.example", Subject: "Keur deze mailing", Body: "Beste klant"})
		}); err != nil {
			t.Fatal(err)
		}
	}
	sender := &delivery.NoticeSender{
		Notices: store, Labels: labels.NewStore(s.Stage.App), Route: s.route, Clock: s.clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Sender: labels.Sender{Name: "Keur", Address: "keur@zuinig.example"},
	}
	s.server.answer = func(string, int) delivery.Reply {
		return delivery.Reply{Outcome: delivery.Rejected, Code: 550, Text: "no"}
	}
	for range notices.MaxAttempts + 3 {
		if _, err := sender.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.clock.Add(5 * time.Hour)
	}
	if n := s.server.offers["klant@adverteerder.example"]; n != notices.MaxAttempts {
		t.Errorf("a notice was offered %d times", n)
	}
	s.mustCount(t, 1, `SELECT count(*) FROM notices WHERE key = 'now' AND sent_at IS NULL AND error LIKE '%550%'`)
	s.mustCount(t, 1, `SELECT count(*) FROM notices WHERE key = 'before' AND sent_at IS NULL AND error LIKE 'its text can''t be opened%'`)
}
