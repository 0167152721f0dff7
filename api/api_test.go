package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/changes"
	"keur/internal/clock"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/seal"
	"keur/labels"
)

// desk is the API over a fresh base with two labels, and one user for each role
// under the first.
type desk struct {
	t       *testing.T
	deps    Deps
	handler http.Handler
	doc     *huma.OpenAPI
	tokens  map[string]string // by name: admin, planner, approver, finance, viewer, stranger
	label   labels.Label
	other   labels.Label
	logged  *bytes.Buffer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db, now := pgtest.New(t), clock.System{}
	box, err := seal.New([]byte(pgtest.Secret))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, tokens: map[string]string{}, logged: &bytes.Buffer{}}
	d.deps = newDeps(t, db, now, box)
	d.deps.Log = slog.New(slog.NewTextHandler(d.logged, nil))
	d.open()
	d.label, d.other = d.addLabel("shop-nl"), d.addLabel("shop-de")
	d.addUser("admin", accounts.User{Admin: true})
	for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Viewer} {
		d.addUser(string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{d.label.ID: {role}}})
	}
	d.addUser("stranger", accounts.User{Roles: map[labels.ID][]accounts.Role{d.other.ID: {accounts.Planner}}})
	return d
}

// open builds the API over what the desk stands on.
func (d *desk) open() {
	kit := build(d.deps)
	d.handler, d.doc = kit.Handler(), kit.API.OpenAPI()
}

func (d *desk) addLabel(code string) labels.Label {
	d.t.Helper()
	ctx := pgtest.Acting(context.Background(), "console:test")
	l, err := d.deps.Labels.Create(ctx, labels.Label{
		Code: code, Name: "Shop", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://m.shop.nl",
		BounceDomain: "b.shop.nl", ListID: "l.shop.nl", ImprintName: "Shop B.V.", ImprintAddress: "Kade 1",
		Senders: []labels.Sender{{Name: "Shop", Address: "acties@shop.nl"}},
	})
	if err == nil && l.Change != nil { // where there are two admins, another confirms
		if _, err = d.deps.Changes.Confirm(pgtest.Acting(ctx, "user:1"), l.Change.ID); err == nil {
			l, err = d.deps.Labels.ByCode(ctx, code)
		}
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

func (d *desk) addUser(name string, u accounts.User) accounts.User {
	d.t.Helper()
	ctx := pgtest.Acting(context.Background(), "console:test")
	u.Email, u.Name = name+"@publisher.nl", name
	u, err := d.deps.Accounts.Create(ctx, u, "")
	if err == nil && u.Change != nil { // where there are two admins, another confirms
		if _, err = d.deps.Changes.Confirm(pgtest.Acting(ctx, "user:1"), u.Change.ID); err == nil {
			u, err = d.deps.Accounts.ByEmail(ctx, u.Email)
		}
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.addToken(name, u, accounts.AllScopes())
	return u
}

// confirm confirms what waits, as who proposed it does at the desk.
func (d *desk) confirm() {
	d.t.Helper()
	waiting, err := d.deps.Changes.List(d.t.Context(), changes.Filter{State: changes.Proposed}, paging.Ask{})
	for _, r := range waiting.Items {
		if err == nil {
			_, err = d.deps.Changes.Confirm(pgtest.Acting(d.t.Context(), r.ProposedBy), r.ID)
		}
	}
	if err != nil || len(waiting.Items) == 0 {
		d.t.Fatalf("%d wait, %v", len(waiting.Items), err)
	}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// call makes a call as a user; body is JSON text, raw bytes, or anything that
// is marshalled. headers are name, value, name, value.
func (d *desk) call(user, method, path string, body any, headers ...string) reply {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, d.request(user, method, path, body, headers...))
	got := reply{w.Code, w.Header(), w.Body.String()}
	d.keepsContract(method, path, got)
	return got
}

// request is what call sends.
func (d *desk) request(user, method, path string, body any, headers ...string) *http.Request {
	d.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			d.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, "http://keur.test/", reader)
	if u, err := r.URL.Parse(path); err == nil {
		r.URL, r.RequestURI = u, path
	}
	if token := d.tokens[user]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// want fails the test unless the call is answered with the status, and reads
// the answer into into, if that isn't nil.
func (d *desk) want(status int, got reply, into any) reply {
	d.t.Helper()
	if got.status != status {
		d.t.Fatalf("answered %d, want %d: %s\nlog: %s", got.status, status, got.body, d.logged)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got.body), into); err != nil {
			d.t.Fatalf("%v: %s", err, got.body)
		}
	}
	return got
}
