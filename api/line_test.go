package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/shown"
	"keur/delivery"
	"keur/delivery/worker"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/mailings"
)

// slot is 09:00 UTC on the day after the world's clock begins.
const slot = "2026-11-24T10:00"

var slotAt = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// office is the API over a small publisher: Mara plans, Coen plans and
// approves, Tess approves. Its clock stands still until a test moves it.
type office struct {
	*desk
	*approvaltest.World
	db pgtest.DB
}

func newOffice(t *testing.T, members int) *office {
	t.Helper()
	w, db := approvaltest.Fresh(t, members)
	d := &desk{t: t, tokens: map[string]string{}, logged: &bytes.Buffer{}}
	d.deps = newDeps(t, w.DB, w.Clock, w.Box)
	d.deps.Log = slog.New(slog.NewTextHandler(d.logged, nil))
	d.label = w.Label
	d.open()
	d.addUser("admin", accounts.User{Admin: true})
	for name, u := range map[string]accounts.User{"Mara": w.Maker, "Coen": w.Colleague, "Tess": w.Third} {
		d.addToken(name, u, accounts.AllScopes())
	}
	return &office{desk: d, World: w, db: db}
}

// edition is a brief with the revision that it was made on.
func edition(on mailings.RevisionID, b mailings.Brief) any {
	return struct {
		BasedOn mailings.RevisionID `json:"based_on"`
		mailings.Brief
	}{on, b}
}

// draft begins a mailing as a user and writes its first revision.
func (o *office) draft(user string) (path string, r revised) {
	o.t.Helper()
	var m mailings.Mailing
	o.want(http.StatusCreated, o.call(user, "POST", fmt.Sprintf("/labels/%d/mailings", o.Label.ID), `{"name":"Winterzon","kind":"solo"}`), &m)
	path = fmt.Sprintf("/mailings/%d", m.ID)
	o.want(http.StatusCreated, o.call(user, "POST", path+"/revisions", edition(0, o.Brief(o.t, slot))), &r)
	return path, r
}

func (o *office) submit(user, path string, r revised) (round approval.Round) {
	o.t.Helper()
	o.look(user, path)
	o.want(http.StatusOK, o.call(user, "POST", path+"/submit", map[string]any{"revision_id": r.ID, "checklist": approvaltest.Ticks}),
		&round)
	return round
}

// askClient issues a link as Mara and approves by what the contact is mailed.
func (o *office) askClient(round approval.Round) {
	o.t.Helper()
	made := o.want(http.StatusCreated, o.call("Mara", "POST", fmt.Sprintf("/reviews/%d/links", o.Step(o.t, round, approval.Client)),
		map[string]any{"contact_id": o.Contact.ID}), nil)
	token := o.ClientToken(o.t)
	if strings.Contains(made.body, token) {
		o.t.Fatal("the maker is shown the client's link")
	}
	o.LookByLink(o.t, approvaltest.Link(token))
	_, err := o.deps.Approval.DecideByLink(o.t.Context(), approvaltest.Link(token), true, approval.Given{Digest: round.Digest})
	if err != nil {
		o.t.Fatal(err)
	}
}

// look fetches all mails that a mailing or a review makes.
func (o *office) look(user, path string) {
	o.t.Helper()
	var set shown.Set
	if got := o.call(user, "GET", path+"/faces", nil); got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &set) != nil {
		return // the test finds out what user may not do
	}
	for _, f := range set.Faces {
		o.call(user, "GET", fmt.Sprintf("%s/faces/%d", path, f.Number), nil)
	}
}

// approve decides the colleague's step.
func (o *office) approve(user string, round approval.Round) reply {
	o.t.Helper()
	path := fmt.Sprintf("/reviews/%d", o.Step(o.t, round, approval.Colleague))
	o.look(user, path)
	return o.call(user, "POST", path+"/approve",
		map[string]any{"digest": round.Digest})
}

// approved takes a mailing of Mara's the whole way.
func (o *office) approved() (path string, round approval.Round) {
	o.t.Helper()
	path, r := o.draft("Mara")
	round = o.submit("Mara", path, r)
	o.askClient(round)
	o.want(http.StatusOK, o.approve("Coen", round), &round)
	return path, round
}

// tick moves the clock and lets the scheduler look; it returns the mailing's
// newest send.
func (o *office) tick(path string, at time.Time) (newest mailings.Send) {
	o.t.Helper()
	o.World.Clock.Set(at)
	if err := o.deps.Scheduler.Tick(context.Background()); err != nil {
		o.t.Fatal(err)
	}
	var sends paging.Page[mailings.Send]
	o.want(http.StatusOK, o.call("Mara", "GET", path+"/sends", nil), &sends)
	if len(sends.Items) == 0 {
		o.t.Fatal("there is no send")
	}
	return sends.Items[0]
}

// postman stands for a mail server: it answers each recipient as it is told.
type postman struct {
	answers map[string]delivery.Reply
}

func (p postman) Dial(context.Context) (delivery.Conn, error) { return p, nil }
func (postman) Healthy() bool                                 { return true }
func (postman) Close() error                                  { return nil }
func (p postman) Send(_ context.Context, m delivery.Message) delivery.Reply {
	if reply, told := p.answers[m.Recipient]; told {
		return reply
	}
	return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
}

// work runs a worker that hands mail to the postman until the test ends.
func (o *office) work(p postman) { o.workIn(context.Background(), p) }

func (o *office) workIn(ctx context.Context, p postman) {
	ctx, cancel := context.WithCancel(ctx)
	w := &worker.Worker{
		DB: o.DB, Key: pgtest.Key(), Ledger: o.deps.Ledger, Mails: o.deps.Proofs.Mails, DatabaseURL: o.db.AppURL, Clock: o.World.Clock,
		Log: slog.New(slog.DiscardHandler), Metrics: &worker.Metrics{}, Lease: time.Hour, Heartbeat: 100 * time.Millisecond,
		Route: func(context.Context, int64) (delivery.Route, error) {
			return delivery.Route{Transport: p, Connections: 2}, nil
		},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Run(ctx)
	}()
	o.t.Cleanup(func() { cancel(); <-done })
}

// await asks for a send's progress until it is as wanted.
func (o *office) await(send mailings.Send, want map[delivery.State]int) progress {
	o.t.Helper()
	var p progress
	proctest.Until(o.t, fmt.Sprintf("the progress is %v", want), func() bool {
		p = progress{}
		o.want(http.StatusOK, o.call("Mara", "GET", fmt.Sprintf("/sends/%d/progress", send.ID), nil), &p)
		return fmt.Sprint(p.States) == fmt.Sprint(want)
	})
	return p
}

func problemOf(t *testing.T, got reply) string {
	t.Helper()
	var p struct{ Detail string }
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s is no problem: %v", got.body, err)
	}
	return p.Detail
}
