package public_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/conversions"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/seal"
	"keur/labels"
	"keur/members"
	"keur/members/signups"
	"keur/networks"
	"keur/public"
	"keur/tracking"
	"keur/tracking/recorder"
	"keur/tracking/webhooks"
)

// TestMain keeps gin from saying what it does.
// house is a server before a base with one send of a Dutch label to some members.
type house struct {
	pgtest.DB
	ring    *tracking.Keyring
	hooks   *webhooks.Hooks
	metrics *prometheus.Registry
	letters *notices.Store
	server  http.Handler
	logged  *bytes.Buffer
}

const target = "https://shop.example/a?b=%20c&amp;d#e/../f"

// newHouse builds a house with members 1 to n.
func newHouse(t testing.TB, n int) *house {
	t.Helper()
	return build(t, pgtest.Database(t), n)
}

// build builds a house on an empty base.
func build(t testing.TB, db pgtest.DB, n int) *house {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.New([]byte("a secret that only tests know, 32+"))
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhooks.New(map[string]string{"generic": "", "kumomta": ""}, []byte("key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{
		hooks: hooks,
		DB:    db, ring: ring, metrics: prometheus.NewRegistry(), logged: &bytes.Buffer{},
		letters: notices.NewStore(db.App, box, clock.System{}),
	}
	h.furnish(t, n)
	ctx, stop := context.WithCancel(context.Background())
	recorder, err := recorder.New(ctx, h.App, h.AppURL, pgtest.Key(), ring, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { recorder.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait(); recorder.Close() })
	store := members.NewStore(h.App, clock.System{}, []byte("key"))
	h.server = public.New(public.Deps{
		Metrics: h.metrics, Ring: ring, Recorder: recorder, Tracking: tracking.NewStore(h.App, ring, store, clock.System{}, pgtest.Key()),
		Webhooks: hooks, Key: pgtest.Key(),
		Postbacks: &conversions.Postbacks{
			Connections: networks.NewStore(h.App), Conversions: conversions.NewStore(h.App, ring, clock.System{}), Key: pgtest.Key(),
		},
		Labels: labels.NewStore(h.App), Members: store, Consents: members.NewConsents(store),
		Addresses: members.NewAddressLinks(store, h.letters), Clock: clock.System{},
		Signups: signups.NewStore(signups.NewForms(h.App, clock.System{}, store), h.letters),
		Log:     slog.New(slog.NewTextHandler(h.logged, nil)),
		View:    func(context.Context, int64, int64) ([]byte, error) { return []byte("<p>Hallo"), nil },
		Creative: func(_ context.Context, hash []byte) (public.Picture, error) {
			if hash[0] != 0xab {
				return public.Picture{}, fault.New(fault.NotFound, "there is no such creative")
			}
			return public.Picture{Type: "image/png", Bytes: []byte("png")}, nil
		},
	})
	return h
}

// furnish fills the base. The guards of other rooms are proven there; here
// they would need a whole approval.
func (h *house) furnish(t testing.TB, n int) {
	t.Helper()
	pgtest.Unguarded(t, h.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "A")
		tx.MustExec(`INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		VALUES ('nl', 'Voordeelacties', 'nl', 'Europe/Amsterdam', 'https://label.example', 'bounce.label.example', 'acties.label.example', 'Label BV', E'Keizersgracht 1\n1015 AA Amsterdam')`)
		tx.MustExec(`INSERT INTO topics (label_id, key, name) VALUES (1, 'reizen', 'Reizen en uitjes'), (1, 'mode', 'Mode'), (1, 'eten', 'Eten en drinken')`)
		tx.MustExec(`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'M', 'solo', 'scheduled')`)
		tx.MustExec(`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{}', 1)`)
		tx.MustExec(`INSERT INTO links (revision_id, number, url, subid_parameter) VALUES (1, 0, $1, ''), (1, 1, 'https://shop.example/', 'ws')`, target)
		tx.MustExec(`INSERT INTO members (address, address_key, domain) SELECT 'm' || i || '@x.nl', 'm' || i || '@x.nl', 'x.nl' FROM generate_series(1, $1::int) i`, n)
		tx.MustExec(`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent) SELECT 1, id, true, true FROM members`)
		at := time.Now().Add(-time.Minute)
		tx.MustExec(`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state)
		VALUES (1, 1, 1, $1::timestamptz AT TIME ZONE 'UTC', $1, date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC')::date, 'sending')`, at)
		tx.MustExec(`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at) SELECT s.month, s.id, m.id, 'sent', $1 FROM sends s, members m`, at)
	})
}

func (h *house) path(prefix string, kind tracking.Kind, member int64, link uint16) string {
	return prefix + h.ring.Token(tracking.Ref{Kind: kind, Send: 1, Member: member, Link: link})
}

func (h *house) get(path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	r.Header.Set("Accept-Language", "de-DE,de;q=0.9")
	return h.serve(r)
}

func (h *house) post(path, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return h.serve(r)
}

func (h *house) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	return w
}

// one returns a single number of the base.
func (h *house) one(t testing.TB, query string) (n int) {
	t.Helper()
	if err := h.App.Get(&n, query); err != nil {
		t.Fatal(err)
	}
	return n
}

var imageHash = hex.EncodeToString(bytes.Repeat([]byte{0xab}, 32))
