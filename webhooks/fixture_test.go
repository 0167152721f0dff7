package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/links"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/labels"
)

// house is a base with a label of four members, an admin, and what tells of it.
type house struct {
	pgtest.DB
	stage  *deliverytest.Stage // nil: nothing is sent
	t      *testing.T
	clock  *clock.Fake
	store  *Store
	sender *Sender
	logged *bytes.Buffer
	ctx    context.Context // of the admin
	system context.Context // of the scheduler
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := pgtest.Furnished(t, "keur_webhooks", func(t testing.TB, db pgtest.DB) {
		if _, err := deliverytest.New(t.Context(), db.Owner, db.Owner, clock.System{}, 4); err != nil {
			t.Fatal(err)
		}
		db.Owner.MustExec(`UPDATE memberships SET member_key = 'K' || member_id WHERE member_id < 4`)
		db.Owner.MustExec(`
			INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
			VALUES ('other-de', 'Sparen', 'de', 'Europe/Berlin', 'https://sparen.example', 'b.sparen.example', 'l.sparen.example', 'Sparen', 'Weg 1')`)
		db.Owner.MustExec(`SELECT ensure_partitions(current_date, current_date)`)
		db.Owner.MustExec(`INSERT INTO users (email, name, admin) VALUES ('admin@label.example', 'Admin', true)`)
	})
	return on(t, db, pgtest.Acting(t.Context(), "user:3"))
}

// on is a house on a base that is there, for a user.
func on(t *testing.T, db pgtest.DB, user context.Context) *house {
	h := &house{DB: db, t: t, clock: clock.NewFake(time.Now().Truncate(time.Second)), logged: &bytes.Buffer{}}
	h.ctx, h.system = user, pgtest.Acting(t.Context(), "system:scheduler")
	h.store = NewStore(db.App, pgtest.Box(), h.clock, true)
	h.sender = h.another(links.New(true))
	return h
}

// another returns a sender as another process has it.
func (h *house) another(web *links.Client) *Sender {
	return NewSender(Parts{
		Store: h.store, Labels: labels.NewStore(h.DB.App), Notices: notices.NewStore(h.DB.App, pgtest.Box(), h.clock),
		Log: slog.New(slog.NewTextHandler(h.logged, nil)), Web: web.Transport(Patience), DeskURL: "https://desk.example",
	})
}

// receiver is an endpoint of a test's, which takes down what it gets.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer http.HandlerFunc // nil: 204
}

type received struct {
	header http.Header
	body   string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.got = append(r.got, received{q.Header.Clone(), string(body)})
		answer := r.answer
		r.mu.Unlock()
		if answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(status int, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// took returns what came since the last time.
func (r *receiver) took() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// endpoint makes one for the receiver, and returns it with its secret.
func (h *house) endpoint(to *receiver, change func(*Endpoint)) (Endpoint, string) {
	h.t.Helper()
	e := Endpoint{Kind: Standard, Name: "CRM", URL: to.URL + "/hook", Types: Types(), Active: true}
	if change != nil {
		change(&e)
	}
	made, secret, err := h.store.Create(h.ctx, e)
	if err != nil {
		h.t.Fatal(err)
	}
	return made, secret
}

// run makes messages and posts what is due.
func (h *house) run() {
	h.t.Helper()
	if err := h.sender.Run(h.system); err != nil {
		h.t.Fatal(err)
	}
}

// mailing makes a mailing, of which endpoints are told.
func (h *house) mailing(name string) {
	h.t.Helper()
	tx := h.DB.Owner.MustBegin()
	tx.MustExec(`INSERT INTO mailings (label_id, name, kind) VALUES (1, $1, 'house')`, name)
	if err := tx.Commit(); err != nil {
		h.t.Fatal(err)
	}
}

// verified reports by how many of its signatures a message is whose it says, as the
// standard has a receiver find out.
func verified(got received, secrets ...string) (by int) {
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			panic(err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprint(mac, got.header.Get("webhook-id")+"."+got.header.Get("webhook-timestamp")+"."+got.body)
		want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
		for _, signature := range strings.Fields(got.header.Get("webhook-signature")) {
			if hmac.Equal([]byte(signature), []byte(want)) {
				by++
			}
		}
	}
	return by
}
