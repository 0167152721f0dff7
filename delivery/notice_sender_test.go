package delivery_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/internal/notices"
	"keur/internal/pgtest"
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
	return notices.NewStore(s.App, box, s.clock)
}

func TestNoticesAreGivenUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1)
	before, store := s.noticesSealedWith(t, "b"), s.noticesSealedWith(t, "s")
	for key, queue := range map[string]*notices.Store{"before": before, "now": store} {
		if err := postgres.InTx(t.Context(), s.App, func(tx *sqlx.Tx) error {
			return queue.Queue(t.Context(), tx, notices.Notice{Key: key, Recipient: "klant@adverteerder.example",
				Letter: notices.Letter{Subject: "Keur deze mailing", Body: "Beste klant"}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	sender := &delivery.NoticeSender{
		Notices: store, Labels: labels.NewStore(s.App), Route: s.server.Route, Clock: s.clock,
		Log:    slog.New(slog.NewTextHandler(t.Output(), nil)),
		Sender: labels.Sender{Name: "Keur", Address: "keur@zuinig.example"},
	}
	s.server.Answer = func(string, int) delivery.Reply {
		return delivery.Reply{Outcome: delivery.OutcomeRejected, Code: 550, Text: "no"}
	}
	for range notices.MaxAttempts + 3 {
		if _, err := sender.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.clock.Add(5 * time.Hour)
	}
	if n := s.server.Offers()["klant@adverteerder.example"]; n != notices.MaxAttempts {
		t.Errorf("a notice was offered %d times", n)
	}
	s.mustCount(t, 1, `SELECT count(*) FROM notices WHERE key = 'now' AND sent_at IS NULL AND error LIKE '%550%'`)
	s.mustCount(t, 1, `SELECT count(*) FROM notices WHERE key = 'before' AND sent_at IS NULL AND error LIKE 'its text can''t be opened%'`)
}

func TestNoticesGoOnceTheServerTakesThem(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1)
	box, err := seal.New(bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	store := notices.NewStore(s.App, box, s.clock)
	label := 1
	if err := postgres.InTx(t.Context(), s.App, func(tx *sqlx.Tx) error {
		return store.Queue(t.Context(), tx, notices.Notice{Key: "review:1", LabelID: &label, Recipient: "klant@adverteerder.example",
			Letter: notices.Letter{
				Subject: "Keur deze mailing – één klik", Body: "Beste klant,\n\nhttps://acties.zuinig.example/a/abc\n",
				HTML: "<p>één klik</p>", FromName: "Sanne van Zuinig",
			}})
	}); err != nil {
		t.Fatal(err)
	}
	sender := &delivery.NoticeSender{
		Notices: store, Labels: labels.NewStore(s.App), Route: s.server.Route, Clock: s.clock,
		Log:    slog.New(slog.NewTextHandler(t.Output(), nil)),
		Sender: labels.Sender{Name: "Keur", Address: "keur@zuinig.example"},
	}
	s.server.Answer = func(_ string, n int) delivery.Reply {
		if n == 1 {
			return delivery.Reply{Outcome: delivery.OutcomeDeferred, Code: 451, Text: "busy"}
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	for i, want := range []int{0, 1, 0} {
		if n, err := sender.SendDue(t.Context()); err != nil || n != want {
			t.Fatalf("turn %d: %d sent, want %d, %v", i, n, want, err)
		}
		s.clock.Add(16 * time.Minute)
	}
	m, err := mail.ReadMessage(bytes.NewReader(s.server.Last()))
	if err != nil || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Fatalf("%v: %s", err, s.server.Last())
	}
	if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != "Sanne van Zuinig" {
		t.Errorf("from %v, %v", from, err)
	}
	_, args, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, args["boundary"])
	for _, want := range []string{"Beste klant,\r\n\r\nhttps://acties.zuinig.example/a/abc", "<p>één klik</p>"} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(part); err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: %q, want %q, %v", part.Header.Get("Content-Type"), got, want, err)
		}
	}
}

// What is of no label, such as an invitation, leaves by the first label whose mail
// does, and bears our own name.
func TestNoticesOfNoLabelLeave(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1)
	store := s.noticesSealedWith(t, "s")
	var by []int64
	sender := &delivery.NoticeSender{
		Notices: store, Labels: labels.NewStore(s.App), Clock: s.clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Sender: labels.Sender{Name: "Keur", Address: "keur@localhost"},
		Route: func(ctx context.Context, id int64) (delivery.Route, error) {
			by = append(by, id)
			return s.server.Route(ctx, id)
		},
	}
	send := func(key, from string) {
		t.Helper()
		if err := postgres.InTx(t.Context(), s.App, func(tx *sqlx.Tx) error {
			return store.Queue(t.Context(), tx, notices.Notice{Key: key, Recipient: "sanne@publisher.example",
				Letter: notices.Letter{Subject: "Kies een wachtwoord", Body: "Beste Sanne"}})
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := sender.SendDue(t.Context()); err != nil || n != 1 {
			t.Fatalf("%s: %d sent, %v", key, n, err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(s.server.Last()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Header.AddressList("From"); err != nil || got[0].Name != "Keur" || got[0].Address != from {
			t.Errorf("%s: from %v, %v", key, got, err)
		}
	}
	send("caught", "keur@localhost")
	var route int64
	var from string
	pgtest.Unguarded(t, s.Owner, func(tx *sqlx.Tx) {
		for _, err := range []error{
			tx.Get(&route, `INSERT INTO smtp_routes (name, host, port) VALUES ('Relay', 'relay.example', 25) RETURNING id`),
			tx.Get(&from, `
				INSERT INTO label_senders (label_id, name, address) SELECT min(id), 'Zuinig', 'acties@zuinig.example' FROM labels
				RETURNING address`),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		tx.MustExec(`UPDATE labels SET smtp_route_id = $1`, route)
	})
	send("leaves", from)
	if !slices.Equal(by, []int64{0, route}) {
		t.Errorf("they go by the routes %v, not by none and then by %d", by, route)
	}
}
