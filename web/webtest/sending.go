package webtest

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/delivery/worker"
	"keur/internal/clock"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
	"keur/labels"
	"keur/mailings"
	"keur/tracking"
	"keur/tracking/recorder"
)

// Slot is when the mailings of these tests go out, and slotAt the same as a moment.
const Slot = "2026-11-24T10:00"

var SlotAt = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// Postman stands for a mail server: it takes everything, but loses its answer
// to those whose address has a prefix.
type Postman struct{ Loses string }

func (p Postman) Dial(context.Context) (delivery.Conn, error) { return p, nil }

func (Postman) Healthy() bool { return true }

func (Postman) Close() error { return nil }

func (p Postman) Send(_ context.Context, m delivery.Message) delivery.Reply {
	if p.Loses != "" && strings.HasPrefix(m.Recipient, p.Loses) {
		return delivery.Reply{Outcome: delivery.OutcomeLost}
	}
	return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
}

// Sent takes a mailing the whole way, from approval to the last delivery, and
// lets a third of its members open it and a tenth click.
func (d *Desk) Sent(p Postman) mailings.Send {
	d.T.Helper()
	d.Plan()
	for _, at := range []time.Time{SlotAt.Add(-30 * time.Second), SlotAt} {
		d.Tick(at)
	}
	d.Work(p)
	send := d.Planned
	proctest.Until(d.T, "the send is out", func() bool {
		progress, err := d.Deps.Ledger.Progress(context.Background(), send.ID)
		if err != nil {
			d.T.Fatal(err)
		}
		return progress.Left() == 0
	})
	d.Act(send)
	return send
}

// Plan has a mailing approved and its send planned.
func (d *Desk) Plan() {
	d.T.Helper()
	m, _ := d.Approved(d.T, d.Brief(d.T, Slot))
	d.Tick(SlotAt.Add(-time.Hour))
	page, err := d.Deps.Sends.List(context.Background(), mailings.SendFilter{Mailing: m.ID}, paging.Ask{})
	if err != nil || len(page.Items) != 1 {
		d.T.Fatalf("%d sends: %v", len(page.Items), err)
	}
	d.Planned = page.Items[0]
}

// Tick moves the clock and lets the scheduler look.
func (d *Desk) Tick(at time.Time) {
	d.T.Helper()
	d.Clock.Set(at)
	if err := d.Deps.Scheduler.Tick(context.Background()); err != nil {
		d.T.Fatal(err)
	}
}

// Work runs a worker that hands mail to the postman until the test ends.
func (d *Desk) Work(p Postman) {
	d.T.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker.Worker{
		DB: d.DB, Key: pgtest.Key(), Ledger: d.Deps.Ledger, Mails: d.Deps.Proofs.Mails, DatabaseURL: d.AppURL, Clock: d.Clock,
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
	d.T.Cleanup(func() { cancel(); <-done })
}

// Act lets members open the mail and click in it, some hours apart.
func (d *Desk) Act(send mailings.Send) {
	d.T.Helper()
	ctx, cancel := context.WithCancel(approvaltest.As(d.Maker))
	defer cancel()
	recorder, err := recorder.New(ctx, d.DB, d.AppURL, pgtest.Key(), d.Ring, d.Clock)
	if err != nil {
		d.T.Fatal(err)
	}
	done := make(chan struct{})
	go func() { recorder.Run(ctx); recorder.Close(); close(done) }()
	var members []int64
	if err := d.DB.Select(&members, `SELECT member_id FROM memberships ORDER BY member_id`); err != nil {
		d.T.Fatal(err)
	}
	const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
	for i, member := range members {
		d.Clock.Set(SlotAt.Add(10*time.Minute + time.Duration(i*i)*time.Minute))
		ref := tracking.Ref{Kind: tracking.Open, Send: int64(send.ID), Member: member}
		if i%3 == 0 {
			if err := recorder.Open(ctx, d.Ring.Token(ref), "GET", agent); err != nil {
				d.T.Fatal(err)
			}
		}
		if i%10 == 0 {
			ref.Kind = tracking.Click
			if _, err := recorder.Click(ctx, d.Ring.Token(ref), "GET", agent); err != nil {
				d.T.Fatal(err)
			}
		}
	}
	cancel()
	<-done
	if _, err := tracking.FoldOutcomes(pgtest.Acting(context.Background(), "system:scheduler"), d.DB); err != nil {
		d.T.Fatal(err)
	}
}

// NewSendingDesk is a desk over a server that it may try, and names that it
// finds in DNS.
func NewSendingDesk(t *testing.T, texts map[string]string) (*Desk, *smtptest.Server, labels.Route) {
	t.Helper()
	d := New(t, 1)
	server, route := d.AddServer(texts)
	return d, server, route
}

// AddServer gives the desk a server that it may try, over a route of its own,
// and names that it finds in DNS.
func (d *Desk) AddServer(texts map[string]string) (*smtptest.Server, labels.Route) {
	d.T.Helper()
	certificate, authority := smtptest.Certificate(d.T)
	server := smtptest.Start(d.T, smtptest.Config{StartTLS: certificate, Users: []smtptest.User{{Name: "keur", Password: "a password"}}})
	d.Deps.TryRoute = func(ctx context.Context, r labels.Route, _ string, letter *delivery.Message) []smtp.Step {
		return smtp.New(r, smtp.Settings{Authorities: authority}, clock.System{}).Probe(ctx, letter)
	}
	d.Deps.Records.DNS = zone(texts)
	d.Reopen()
	route, err := d.Deps.Routes.Create(pgtest.Acting(d.T.Context(), "console:test"), labels.Route{
		Name: "Relay", Host: "127.0.0.1", Port: server.Port(), TLS: "starttls", Verify: true, Auth: "plain", Username: "keur",
		Password: "a password", EHLOName: "keur.example", Connections: 10, MessagesPerConnection: 1000,
	})
	if err != nil {
		d.T.Fatal(err)
	}
	return server, route
}

// zone is DNS with texts under names, and nothing else.
type zone map[string]string

func absent(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// LookupTXT returns the text under a name.
func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	if text, is := z[name]; is {
		return []string{text}, nil
	}
	return nil, absent(name)
}

// LookupMX finds nothing.
func (z zone) LookupMX(_ context.Context, name string) ([]*net.MX, error) { return nil, absent(name) }

// LookupAddr finds nothing.
func (z zone) LookupAddr(_ context.Context, address string) ([]string, error) {
	return nil, absent(address)
}

// LookupHost finds nothing.
func (z zone) LookupHost(_ context.Context, name string) ([]string, error) { return nil, absent(name) }
