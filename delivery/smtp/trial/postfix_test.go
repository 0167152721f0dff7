//go:build postfix

package trial

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/mailin"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/labels"
	"keur/tracking"
	"keur/tracking/bounces"
)

// TestPostfixCarries has Keur's mail carried by a Postfix, from which some goes on to
// an Exim, and looks at what Keur makes of their answers and letters.
func TestPostfixCarries(t *testing.T) {
	far, near := newMailServer(t, "exim", "far.example"), newMailServer(t, "postfix", "near.example")
	returned := listenForReturns(t)
	startExim(t, far, network{returns: returned.port})
	startPostfix(t, near, network{far: far.port, returns: returned.port, closed: proctest.FreePort(t)})
	sendBy(t, near, returned)
}

// TestPostfixReceives is the same with the two servers' parts changed.
func TestPostfixReceives(t *testing.T) {
	far, near := newMailServer(t, "postfix", "far.example"), newMailServer(t, "exim", "near.example")
	returned := listenForReturns(t)
	startPostfix(t, far, network{returns: returned.port})
	startExim(t, near, network{far: far.port, returns: returned.port, closed: proctest.FreePort(t)})
	sendBy(t, near, returned)
}

// result is what Keur holds of a delivery in the end.
type result struct {
	State      string `db:"state"`
	Session    string `db:"session"` // why, where the server said so at once
	Later      string `db:"later"`   // the class of the letter that came
	Letters    string `db:"-"`       // what came of each letter, but for those that only tell of a delay
	Suppressed bool   `db:"suppressed"`
	Soft       bool   `db:"soft"` // it counts towards giving the address up
}

// outcomes are what must come of a mail to each address. near.example is the server's
// own; the mail to all others is relayed, and for the ledger sent.
var outcomes = map[string]result{
	"fine@near.example":     {State: "sent"},
	"unknown@near.example":  {State: "bounced", Session: "hard", Suppressed: true},
	"full@near.example":     {State: "bounced", Session: "quota", Soft: true},
	"grey@near.example":     {State: "sent"}, // deferred at first
	"gone@near.example":     {State: "sent", Letters: "hard", Later: "hard", Suppressed: true},
	"overflow@near.example": {State: "sent", Letters: "quota", Later: "quota", Soft: true},
	"fine@far.example":      {State: "sent"},
	"unknown@far.example":   {State: "sent", Letters: "hard", Later: "hard", Suppressed: true},
	"full@far.example":      {State: "sent", Letters: "quota", Later: "quota", Soft: true},
	"grey@far.example":      {State: "sent"}, // the server tries it again, not we
	"nobody@closed.example": {State: "sent", Letters: "transient", Later: "transient", Soft: true},
}

// sendBy sends a mail to each address over the server, and holds what came of it
// against what must.
func sendBy(t *testing.T, near mailServer, returned *returns) {
	db := pgtest.Database(t)
	stage, err := deliverytest.New(t.Context(), db.Owner, db.App, clock.System{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	addresses := slices.Sorted(maps.Keys(outcomes))
	for i, address := range addresses {
		_, domain, _ := strings.Cut(address, "@")
		db.Owner.MustExec(`INSERT INTO members (address, address_key, domain) VALUES ($1, $1, $2)`, address, domain)
		db.Owner.MustExec(`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent) VALUES (1, $1, true, true)`, i+1)
	}
	returned.take(stage, tracking.NewStore(db.App, stage.Ring, stage.Members, clock.System{}, pgtest.Key()))
	send, err := stage.NewSend(t.Context(), deliverytest.Content(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt}); err != nil {
		t.Fatal(err)
	}
	runWorker(t, db.AppURL, near)
	waited := 0
	proctest.Until(t, "all mails have left, and all letters have come", func() bool {
		n := pgtest.Count(t, db.Owner, `SELECT count(*)::int FROM deliveries WHERE state = 'deferred'`)
		if waited = max(waited, n); n > 0 { // its time has come
			pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE delivery_retries SET due_at = now() - interval '1 second'`) })
		}
		return pgtest.Count(t, db.Owner, `SELECT count(*)::int FROM deliveries WHERE state IN ('queued', 'sending', 'deferred')`) == 0 && returned.complete()
	})
	if waited != 1 {
		t.Errorf("%d mails were deferred, and not the one that was put off", waited)
	}
	for i, address := range addresses {
		var got result
		if err := db.App.Get(&got, `
			SELECT d.state, coalesce(split_part(d.reason, ':', 1), '') AS session, coalesce(e.reason, '') AS later,
			       EXISTS (SELECT FROM suppressions s WHERE s.member_id = d.member_id) AS suppressed,
			       EXISTS (SELECT FROM soft_bounces s WHERE s.member_id = d.member_id) AS soft
			  FROM deliveries d LEFT JOIN events e ON e.send_id = d.send_id AND e.member_id = d.member_id AND e.kind = 'bounce'
			 WHERE d.member_id = $1`, i+1); err != nil {
			t.Fatal(err)
		}
		if got.Letters = returned.of(int64(i + 1)); got != outcomes[address] {
			t.Errorf("%s came to %+v, not %+v", address, got, outcomes[address])
		}
		if address == "nobody@closed.example" && !slices.Contains(returned.delayed, int64(i+1)) {
			t.Error("no letter told of the delay before the last")
		}
	}
}

// runWorker runs a worker until the test ends, whose way out is the server.
func runWorker(t *testing.T, url string, out mailServer) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w, err := newWorker(ctx, url, out.port, 2)
	if err != nil {
		t.Fatal(err)
	}
	transport := smtp.New(labels.Route{Name: out.name, Host: "127.0.0.1", Port: out.port, TLS: "none", Auth: "none", Connections: 2,
		MessagesPerConnection: 100, EHLOName: "keur.zuinig.example"}, smtp.Settings{}, clock.System{})
	w.Route = func(context.Context, int64) (delivery.Route, error) {
		return delivery.Route{Transport: transport, Connections: 2}, nil
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-ended
		_ = w.DB.Close()
	})
}

// returns are the letters that came back, as Keur's own listener takes them.
type returns struct {
	port  int
	ready chan struct{} // closed when there is a base that takes them

	mu      sync.Mutex
	stage   *deliverytest.Stage
	store   *tracking.Store
	came    map[int64][]string // by member: what Keur made of each letter
	delayed []int64            // members about whom a letter told of a delay
}

// listenForReturns opens the listener, for which letters wait until take.
func listenForReturns(t *testing.T) *returns {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &returns{port: listener.Addr().(*net.TCPAddr).Port, ready: make(chan struct{}), came: map[int64][]string{}}
	server := mailin.New(mailin.Config{Hostname: "bounce.zuinig.example", Accepts: r.ours, Deliver: r.deliver},
		slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return r
}

// take has the letters be taken in by a store.
func (r *returns) take(stage *deliverytest.Stage, store *tracking.Store) {
	r.stage, r.store = stage, store
	close(r.ready)
}

func (r *returns) ours(_ context.Context, to string) bool {
	<-r.ready
	_, ours := r.stage.Ring.ParseReturnPath(to)
	return ours
}

func (r *returns) deliver(ctx context.Context, m mailin.Mail) error {
	got, err := r.store.Receive(pgtest.Acting(ctx, "system:tracking"), []string{m.To}, bytes.NewReader(m.Content))
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case got.Kind != bounces.Bounce:
		r.came[got.Member] = append(r.came[got.Member], "as "+string(got.Kind))
	case got.Class == "" && !got.New:
		r.delayed = append(r.delayed, got.Member)
	default:
		r.came[got.Member] = append(r.came[got.Member], string(got.Class))
	}
	return nil
}

// of returns what the letters about a member came to.
func (r *returns) of(member int64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.came[member], " ")
}

// complete reports whether about each address that is to have one a letter has come.
func (r *returns) complete() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := 0
	for _, o := range outcomes {
		want += len(strings.Fields(o.Letters))
	}
	return len(r.came) >= want
}
