package api

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/accounts"
	"keur/approval"
	"keur/approval/certificates"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/changes"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/seal"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/members"
	"keur/networks"
	"keur/networks/products"
	"keur/reports"
	"keur/requests"
	"keur/scheduler"
	"keur/segments"
	"keur/segments/columns"
	"keur/templates"
	"keur/tracking"
	"keur/webhooks"
)

// TestMain keeps gin from saying what it does.
// newDeps wires the real rooms over db, as cmd/keur does, but for the way out
// of the house.
func newDeps(t *testing.T, db *sqlx.DB, now clock.Clock, box *seal.Box) Deps {
	t.Helper()
	ring, err := tracking.NewKeys(db, box).Ring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := Deps{
		DB: db, Clock: now, Box: box, Metrics: prometheus.NewRegistry(), Operations: http.NotFoundHandler(),
		Labels: labels.NewStore(db), Routes: labels.NewRoutes(db, box), DKIMKeys: labels.NewDKIMKeys(db, box),
		Accounts: accounts.NewStore(db, now, pgtest.Key()), Advertisers: campaigns.NewAdvertisers(db, now),
		Campaigns: campaigns.NewStore(db), Creatives: campaigns.NewCreatives(db), Vouchers: campaigns.NewVouchers(db),
		Members: members.NewStore(db, now, box.Subkey("erased-address")), Segments: segments.NewStore(db),
		Audiences: segments.NewEngine(db, now, columns.Counter{}), Templates: templates.NewStore(db), Compiler: mailingstest.Compiler(),
		Reports: reports.NewStore(db), Connections: networks.NewStore(db), Conversions: conversions.NewStore(db, ring, now),
	}
	d.Claims = claims.NewStore(db, ring, d.Accounts, notices.NewStore(db, box, now), now)
	d.Targets = targets.NewWatch(db, now, func(_ context.Context, url, _ string) (links.Trail, error) {
		return links.Trail{Final: url, Hops: []links.Hop{{URL: url, Status: http.StatusOK}}}, nil
	}, notices.NewStore(db, box, now), "https://desk.example")
	d.Requests = requests.NewStore(db, now, pgtest.Key(), d.Accounts, notices.NewStore(db, box, now), "https://desk.example")
	d.Webhooks = webhooks.NewSender(webhooks.Parts{
		Store: webhooks.NewStore(db, box, now, true), Labels: d.Labels, Notices: notices.NewStore(db, box, now),
		Log: slog.New(slog.DiscardHandler), Web: links.New(true).Transport(webhooks.Patience), DeskURL: "https://desk.example",
	})
	d.Poller = networks.NewPoller(networks.PollerParts{
		DB: db, Box: box, Clock: now, Log: slog.New(slog.DiscardHandler), Web: http.DefaultTransport, Adapters: fakeNetworks(t, now),
	})
	d.Changes = changes.NewStore(db, now, d.Accounts.ChangeKinds(), d.Labels.ChangeKinds(), d.Routes.ChangeKinds(),
		d.DKIMKeys.ChangeKinds(), policies.Changes(), d.Advertisers.ChangeKinds()).Proving(accounts.Confirms)
	d.Tokens = accounts.NewTokens(d.Accounts)
	d.Consents, d.Erasures = members.NewConsents(d.Members), members.NewErasures(d.Members)
	d.Mailings, d.Sends = mailings.NewStore(db, now, d.Compiler), mailings.NewSends(db, now)
	d.Reach = mailings.NewReach(d.Mailings, d.Labels, d.Audiences)
	d.Composer = mailings.NewComposer(mailings.ComposerParts{
		Labels: d.Labels, Members: d.Members, Segments: d.Segments, Templates: d.Templates,
		Campaigns: d.Campaigns, Advertisers: d.Advertisers, Creatives: d.Creatives, Vouchers: d.Vouchers,
		Products: products.NewStore(d.DB), Attachments: d.Mailings.Attachments,
	})
	shop := &shops{dearer: "80.00"}
	d.Feeds, d.Fetch = &products.Feeds{DB: db, Box: box, Clock: now, Open: shop.open}, shop.fetch
	d.Approval = approval.NewEngine(approval.Parts{
		Key: pgtest.Key(),
		DB:  db, Clock: now, Labels: d.Labels, Accounts: d.Accounts, Members: d.Members, Advertisers: d.Advertisers,
		Campaigns: d.Campaigns, Creatives: d.Creatives, Compiler: d.Compiler, Mailings: d.Mailings, Sends: d.Sends, Reach: d.Reach,
		Notices: notices.NewStore(db, box, now),
	})
	d.Certificates = &certificates.Issuer{Clock: now, Approval: d.Approval.Store, Mailings: d.Mailings, Accounts: d.Accounts,
		Advertisers: d.Advertisers}
	d.Ledger = delivery.NewLedger(db, now, tracking.NewStore(db, ring, d.Members, now, pgtest.Key()), d.Vouchers)
	d.Proofs = &delivery.Proofs{
		DB: db, Labels: d.Labels, Accounts: d.Accounts, Clock: now,
		Mails: &delivery.Mails{
			Mailings: d.Mailings, Sends: d.Sends, Members: d.Members, Vouchers: d.Vouchers, Compiler: d.Compiler, Ring: ring,
			Signer: func(context.Context, labels.ID, string) (delivery.Sign, error) { return nil, nil },
		},
		Route: func(context.Context, int64) (delivery.Route, error) {
			return delivery.Route{}, fault.New(fault.Conflict, "tests have no way out")
		},
	}
	d.Records = &domains.Watch{DB: db, Clock: now, Labels: d.Labels, Routes: d.Routes, Keys: d.DKIMKeys}
	d.Scheduler = scheduler.New(scheduler.Parts{
		DB: db, Key: pgtest.Key(), Clock: now, Log: slog.New(slog.DiscardHandler), Labels: d.Labels, DKIM: d.DKIMKeys,
		Advertisers: d.Advertisers, Vouchers: d.Vouchers, Mailings: d.Mailings, Sends: d.Sends, Segments: d.Audiences, Reach: d.Reach,
		Approval: d.Approval, Ledger: d.Ledger, Compiler: d.Compiler, Records: d.Records,
	})
	return d
}
