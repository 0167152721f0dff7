package web

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/certificates"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/members/imports"
	"keur/reports"
	"keur/requests"
	"keur/scheduler"
	"keur/segments"
	"keur/segments/columns"
	"keur/templates"
	"keur/tracking"
	"keur/web/desk"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// testPassword opens every account of a test.
const testPassword = "een lang wachtwoord voor proeven"

// testDesk is the desk over a small publisher, with one user for each role
// under its label.
type testDesk struct {
	*approvaltest.World
	t      *testing.T
	deps   Deps
	appURL string
	owner  *sqlx.DB
	ring   *tracking.Keyring
	url    string
	users  map[string]accounts.User // by name: admin, planner, approver, finance, viewer, stranger

	programme campaigns.Programme
	pool      campaigns.Pool
	image     campaigns.Creative // of the campaign
	mailing   mailings.Mailing   // for tests that make one
	template  templates.Template
	review    approval.ReviewID
	comment   approval.CommentID
	planned   mailings.Send // once there is one
	erasure   int64         // of the first member
}

// newDesk opens a desk whose label has n members.
func newDesk(t *testing.T, n int) *testDesk {
	t.Helper()
	db := pgtest.Database(t)
	w := approvaltest.New(t, db.App, n)
	ring, err := tracking.NewKeys(w.DB, w.Box).Ring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := &testDesk{World: w, t: t, appURL: db.AppURL, owner: db.Owner, ring: ring, deps: newDeps(t, w, ring), users: map[string]accounts.User{}}
	d.reopen()
	d.addUser("admin", accounts.User{Admin: true})
	for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Viewer} {
		d.addUser(string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{w.Label.ID: {role}}})
	}
	d.addUser("stranger", accounts.User{}) // no role anywhere
	d.furnish()
	return d
}

// reopen serves the desk over its deps, also when a test has changed them.
func (d *testDesk) reopen() {
	d.t.Helper()
	desk, err := New(d.deps)
	if err != nil {
		d.t.Fatal(err)
	}
	server := httptest.NewServer(desk)
	d.t.Cleanup(func() {
		desk.Stop()
		server.Close()
		desk, server = nil, nil // which a test that has ended would keep in memory
	})
	d.url = server.URL
}

// furnish gives the campaign a programme, an image and voucher codes.
func (d *testDesk) furnish() {
	d.t.Helper()
	ctx := approvaltest.As(d.Maker)
	var err error
	must := func(err error) {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
	}
	d.programme, err = d.Advertisers.AddProgramme(ctx, campaigns.Programme{
		AdvertiserID: d.Advertiser.ID, Network: "awin", Ref: "4711", Live: true, EmailAllowed: true,
	})
	must(err)
	var banner bytes.Buffer
	must(png.Encode(&banner, image.NewGray(image.Rect(0, 0, 600, 240))))
	d.image, err = d.deps.Creatives.Put(ctx, banner.Bytes())
	must(err)
	_, err = d.deps.Creatives.Attach(ctx, d.Campaign.ID, campaigns.Use{Hash: d.image.Hash, Alt: "A grey road in autumn"})
	must(err)
	d.pool, err = d.deps.Vouchers.Create(ctx, campaigns.Pool{CampaignID: d.Campaign.ID, Name: "15% on bikes"})
	must(err)
	_, err = d.deps.Vouchers.Import(ctx, d.pool.ID, []string{"AAAA-1", "AAAA-2", "AAAA-3"})
	must(err)
}

// newDeps wires the real rooms over the world's base, as cmd/keur does, but for
// the way out of the house.
func newDeps(t *testing.T, w *approvaltest.World, ring *tracking.Keyring) Deps {
	t.Helper()
	vouchers := campaigns.NewVouchers(w.DB)
	routes, keys := labels.NewRoutes(w.DB, w.Box), labels.NewDKIMKeys(w.DB, w.Box)
	ledger := delivery.NewLedger(w.DB, w.Clock, tracking.NewStore(w.DB, ring, w.Members, w.Clock), vouchers)
	log := slog.New(slog.NewTextHandler(testLog{t}, nil))
	factors := accounts.NewFactors(w.Accounts, w.Box)
	gate := accounts.NewGate(accounts.GateParts{
		Users: w.Accounts, Factors: factors, Notices: w.Notices, Box: w.Box, PasswordURL: "http://desk.example/signin/reset/",
	})
	return Deps{
		URL: "http://desk.example", TokenKeys: tracking.NewKeys(w.DB, w.Box), DB: w.DB, Log: log, Clock: w.Clock, Labels: w.Labels, Routes: routes, DKIMKeys: keys, Accounts: w.Accounts, Gate: gate, Factors: factors,
		Providers:   accounts.NewProviders(gate, w.Box, &http.Client{Timeout: 10 * time.Second}),
		Advertisers: w.Advertisers, Campaigns: w.Campaigns, Creatives: campaigns.NewCreatives(w.DB), Vouchers: vouchers,
		Members: w.Members, Importer: imports.NewImporter(w.DB, w.Clock, w.Members), Uploads: newUploads(t, w), Requests: requests.NewStore(w.DB, w.Clock, w.Accounts, w.Notices, "http://desk.example"), Segments: segments.NewStore(w.DB), Audiences: segments.NewEngine(w.DB, w.Clock, columns.Counter{}), Templates: templates.NewStore(w.DB),
		Compiler: w.Compiler, Mailings: w.Mailings, Composer: w.Composer, Reach: w.Reach, Approval: w.Approval, Ledger: ledger,
		Certificates: &certificates.Issuer{Clock: w.Clock, Approval: w.Approval.Store, Mailings: w.Mailings, Accounts: w.Accounts, Advertisers: w.Advertisers},
		Reports:      reports.NewStore(w.DB),
		Proofs: &delivery.Proofs{
			DB: w.DB, Labels: w.Labels, Accounts: w.Accounts, Clock: w.Clock,
			Mails: &delivery.Mails{
				Mailings: w.Mailings, Members: w.Members, Vouchers: vouchers, Compiler: w.Compiler, Ring: ring,
				Signer: func(context.Context, labels.ID, string) (delivery.Sign, error) { return nil, nil },
			},
			Route: func(context.Context, int64) (delivery.Route, error) {
				return delivery.Route{}, fault.New(fault.Conflict, "tests have no way out")
			},
		},
		Scheduler: scheduler.New(scheduler.Parts{
			DB: w.DB, Clock: w.Clock, Log: log, Labels: w.Labels, DKIM: keys, Advertisers: w.Advertisers,
			Vouchers: vouchers, Mailings: w.Mailings, Segments: w.Segments, Reach: w.Reach, Approval: w.Approval, Ledger: ledger, Compiler: w.Compiler,
		}),
	}
}

// newUploads keeps uploads until the test ends.
func newUploads(t *testing.T, w *approvaltest.World) *imports.Uploads {
	u := imports.NewUploads(imports.NewImporter(w.DB, w.Clock, w.Members), t.TempDir())
	t.Cleanup(u.Stop)
	return u
}

// testLog writes what the desk logs to the test's own log.
type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

func (d *testDesk) addUser(name string, u accounts.User) {
	d.t.Helper()
	u.Email, u.Name, u.Locale = name+"@publisher.example", "Test "+strings.ToUpper(name[:1])+name[1:], "en"
	made, err := d.Accounts.Create(context.Background(), u, testPassword)
	if err != nil {
		d.t.Fatal(err)
	}
	d.users[name] = made
}

// surfer is a browser without script, signed in as somebody.
type surfer struct {
	*testing.T
	http.Client
	url string
}

// as signs in as the user of that name; "" is a stranger.
func (d *testDesk) as(name string) *surfer {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	s := &surfer{T: d.t, Client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, url: d.url}
	if name != "" {
		if r := s.post("/signin", url.Values{"email": {d.users[name].Email}, "password": {testPassword}}); r.status != http.StatusSeeOther {
			d.t.Fatalf("%s can't sign in: %d %s", name, r.status, r.body)
		}
	}
	return s
}

// response is what came back.
type response struct {
	status int
	header http.Header
	body   string
}

func (s *surfer) get(path string) response {
	s.Helper()
	return s.do(http.MethodGet, path, nil)
}

func (s *surfer) post(path string, form url.Values) response {
	s.Helper()
	return s.do(http.MethodPost, path, form)
}

func (s *surfer) do(method, path string, form url.Values) response {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := s.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.Header.Get("Content-Type") == "text/event-stream" { // which doesn't end
		return response{answer.StatusCode, answer.Header, ""}
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(body)}
}

// multipart posts a form as a page with files does.
func (s *surfer) multipart(path string, form url.Values) response {
	s.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				s.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	answer, err := s.Post(s.url+path, w.FormDataContentType(), &body)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(got)}
}

// itoa writes an id.
func itoa[N ~int | ~int64](n N) string { return desk.Itoa(n) }

// mailingPath is the address of a mailing.
func mailingPath(id mailings.ID) string { return "/mailings/" + itoa(id) }
