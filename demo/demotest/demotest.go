// Package demotest runs a Keur within a test, with its servers, worker and
// scheduler, for the demo to play on.
package demotest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/accounts"
	"keur/api"
	"keur/approval"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/changes"
	"keur/conversions"
	"keur/conversions/payments"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/delivery/worker"
	"keur/demo"
	"keur/internal/clock"
	"keur/internal/inbox"
	"keur/internal/links"
	"keur/internal/mailin"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/members/signups"
	"keur/networks"
	"keur/networks/adapters"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/public"
	"keur/reports"
	"keur/scheduler"
	"keur/segments"
	"keur/segments/columns"
	"keur/templates"
	"keur/tracking"
	"keur/tracking/recorder"
)

// Keur is one whose program is this test.
type Keur struct {
	api.Deps
	demo.Servers
	Mailboxes *inbox.Inbox

	t         testing.TB
	url       string
	tracking  *tracking.Store
	ring      *tracking.Keyring
	mails     *delivery.Mails
	posted    *notices.Store
	transport delivery.Transport
}

// Open opens the servers of a Keur over the database at a URL. Its mail goes by SMTP
// into its mailboxes. Nothing is sent until Work is called.
func Open(t testing.TB, url string) *Keur {
	t.Helper()
	now := clock.System{}
	box, err := seal.New([]byte(pgtest.Secret))
	must(t, err)
	db, err := postgres.Open(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	k := &Keur{t: t, url: url, Deps: rooms(db, now, box)}
	k.ring, err = tracking.NewKeys(k.DB, box).Ring(t.Context())
	must(t, err)
	k.posted = notices.NewStore(k.DB, box, now)
	k.Approval = approval.NewEngine(approval.Parts{
		Key: pgtest.Key(),
		DB:  k.DB, Clock: now, Labels: k.Labels, Accounts: k.Accounts, Members: k.Members, Advertisers: k.Advertisers,
		Campaigns: k.Deps.Campaigns, Creatives: k.Creatives, Compiler: k.Compiler, Mailings: k.Mailings, Sends: k.Sends,
		Reach: k.Reach, Notices: k.posted,
	})
	k.Conversions = conversions.NewStore(k.DB, k.ring, now)
	told := &news.Recorder{DB: k.DB, Clock: now}
	known, err := adapters.All()
	must(t, err)
	k.Poller = networks.NewPoller(networks.PollerParts{
		DB: k.DB, Box: k.Box, Clock: now, Log: k.Log, Adapters: known,
		Record:    k.Conversions.Polled,
		Catalogue: (&programmes.Recorder{DB: k.DB, Clock: now, Notices: k.posted, Changed: told.Changed}).Record,
		Material:  (&material.Recorder{DB: k.DB, Clock: now, Changed: told.Changed}).Record,
		News:      told.Record,
		Payments:  payments.NewStore(k.DB, now).Told,
	})
	k.Targets = targets.NewWatch(k.DB, now, nil, k.posted, "")
	k.tracking = tracking.NewStore(k.DB, k.ring, k.Members, now, pgtest.Key())
	k.Ledger = delivery.NewLedger(k.DB, now, k.tracking, k.Vouchers)
	unsigned := func(context.Context, labels.ID, string) (delivery.Sign, error) { return nil, nil }
	k.mails = &delivery.Mails{
		Mailings: k.Mailings, Sends: k.Sends, Members: k.Members, Vouchers: k.Vouchers,
		Compiler: k.Compiler, Ring: k.ring, Signer: unsigned,
	}
	k.Proofs = &delivery.Proofs{DB: k.DB, Mails: k.mails, Labels: k.Labels, Accounts: k.Accounts, Route: k.route, Clock: now}
	sender := &delivery.NoticeSender{
		Notices: k.posted, Labels: k.Labels, Route: k.route, Signer: unsigned, Clock: now, Log: k.Log,
		Sender: labels.Sender{Name: "Keur", Address: "keur@localhost"},
	}
	k.Scheduler = scheduler.New(scheduler.Parts{
		DB: k.DB, Key: pgtest.Key(), Clock: now, Log: k.Log, Labels: k.Labels, DKIM: k.DKIMKeys, Advertisers: k.Advertisers,
		Vouchers: k.Vouchers, Mailings: k.Mailings, Sends: k.Sends, Segments: k.Audiences, Reach: k.Reach, Approval: k.Approval,
		Ledger: k.Ledger, Compiler: k.Compiler,
		Follow: func(_ context.Context, url, _ string) (string, error) { return url, nil },
		Duties: []scheduler.Duty{
			{Name: "send-notices", Every: 2e9, Run: func(ctx context.Context) error { _, err := sender.SendDue(ctx); return err }},
			{Name: "poll-networks", Every: 30e9, Run: scheduler.Counted(k.Poller.PollDue)},
			{Name: "fold-outcomes", Every: 5e9, Run: func(ctx context.Context) error {
				_, err := tracking.FoldOutcomes(ctx, k.DB)
				return err
			}},
		},
	})
	k.open()
	return k
}

// rooms are the stores over a database.
func rooms(db *sqlx.DB, now clock.Clock, box *seal.Box) api.Deps {
	d := api.Deps{
		DB: db, Log: slog.New(slog.DiscardHandler), Clock: now, Box: box, Metrics: prometheus.NewRegistry(),
		Operations: http.NotFoundHandler(),
		Labels:     labels.NewStore(db), Routes: labels.NewRoutes(db, box), DKIMKeys: labels.NewDKIMKeys(db, box),
		Accounts:    accounts.NewStore(db, now, postgres.KeyOf(box)),
		Advertisers: campaigns.NewAdvertisers(db, now), Campaigns: campaigns.NewStore(db),
		Creatives: campaigns.NewCreatives(db), Vouchers: campaigns.NewVouchers(db),
		Members: members.NewStore(db, now, box.Subkey("erased-address")), Segments: segments.NewStore(db),
		Audiences: segments.NewEngine(db, now, columns.Counter{}), Templates: templates.NewStore(db),
		Compiler: templates.NewCompiler(time.Hour),
		Reports:  reports.NewStore(db), Connections: networks.NewStore(db),
		Feeds: &products.Feeds{DB: db, Box: box, Clock: now, Open: links.New(true).Open}, Fetch: links.New(true).Fetch,
	}
	d.Changes = changes.NewStore(db, now, d.Accounts.ChangeKinds(), d.Labels.ChangeKinds(), d.Routes.ChangeKinds(),
		d.DKIMKeys.ChangeKinds(), policies.Changes(), d.Advertisers.ChangeKinds()).Proving(accounts.Confirms)
	d.Tokens = accounts.NewTokens(d.Accounts)
	d.Consents, d.Erasures = members.NewConsents(d.Members), members.NewErasures(d.Members)
	d.Mailings, d.Sends = mailings.NewStore(d.DB, now, d.Compiler), mailings.NewSends(d.DB, now)
	d.Reach = mailings.NewReach(d.Mailings, d.Labels, d.Audiences)
	d.Composer = mailings.NewComposer(mailings.ComposerParts{
		Labels: d.Labels, Members: d.Members, Segments: d.Segments, Templates: d.Templates,
		Campaigns: d.Campaigns, Advertisers: d.Advertisers, Creatives: d.Creatives, Vouchers: d.Vouchers,
		Products: products.NewStore(d.DB), Attachments: d.Mailings.Attachments,
	})
	return d
}

// open opens the servers.
func (k *Keur) open() {
	record, err := recorder.New(k.t.Context(), k.DB, k.url, pgtest.Key(), k.ring, k.Clock)
	must(k.t, err)
	k.run(func(ctx context.Context) error { record.Run(ctx); record.Close(); return nil })
	serve := func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		k.t.Cleanup(server.Close)
		return server.URL
	}
	k.API = serve(api.New(k.Deps))
	k.Public = serve(public.New(public.Deps{
		Ring: k.ring, Recorder: record, Tracking: k.tracking, Labels: k.Labels, Members: k.Members, Consents: k.Consents,
		Addresses: members.NewAddressLinks(k.Members, k.posted), Approval: k.Approval, Clock: k.Clock,
		Signups:  signups.NewStore(signups.NewForms(k.DB, k.Clock, k.Members), k.posted),
		Compiler: k.Compiler, Log: k.Log, Metrics: k.Metrics, Key: pgtest.Key(), Outcome: reports.NewStore(k.DB).Outcomes.ForClient,
	}))
	listener := listen(k.t)
	k.Mailin = listener.Addr().String()
	returns := mailin.New(mailin.Config{
		Hostname: "localhost", Accepts: func(context.Context, string) bool { return true },
		Deliver: func(ctx context.Context, m mailin.Mail) error {
			_, err := k.tracking.Receive(pgtest.Acting(ctx, "system:tracking"), []string{m.To}, bytes.NewReader(m.Content))
			return err
		},
	}, k.Log)
	k.run(func(ctx context.Context) error { return returns.Serve(ctx, listener) })
	k.Mailboxes = inbox.New(inbox.Limits{}, k.Clock)
	mailboxes := listen(k.t)
	k.run(func(ctx context.Context) error { return k.Mailboxes.Serve(ctx, mailboxes, k.Log) })
	k.transport = smtp.New(labels.Route{
		Host: "127.0.0.1", Port: mailboxes.Addr().(*net.TCPAddr).Port, TLS: "none", Auth: "none", Connections: 4,
		MessagesPerConnection: 1000,
	}, smtp.Settings{}, k.Clock)
}

func (k *Keur) route(context.Context, int64) (delivery.Route, error) {
	return delivery.Route{Transport: k.transport, Connections: 4}, nil
}

// Work lets a worker send what is frozen, with the scheduler beside it.
func (k *Keur) Work() {
	must(k.t, k.Compiler.Warm())
	sends := &worker.Worker{
		DB: k.DB, Key: pgtest.Key(), Ledger: k.Ledger, Mails: k.mails, Route: k.route, DatabaseURL: k.url, Clock: k.Clock, Log: k.Log,
		Metrics: &worker.Metrics{},
	}
	k.run(sends.Run)
	k.run(func(ctx context.Context) error { k.Scheduler.Run(ctx); return nil })
}

// Config is what a publisher needs to know of this Keur.
func (k *Keur) Config(count int, out io.Writer) demo.Config {
	return demo.Config{
		Servers: k.Servers, DatabaseURL: k.url, Mailboxes: k.Mailboxes, Accounts: k.Accounts, Tokens: k.Tokens, Key: pgtest.Key(),
		Changes: k.Changes, Importer: imports.NewImporter(k.DB, k.Clock, k.Members), Poller: k.Poller,
		Count: count, Folder: k.t.TempDir(), Out: out,
	}
}

// run lets a loop run until the test ends.
func (k *Keur) run(loop func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = loop(ctx) })
	k.t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

func listen(t testing.TB) net.Listener {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	return listener
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
