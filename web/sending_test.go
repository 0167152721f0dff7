package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/delivery"
	"keur/delivery/worker"
	"keur/internal/paging"
	"keur/mailings"
	"keur/tracking"
	"keur/tracking/recorder"
)

// slot is when the mailings of these tests go out, and slotAt the same as a moment.
const slot = "2026-11-24T10:00"

var slotAt = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// postman stands for a mail server: it takes everything, but loses its answer
// to those whose address has a prefix.
type postman struct{ loses string }

func (p postman) Dial(context.Context) (delivery.Conn, error) { return p, nil }
func (postman) Healthy() bool                                 { return true }
func (postman) Close() error                                  { return nil }
func (p postman) Send(_ context.Context, m delivery.Message) delivery.Reply {
	if p.loses != "" && strings.HasPrefix(m.Recipient, p.loses) {
		return delivery.Reply{Outcome: delivery.OutcomeLost}
	}
	return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
}

// sent takes a mailing the whole way, from approval to the last delivery, and
// lets a third of its members open it and a tenth click.
func (d *testDesk) sent(p postman) mailings.Send {
	d.t.Helper()
	d.plan()
	for _, at := range []time.Time{slotAt.Add(-30 * time.Second), slotAt} {
		d.tick(at)
	}
	d.work(p)
	send := d.planned
	for deadline := time.Now().Add(patience); ; {
		progress, err := d.deps.Ledger.Progress(context.Background(), send.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		if progress.Left() == 0 {
			break
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("the send got stuck: %v", progress)
		}
	}
	d.act(send)
	return send
}

// plan has a mailing approved and its send planned.
func (d *testDesk) plan() {
	d.t.Helper()
	m, _ := d.Approved(d.t, d.Brief(d.t, slot))
	d.tick(slotAt.Add(-time.Hour))
	page, err := d.deps.Mailings.Sends(context.Background(), mailings.SendFilter{Mailing: m.ID}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		d.t.Fatalf("%d sends: %v", len(page.Items), err)
	}
	d.planned = page.Items[0]
}

// tick moves the clock and lets the scheduler look.
func (d *testDesk) tick(at time.Time) {
	d.t.Helper()
	d.Clock.Set(at)
	if err := d.deps.Scheduler.Tick(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

// work runs a worker that hands mail to the postman until the test ends.
func (d *testDesk) work(p postman) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker.Worker{
		DB: d.DB, Ledger: d.deps.Ledger, Mails: d.deps.Proofs.Mails, DatabaseURL: d.appURL, Clock: d.Clock,
		Log: slog.New(slog.DiscardHandler), Metrics: &worker.Metrics{}, Lease: time.Second,
		Route: func(context.Context, int64) (delivery.Route, error) {
			return delivery.Route{Transport: p, Connections: 2}, nil
		},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Run(ctx)
	}()
	d.t.Cleanup(func() { cancel(); <-done })
}

// act lets members open the mail and click in it, some hours apart.
func (d *testDesk) act(send mailings.Send) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(approvaltest.As(d.Maker))
	defer cancel()
	recorder, err := recorder.New(ctx, d.DB, d.ring, d.Clock)
	if err != nil {
		d.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { recorder.Run(ctx); close(done) }()
	var members []int64
	if err := d.DB.Select(&members, `SELECT member_id FROM memberships ORDER BY member_id`); err != nil {
		d.t.Fatal(err)
	}
	const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
	for i, member := range members {
		d.Clock.Set(slotAt.Add(10*time.Minute + time.Duration(i*i)*time.Minute))
		ref := tracking.Ref{Kind: tracking.Open, Send: int64(send.ID), Member: member}
		if i%3 == 0 {
			if err := recorder.Open(ctx, d.ring.Token(ref), "GET", agent); err != nil {
				d.t.Fatal(err)
			}
		}
		if i%10 == 0 {
			ref.Kind = tracking.Click
			if _, err := recorder.Click(ctx, d.ring.Token(ref), "GET", agent); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	cancel()
	<-done
	if _, err := tracking.FoldOutcomes(context.Background(), d.DB); err != nil {
		d.t.Fatal(err)
	}
}

func TestLookAtOutcome(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 60)
	send := d.sent(postman{loses: "lid7@"})
	d.look("approver", "send", "/sends/"+itoa(send.ID))
	d.look("planner", "mailing_outcome", "/mailings/"+itoa(send.MailingID)+"/outcome")
	d.look("finance", "reports", "/reports?label="+d.Label.Code)
}

func TestDoubtsAreResolvedByAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 5)
	send := d.sent(postman{loses: "lid3@"})
	path := "/sends/" + itoa(send.ID)
	planner := d.as("planner")
	if page := planner.get(path).body; !strings.Contains(page, "One delivery in doubt") || strings.Contains(page, "@post.example") {
		t.Error("the page hides the doubt, or shows an address")
	}
	if page := d.as("viewer").get(path).body; strings.Contains(page, "in doubt:") == false || strings.Contains(page, "/doubts/") {
		t.Error("a viewer is offered to resolve a doubt")
	}
	if r := planner.post(path+"/doubts/3", url.Values{"how": {"leave"}}); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if page := planner.get(path).body; strings.Contains(page, "/doubts/") {
		t.Error("the doubt is still there")
	}
}
