// Package webtest is what the tests of the desk share: a small publisher with a
// user for each role, a browser without script, and windows of Chromium and of Firefox.
package webtest

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/certificates"
	"keur/approval/comments"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/changes"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/hunspell"
	"keur/internal/links"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/uploads"
	"keur/networks"
	"keur/networks/products"
	"keur/reports"
	"keur/requests"
	"keur/scheduler"
	"keur/segments"
	"keur/segments/columns"
	"keur/templates"
	"keur/tracking"
	"keur/web"
	"keur/web/desk"
	"keur/webhooks"
)

// Password opens every account of a test.
const Password = "een lang wachtwoord voor proeven"

// Desk is the desk over a small publisher, with one user for each role
// under its label.
type Desk struct {
	*approvaltest.World
	T      *testing.T
	Deps   web.Deps
	AppURL string
	Owner  *sqlx.DB
	Ring   *tracking.Keyring
	URL    string
	furniture

	Mailing  mailings.Mailing // for tests that make one
	Template templates.Template
	Review   approval.ReviewID
	Comment  comments.ID
	Planned  mailings.Send // once there is one
	Erasure  int64         // of the first member

	windows map[string]*Window // in which the test looks at pages, by engine, user and server
}

// furniture is what the base of each desk holds besides the publisher.
type furniture struct {
	Users     map[string]accounts.User // by name: admin, planner, approver, finance, viewer, stranger
	Programme campaigns.Programme
	Pool      campaigns.Pool
	Image     campaigns.Creative // of the campaign
}

// New opens a desk whose label has n members. Its base is furnished once for all
// tests of a binary, and each gets a copy.
func New(t *testing.T, n int) *Desk {
	t.Helper()
	db := pgtest.Furnished(t, fmt.Sprintf("desk of %d", n), func(_ testing.TB, db pgtest.DB) {
		d := over(t, approvaltest.New(t, db.App, n), db)
		fill(d)
		furnished.Store(n, d.furniture)
	})
	d := over(t, approvaltest.Meet(t, db.App), db)
	made, ok := furnished.Load(n)
	if !ok {
		t.Fatal("what the base was furnished with isn't known")
	}
	d.furniture = made.(furniture)
	d.Users = maps.Clone(d.Users) // a test may add some
	d.Reopen()
	return d
}

// furnished are the furniture of the bases that New copies, by their members.
var furnished sync.Map

// Over is New over a base of the caller's.
func Over(t *testing.T, db pgtest.DB, n int) *Desk {
	t.Helper()
	d := over(t, approvaltest.New(t, db.App, n), db)
	fill(d)
	d.Reopen()
	return d
}

// over returns a desk that nobody serves yet.
func over(t *testing.T, w *approvaltest.World, db pgtest.DB) *Desk {
	t.Helper()
	ring, err := tracking.NewKeys(w.DB, w.Box).Ring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &Desk{World: w, T: t, AppURL: db.AppURL, Owner: db.Owner, Ring: ring, Deps: NewDeps(t, w, ring)}
}

// fill gives the base a user for each role, and the campaign what goes with it.
func fill(d *Desk) {
	d.T.Helper()
	d.Users = map[string]accounts.User{}
	d.AddUser("admin", accounts.User{Admin: true})
	for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Service, accounts.Viewer} {
		d.AddUser(string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{d.Label.ID: {role}}})
	}
	d.AddUser("stranger", accounts.User{}) // no role anywhere
	d.Furnish()
}

// Reopen serves the desk over its deps, also when a test has changed them.
func (d *Desk) Reopen() {
	d.T.Helper()
	desk, err := web.New(d.Deps)
	if err != nil {
		d.T.Fatal(err)
	}
	server := httptest.NewServer(desk)
	d.T.Cleanup(func() {
		desk.Stop()
		server.Close()
		desk, server = nil, nil // which a test that has ended would keep in memory
	})
	d.URL = server.URL
}

// Furnish gives the campaign a programme, an image and voucher codes.
func (d *Desk) Furnish() {
	d.T.Helper()
	ctx := approvaltest.As(d.Maker)
	var err error
	must := func(err error) {
		d.T.Helper()
		if err != nil {
			d.T.Fatal(err)
		}
	}
	d.Programme, err = d.Advertisers.AddProgramme(ctx, campaigns.Programme{
		AdvertiserID: d.Advertiser.ID, Network: "awin", Ref: "4711", Live: true, EmailAllowed: true,
	})
	must(err)
	var banner bytes.Buffer
	must(png.Encode(&banner, image.NewGray(image.Rect(0, 0, 600, 240))))
	d.Image, err = d.Deps.Creatives.Put(ctx, banner.Bytes())
	must(err)
	_, err = d.Deps.Creatives.Attach(ctx, d.Campaign.ID, campaigns.Use{Hash: d.Image.Hash, Alt: "A grey road in autumn"})
	must(err)
	d.Pool, err = d.Deps.Vouchers.Create(ctx, campaigns.Pool{CampaignID: d.Campaign.ID, Name: "15% on bikes"})
	must(err)
	_, err = d.Deps.Vouchers.Import(ctx, d.Pool.ID, []string{"AAAA-1", "AAAA-2", "AAAA-3"})
	must(err)
}

// newWebhooks returns what tells endpoints on this machine what happens.
func newWebhooks(w *approvaltest.World, log *slog.Logger) *webhooks.Sender {
	return webhooks.NewSender(webhooks.Parts{
		Store: webhooks.NewStore(w.DB, w.Box, w.Clock, true), Labels: w.Labels, Notices: w.Notices, Log: log,
		Web: links.New(true).Transport(webhooks.Patience), DeskURL: "http://desk.example",
	})
}

// newTargets returns what follows links, to shops of ours.
func newTargets(w *approvaltest.World) *targets.Watch {
	return targets.NewWatch(w.DB, w.Clock, trace, w.Notices, "http://desk.example")
}

// NewDeps wires the real rooms over the world's base, as cmd/keur does, but for
// the way out of the house.
func NewDeps(t *testing.T, w *approvaltest.World, ring *tracking.Keyring) web.Deps {
	t.Helper()
	vouchers := campaigns.NewVouchers(w.DB)
	routes, keys := labels.NewRoutes(w.DB, w.Box), labels.NewDKIMKeys(w.DB, w.Box)
	ledger := delivery.NewLedger(w.DB, w.Clock, tracking.NewStore(w.DB, ring, w.Members, w.Clock, pgtest.Key()), vouchers)
	records := &domains.Watch{DB: w.DB, Clock: w.Clock, Labels: w.Labels, Routes: routes, Keys: keys}
	log := slog.New(slog.NewTextHandler(TestLog{t}, nil))
	factors := accounts.NewFactors(w.Accounts, w.Box)
	signIns := accounts.NewSignIns(accounts.SignInParts{
		Users: w.Accounts, Factors: factors, Notices: w.Notices, Box: w.Box, PasswordURL: "http://desk.example/signin/reset/",
	})
	owned, err := passkeys.New(passkeys.Parts{
		DB: w.DB, Clock: w.Clock, Key: pgtest.Key(), Users: w.Accounts, SignIns: signIns, URL: "http://desk.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	providers := accounts.NewProviders(signIns, w.Box, &http.Client{Timeout: Patience})
	return web.Deps{
		Screens: screensFor(t, w.Clock), Hunspell: hunspell.New("/nowhere/hunspell"), // no page depends on the machine
		URL: "http://desk.example", TokenKeys: tracking.NewKeys(w.DB, w.Box), Ring: ring, DB: w.DB, Log: log, Clock: w.Clock,
		Fetch: fetch, Labels: w.Labels,
		Routes: routes, DKIMKeys: keys, Accounts: w.Accounts, SignIns: signIns, Factors: factors, Passkeys: owned,
		Changes: changes.NewStore(w.DB, w.Clock, w.Accounts.ChangeKinds(), factors.ChangeKinds(), providers.ChangeKinds(),
			w.Labels.ChangeKinds(), routes.ChangeKinds(), keys.ChangeKinds(), policies.Changes(),
			w.Advertisers.ChangeKinds(), tracking.NewKeys(w.DB, w.Box).ChangeKinds()).Proving(accounts.Confirms),
		Sessions: accounts.NewSessions(w.Accounts), Tokens: accounts.NewTokens(w.Accounts), Providers: providers,
		Advertisers: w.Advertisers, Campaigns: w.Campaigns, Creatives: campaigns.NewCreatives(w.DB), Vouchers: vouchers,
		Connections: networks.NewStore(w.DB), Conversions: conversions.NewStore(w.DB, ring, w.Clock), Poller: fakePoller(t, w),
		Products: &products.Feeds{DB: w.DB, Box: w.Box, Clock: w.Clock, Open: links.New(true).Open},
		Claims:   claims.NewStore(w.DB, ring, w.Accounts, w.Notices, w.Clock), Targets: newTargets(w),
		Members: w.Members, Consents: members.NewConsents(w.Members), Importer: imports.NewImporter(w.DB, w.Clock, w.Members),
		Erasures: members.NewErasures(w.Members).Mailing(w.Notices, "http://desk.example"), Uploads: NewUploads(t, w),
		Requests: requests.NewStore(w.DB, w.Clock, pgtest.Key(), w.Accounts, w.Notices, "http://desk.example"),
		Segments: segments.NewStore(w.DB), Audiences: segments.NewEngine(w.DB, w.Clock, columns.Counter{}),
		Templates: templates.NewStore(w.DB),
		Compiler:  w.Compiler, Mailings: w.Mailings, Sends: w.Sends, Feeds: mailings.NewFeeds(w.DB, w.Clock, pgtest.Key()),
		Composer: w.Composer, Reach: w.Reach, Approval: w.Approval, Ledger: ledger,
		Certificates: &certificates.Issuer{
			Clock: w.Clock, Approval: w.Approval.Store, Mailings: w.Mailings, Accounts: w.Accounts, Advertisers: w.Advertisers,
		},
		Reports: reports.NewStore(w.DB), Webhooks: newWebhooks(w, log),
		Proofs: &delivery.Proofs{
			DB: w.DB, Labels: w.Labels, Accounts: w.Accounts, Clock: w.Clock,
			Mails: &delivery.Mails{
				Mailings: w.Mailings, Sends: w.Sends, Members: w.Members, Vouchers: vouchers, Compiler: w.Compiler, Ring: ring,
				Signer: func(context.Context, labels.ID, string) (delivery.Sign, error) { return nil, nil },
			},
			Route: func(context.Context, int64) (delivery.Route, error) {
				return delivery.Route{}, fault.New(fault.Conflict, "tracking.nothing_here")
			},
		},
		Records: records,
		Scheduler: scheduler.New(scheduler.Parts{
			Key: pgtest.Key(), DB: w.DB, Clock: w.Clock, Log: log, Labels: w.Labels, DKIM: keys, Advertisers: w.Advertisers,
			Vouchers: vouchers, Mailings: w.Mailings, Sends: w.Sends, Segments: w.Segments, Reach: w.Reach, Approval: w.Approval,
			Ledger: ledger, Compiler: w.Compiler, Records: records,
		}),
	}
}

// NewUploads keeps uploads until the test ends.
func NewUploads(t *testing.T, w *approvaltest.World) *uploads.Store {
	u := uploads.NewStore(w.DB, w.Clock, imports.NewImporter(w.DB, w.Clock, w.Members), t.TempDir())
	t.Cleanup(u.Stop)
	return u
}

// TestLog writes what the desk logs to the test's own log.
type TestLog struct{ T *testing.T }

func (l TestLog) Write(line []byte) (int, error) {
	l.T.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

func (d *Desk) AddUser(name string, u accounts.User) {
	d.T.Helper()
	u.Email, u.Name, u.Locale = name+"@publisher.example", "Test "+strings.ToUpper(name[:1])+name[1:], "en"
	made, err := d.Accounts.Create(pgtest.Acting(context.Background(), "console:test"), u, "")
	if err != nil || made.Change != nil {
		d.T.Fatal(made.Change, err)
	}
	pgtest.Password(d.T, d.DB, int64(made.ID), Password)
	d.Users[name] = made
}

// Itoa writes an id.
func Itoa[N ~int | ~int64](n N) string { return desk.Itoa(n) }

// MailingPath is the address of a mailing.
func MailingPath(id mailings.ID) string { return "/mailings/" + Itoa(id) }
