package notices_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/seal"
)

// post is a store of notices with a base and a clock.
type post struct {
	*notices.Store
	db    *sqlx.DB
	clock *clock.Fake
}

func newPost(t *testing.T) *post {
	t.Helper()
	box, err := seal.New([]byte("a secret that only tests know, 32+"))
	if err != nil {
		t.Fatal(err)
	}
	p := &post{db: pgtest.New(t), clock: clock.NewFake(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC))}
	p.Store = notices.NewStore(p.db, box, p.clock)
	return p
}

func (p *post) queue(t *testing.T, n notices.Notice) {
	t.Helper()
	if err := postgres.InTx(t.Context(), p.db, func(tx *sqlx.Tx) error { return p.Queue(t.Context(), tx, n) }); err != nil {
		t.Fatal(err)
	}
}

// claim returns the keys of what is due.
func (p *post) claim(t *testing.T, limit int) []notices.Notice {
	t.Helper()
	due, err := p.Claim(t.Context(), limit)
	if err != nil {
		t.Fatal(err)
	}
	return due
}

func letter(subject string) notices.Letter {
	return notices.Letter{Subject: subject, Body: "Beste klant,\n\nhttps://label.example/a/geheim\n"}
}

func TestLettersAreFilled(t *testing.T) {
	t.Parallel()
	got := notices.Write("nl", "request_letter.done", "name", "Mara {url}", "by", "Piet", "title", "Een\nbanner  erbij", "url",
		"https://x.example")
	want := notices.Letter{
		Subject: "Klaar: Een banner erbij",
		Body:    "Beste Mara {url},\n\nwat je vroeg is klaar, zegt Piet:\n\nEen\nbanner  erbij\n\nhttps://x.example\n",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestANoticeIsQueuedOnce queues the same news twice, and news whose
// transaction fails.
func TestANoticeIsQueuedOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	for _, subject := range []string{"eerste", "tweede"} {
		p.queue(t, notices.Notice{Key: "review:1", Recipient: "klant@adverteerder.example", Letter: letter(subject)})
	}
	broken := errors.New("what it tells of didn't happen")
	err := postgres.InTx(t.Context(), p.db, func(tx *sqlx.Tx) error {
		if err := p.Queue(t.Context(), tx, notices.Notice{Key: "review:2", Recipient: "klant@adverteerder.example",
			Letter: letter("nooit")}); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"review:1": true, "review:2": false} {
		var got bool
		if err := postgres.InTx(t.Context(), p.db,
			func(tx *sqlx.Tx) (err error) { got, err = p.Queued(t.Context(), tx, key); return err }); err != nil || got != want {
			t.Errorf("%s is queued: %t, %v", key, got, err)
		}
	}
	due := p.claim(t, 10)
	if len(due) != 1 || !reflect.DeepEqual(due[0].Letter, letter("eerste")) || due[0].Attempts != 1 || due[0].LabelID != nil {
		t.Errorf("due are %+v", due)
	}
}

// TestBodiesAreSealedAndForgotten looks into the table before and after.
func TestBodiesAreSealedAndForgotten(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.queue(t, notices.Notice{Key: "review:1", Recipient: "klant@adverteerder.example", Letter: letter("Keur")})
	var legible bool
	if err := p.db.Get(&legible, `SELECT position('geheim' in encode(body, 'escape')) > 0 FROM notices`); err != nil || legible {
		t.Errorf("who reads the base reads the link: %t, %v", legible, err)
	}
	due := p.claim(t, 1)
	if err := p.Sent(t.Context(), due[0].ID); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := p.db.Get(&left, `SELECT length(body) FROM notices WHERE sent_at IS NOT NULL`); err != nil || left != 0 {
		t.Errorf("%d bytes are left of what was sent, %v", left, err)
	}
	p.clock.Add(time.Hour)
	if again := p.claim(t, 1); len(again) != 0 {
		t.Errorf("sent twice: %+v", again)
	}
}

// TestOneSenderAtATime claims what another has in hand, what waits, and what
// its sender left behind.
func TestOneSenderAtATime(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	for _, key := range []string{"a", "b"} {
		p.queue(t, notices.Notice{Key: key, Recipient: key + "@label.example", Letter: letter(key)})
	}
	p.queue(t, notices.Notice{Key: "later", Recipient: "c@label.example", Letter: letter("later"), NotBefore: p.clock.Now().Add(time.Hour)})
	first, second := p.claim(t, 1), p.claim(t, 10)
	if len(first) != 1 || len(second) != 1 || first[0].Key == second[0].Key {
		t.Fatalf("%+v and %+v", first, second)
	}
	p.clock.Add(3 * time.Minute) // the first sender died
	if err := p.Sent(t.Context(), second[0].ID); err != nil {
		t.Fatal(err)
	}
	if again := p.claim(t, 10); len(again) != 1 || again[0].ID != first[0].ID || again[0].Attempts != 2 {
		t.Errorf("after the lease, due are %+v", again)
	}
	if err := p.Failed(t.Context(), first[0].ID, "the mail server said 451", p.clock.Now().Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if soon := p.claim(t, 10); len(soon) != 0 {
		t.Errorf("tried again at once: %+v", soon)
	}
	p.clock.Add(time.Hour)
	if all := p.claim(t, 10); len(all) != 2 {
		t.Errorf("an hour later, due are %+v", all)
	}
}

// TestNobodyTakesIt fails until it is given up, and meets a text that another
// secret sealed.
func TestNobodyTakesIt(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.queue(t, notices.Notice{Key: "refused", Recipient: "a@label.example", Letter: letter("refused")})
	tries := 0
	for range notices.MaxAttempts + 2 {
		for _, n := range p.claim(t, 1) {
			tries++
			if err := p.Failed(t.Context(), n.ID, "the mail server said 550", p.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tries != notices.MaxAttempts {
		t.Errorf("tried %d times", tries)
	}
	other, err := seal.New([]byte("another secret of a new installation"))
	if err != nil {
		t.Fatal(err)
	}
	sealed := notices.NewStore(p.db, other, p.clock)
	if err := postgres.InTx(t.Context(), p.db, func(tx *sqlx.Tx) error {
		return sealed.Queue(t.Context(), tx, notices.Notice{Key: "sealed", Recipient: "b@label.example", Letter: letter("sealed")})
	}); err != nil {
		t.Fatal(err)
	}
	p.queue(t, notices.Notice{Key: "good", Recipient: "c@label.example", Letter: letter("good")})
	if due := p.claim(t, 10); len(due) != 1 || due[0].Key != "good" {
		t.Errorf("due are %+v", due)
	}
	var reason string
	if err := p.db.Get(&reason, `SELECT error FROM notices WHERE key = 'sealed' AND attempts = $1`, notices.MaxAttempts); err != nil || reason == "" {
		t.Errorf("given up because of %q, %v", reason, err)
	}
}

// A letter with a link is sealed for who gets it: whoever has the database's
// login can't have it sent elsewhere.
func TestALetterIsNotReaddressed(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.queue(t, notices.Notice{Key: "a", Recipient: "mara@shop.example", Letter: letter("Een")})
	p.queue(t, notices.Notice{Key: "c", Recipient: "joris@shop.example", Letter: letter("Twee")})
	p.db.MustExec(`UPDATE notices SET recipient = 'me@elsewhere.example' WHERE key = 'c'`)
	p.db.MustExec(`INSERT INTO notices (key, recipient, subject, body, not_before) SELECT 'b', 'me@elsewhere.example', subject, body, not_before FROM notices WHERE key = 'a'`)
	p.queue(t, notices.Notice{Key: "d", Recipient: "joris@shop.example", Letter: letter("Drie")})
	p.db.MustExec(`UPDATE notices SET subject = 'Log in at elsewhere.example' WHERE key = 'd'`)
	if due := p.claim(t, 10); len(due) != 1 || due[0].Key != "a" {
		t.Errorf("a copy goes elsewhere, or a letter under another subject: %+v", due)
	}
}
