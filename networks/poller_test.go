package networks_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/networks"
	"keur/networks/awin"
	"keur/networks/daisycon"
	"keur/networks/simulators"
	"keur/networks/tradetracker"
)

var monday = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

// desk is a publisher with a connection to a network of ours.
type desk struct {
	pgtest.DB
	*networks.Poller
	clock  *clock.Fake
	server *simulators.Server
	user   context.Context

	mu     sync.Mutex
	newest map[networks.Key]networks.Report
	paid   map[string]networks.Payment
}

// begin opens a base with connections to a network of ours, of which the first
// has its credentials. skew is how far the network's clock is ahead.
func begin(t *testing.T, network string, skew time.Duration) *desk {
	t.Helper()
	d := &desk{DB: pgtest.Database(t), clock: clock.NewFake(monday), newest: map[networks.Key]networks.Report{}}
	theirs := func() time.Time { return d.clock.Now().Add(skew) }
	d.server = map[string]func(func() time.Time) *simulators.Server{
		"awin": simulators.NewAwin, "daisycon": simulators.NewDaisycon, "tradetracker": simulators.NewTradeTracker,
	}[network](theirs)
	web := httptest.NewServer(d.server)
	t.Cleanup(web.Close)
	con, err := daisycon.At(web.URL, web.URL)
	if err != nil {
		t.Fatal(err)
	}
	tracker, err := tradetracker.At(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	d.Poller = networks.NewPoller(networks.PollerParts{
		DB: d.App, Box: pgtest.Box(), Clock: d.clock, Log: slog.New(slog.DiscardHandler), Web: http.DefaultTransport, Record: d.record,
		Catalogue: func(context.Context, networks.Reading, networks.Catalogue) error { return nil },
		Material:  func(context.Context, networks.Reading, networks.Supply) error { return nil },
		News:      func(context.Context, networks.Reading, networks.Bulletin) error { return nil },
		Payments:  d.pays,
		Adapters:  map[string]networks.Adapter{"awin": awin.Adapter{Home: web.URL}, "daisycon": con, "tradetracker": tracker},
	})
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		d.server.Other = d.server.Ref + "2"
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name, publisher_ref) VALUES (1, $1, 'One', $2), (1, $1, 'Two', $3)`,
			network, d.server.Ref, d.server.Other)
	})
	d.user = pgtest.Acting(t.Context(), "user:1")
	if err := d.SetCredentials(d.user, 1, d.server.Credentials); err != nil {
		t.Fatal(err)
	}
	if network == "daisycon" {
		d.consent(t)
	}
	return d
}

// consent opens the account as a person does.
func (d *desk) consent(t *testing.T) {
	t.Helper()
	address, err := d.AuthorizeURL(d.user, 1)
	if err != nil {
		t.Fatal(err)
	}
	code, err := d.server.Consent(address)
	if err == nil {
		err = d.Redeem(d.user, 1, "https://keur.shop.example/back?code="+code+"&state=x")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) record(_ context.Context, _ networks.ConnectionID, reports []networks.Report) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range reports {
		if of, is := d.newest[r.Key()]; !is || r.Version().Compare(of.Version()) > 0 {
			d.newest[r.Key()] = r
		}
	}
	return nil
}

// pass lets time pass, minute by minute, with the duty at work.
func (d *desk) pass(t *testing.T, minutes int) {
	t.Helper()
	for range minutes {
		d.clock.Add(time.Minute)
		if _, err := d.PollDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// agrees holds what came to what the network has.
func (d *desk) agrees(t *testing.T, when string) {
	t.Helper()
	found := map[string]networks.Report{}
	for _, r := range d.newest {
		found[r.Transaction] = r
	}
	for _, s := range d.server.Sales() {
		r := found[s.Ref]
		if r.Status != s.Status || r.Sale != s.Sale || r.Commission != s.Commission || r.Paid != nil && *r.Paid != s.Paid {
			t.Errorf("%s, %s is %s %d %d, and here %s %d %d", when, s.Ref, s.Status, s.Sale, s.Commission, r.Status, r.Sale, r.Commission)
		}
	}
}

func (d *desk) state(t *testing.T) networks.State {
	t.Helper()
	s, err := d.State(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Whatever happens at a network is known within a day, with a clock that is ahead
// of ours or behind it, and with the network's usual trouble.
func TestPolling(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"awin", "daisycon", "tradetracker"} {
		for name, skew := range map[string]time.Duration{"ahead": 4 * time.Minute, "behind": -4 * time.Minute} {
			t.Run(network+" "+name, func(t *testing.T) {
				t.Parallel()
				d := begin(t, network, skew)
				for i, ref := range []string{"11", "12", "13", "14", "15", "16", "17"} {
					d.server.Appear(simulators.Sale{
						Ref: ref, Programme: "7", Sale: 10_000, Commission: 500, Occurred: monday.AddDate(0, 0, -3*i),
					})
				}
				d.pass(t, 3)
				d.agrees(t, "at first")
				d.server.Coming(simulators.Stumbles, simulators.Throttles, simulators.Forgets, simulators.Blunders)
				d.server.Appear(simulators.Sale{Ref: "18", Programme: "7", Sale: 900, Commission: 45})
				d.server.Judge("12", networks.Approved, "")
				d.server.Judge("13", networks.Declined, "returned")
				d.pass(t, 90)
				d.agrees(t, "after an hour and a half")
				d.server.Judge("13", networks.Pending, "")
				d.server.Amend("17", 8_000, 400)
				d.server.Pay("12")
				for range 26 {
					d.clock.Add(59 * time.Minute)
					d.pass(t, 1)
				}
				d.agrees(t, "after a day")
				s := d.state(t)
				for _, sweep := range s.Sweeps {
					if sweep.Failures != 0 || !sweep.Problem.IsZero() || sweep.Covered == nil ||
						sweep.Lag > int64(25*time.Hour/time.Second) {
						t.Errorf("%s stands at %+v", sweep.Sweep, sweep)
					}
				}
			})
		}
	}
}

// Calls are counted by credential: two connections with one token share what the
// network allows, and no minute has more.
func TestLimitIsSharedByCredential(t *testing.T) {
	t.Parallel()
	d := begin(t, "awin", 0)
	if err := d.SetCredentials(d.user, 2, d.server.Credentials); err != nil {
		t.Fatal(err)
	}
	most := 0
	var at []int
	for range 6 {
		before := d.server.Calls()
		for range 6 { // ten seconds each
			if _, err := d.PollDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.clock.Add(10 * time.Second)
		}
		at = append(at, d.server.Calls()-before)
		most = max(most, at[len(at)-1])
	}
	if most != 20 {
		t.Errorf("in the minutes are %v calls; a token may have 20", at)
	}
	if s := d.state(t); len(s.Sweeps) != 6 || s.Sweeps[0].Failures != 0 || s.CallsLeft < 0 || s.CallsLeft > 20 {
		t.Errorf("to wait is a failure: %+v", s)
	}
	d.agrees(t, "in the end")
}

// What fails is tried again ever later, and at once after new credentials; what a
// page of the network's had is kept.
func TestFailuresAreTriedLater(t *testing.T) {
	t.Parallel()
	d := begin(t, "tradetracker", 0)
	wrong := networks.Credentials{"customer_id": d.server.Credentials["customer_id"], "passphrase": "tt-guess"}
	if err := d.SetCredentials(d.user, 1, wrong); err != nil {
		t.Fatal(err)
	}
	d.pass(t, 1)
	first := d.server.Calls()
	d.pass(t, 240)
	s := d.state(t)
	if calls := d.server.Calls() - first; calls > 8*len(s.Sweeps) {
		t.Errorf("refused, it asked %d times in four hours", calls)
	}
	if s.Sweeps[0].Failures < 5 || !strings.Contains(s.Sweeps[0].Problem.String(), "doesn't take these credentials") ||
		!s.Sweeps[0].Due.After(d.clock.Now()) {
		t.Errorf("after refusals it stands at %+v", s.Sweeps[0])
	}
	if _, err := d.Try(t.Context(), 1); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "doesn't take these credentials") {
		t.Errorf("a try says %v", err)
	}
	d.server.Appear(simulators.Sale{Ref: "1", Programme: "7", Sale: 100, Commission: 5})
	if err := d.SetCredentials(d.user, 1, d.server.Credentials); err != nil {
		t.Fatal(err)
	}
	d.pass(t, 1)
	d.agrees(t, "with the right credentials")
	if tried, err := d.Try(t.Context(), 1); err != nil || !tried.Known || len(tried.Accounts) != 1 {
		t.Errorf("a try says %+v, %v", tried, err)
	}
}

// A question goes on at the page where it was left.
func TestCursorIsKept(t *testing.T) {
	t.Parallel()
	d := begin(t, "tradetracker", 0)
	for _, ref := range strings.Split("1 2 3 4 5 6 7 8 9", " ") {
		d.server.Appear(simulators.Sale{Ref: ref, Programme: "7", Sale: 100, Commission: 5})
	}
	d.server.Coming("", "", "", simulators.Stumbles) // sign in, two pages, then trouble
	d.pass(t, 1)
	var cursor string
	if err := d.App.Get(&cursor, `SELECT cursor FROM network_sweeps WHERE sweep = 'new'`); err != nil || cursor != "6" {
		t.Errorf("after two pages of three the cursor is %q, %v", cursor, err)
	}
	d.pass(t, 5)
	d.agrees(t, "after the trouble")
}

// A refresh token holds once: of those who find the session past, one renews it.
func TestTokenIsRenewedByOne(t *testing.T) {
	t.Parallel()
	d := begin(t, "daisycon", 0)
	d.server.Appear(simulators.Sale{Ref: "1", Programme: "7", Sale: 100, Commission: 5})
	for range 4 {
		d.clock.Add(45 * time.Minute)
		var both sync.WaitGroup
		for range 4 {
			both.Go(func() {
				if _, err := d.PollDue(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := d.Try(t.Context(), 1); err != nil && !fault.Is(err, fault.Limited) {
					t.Errorf("a try beside it says %v", err)
				}
			})
		}
		both.Wait()
	}
	d.pass(t, 2)
	d.agrees(t, "after renewals")
	if s := d.state(t); s.Sweeps[0].Failures != 0 {
		t.Errorf("the account is no longer open: %+v", s.Sweeps[0])
	}
}

// Credentials are sealed, beside their connection; only a person sets them, and
// only those that the network has.
func TestCredentialsAreSealed(t *testing.T) {
	t.Parallel()
	d := begin(t, "tradetracker", 0)
	d.pass(t, 1)
	var kept string
	if err := d.Owner.Get(&kept, `
		SELECT string_agg(encode(sealed, 'escape'), '') FROM (SELECT sealed FROM network_credentials UNION ALL SELECT sealed FROM network_sessions) s`,
	); err != nil {
		t.Fatal(err)
	}
	var trail string
	if err := d.Owner.Get(&trail, `SELECT string_agg(CAST(a AS text), '') FROM audit_log a`); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{d.server.Credentials["passphrase"], "tt-c0ffee", "PHPSESSID"} {
		if strings.Contains(kept+trail, secret) {
			t.Errorf("%q can be read in the base", secret)
		}
	}
	// Moved to another connection, they don't open.
	d.Owner.MustExec(`ALTER TABLE network_credentials DISABLE TRIGGER USER`)
	d.Owner.MustExec(`INSERT INTO network_credentials (connection_id, sealed) SELECT 2, sealed FROM network_credentials`)
	if _, err := d.Try(t.Context(), 2); err == nil {
		t.Error("another connection's credentials open")
	}
	d.Owner.MustExec(`ALTER TABLE network_credentials ENABLE TRIGGER USER`)
	err := d.SetCredentials(t.Context(), 1, d.server.Credentials)
	if err == nil || !strings.Contains(err.Error(), "a proof of who you are") {
		t.Errorf("nobody sets credentials: %v", err)
	}
	for name, c := range map[string]networks.Credentials{
		"none": {}, "one of two": {"customer_id": "1"}, "one too many": {"customer_id": "1", "passphrase": "x", "token": "y"},
		"two lines": {"customer_id": "1\r\nX: y", "passphrase": "x"},
	} {
		if err := d.SetCredentials(d.user, 1, c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.AuthorizeURL(d.user, 1); !fault.Is(err, fault.Conflict) {
		t.Errorf("a page to open an account that needs none: %v", err)
	}
}

// A connection whose secrets can't be read any more holds up no other, says why,
// and works again once they are set anew.
func TestWhatCannotBeReadHoldsUpNobody(t *testing.T) {
	t.Parallel()
	d := begin(t, "awin", 0)
	if err := d.SetCredentials(d.user, 2, d.server.Credentials); err != nil {
		t.Fatal(err)
	}
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE network_credentials SET sealed = 'of another secret' WHERE connection_id = 1`)
	})
	d.pass(t, 3)
	other, err := d.State(t.Context(), 2)
	if err != nil || len(other.Sweeps) == 0 || other.Sweeps[0].Ran == nil || other.Sweeps[0].Failures > 0 {
		t.Errorf("the other connection: %+v, %v", other, err)
	}
	broken := d.state(t)
	if len(broken.Sweeps) == 0 || broken.Sweeps[0].Problem.Key != "database.secret_sealed" || broken.CallsLeft != 0 {
		t.Errorf("it stands as %+v", broken)
	}
	if err := d.SetCredentials(d.user, 1, d.server.Credentials); err != nil {
		t.Fatal(err)
	}
	d.pass(t, 1)
	if mended := d.state(t); mended.Sweeps[0].Failures > 0 || mended.Sweeps[0].Covered == nil {
		t.Errorf("set anew, it stands as %+v", mended)
	}
}
