package payments_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/conversions"
	"keur/conversions/payments"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/networks"
)

// world is a label with an account at Awin, by which two advertisers sell.
type world struct {
	*payments.Store
	pgtest.DB
	t           *testing.T
	clock       *clock.Fake
	conversions *conversions.Store
	user        context.Context
}

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, DB: pgtest.Database(t), clock: clock.NewFake(now)}
	w.Store, w.conversions = payments.NewStore(w.App, w.clock), conversions.NewStore(w.App, nil, w.clock)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		pgtest.Label(t, tx, "de")
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zonneland', 'travel'), ('Schoen', 'fashion')`)
		tx.MustExec(`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '100'), (2, 'awin', '200')`)
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin NL'), (2, 'awin', 'Awin DE')`)
		tx.MustExec(`UPDATE change_rules SET admin_since = now()`)
	})
	w.user = pgtest.Acting(t.Context(), "user:1")
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sold has the network tell of an approved sale of a month.
func (w *world) sold(programme string, month time.Month, commission int64, paid bool) {
	w.t.Helper()
	at := time.Date(2026, month, 10, 9, 0, 0, 0, time.UTC)
	_, err := w.conversions.Record(pgtest.Acting(w.t.Context(), "system:networks"), 1, conversions.ByPoll, []networks.Report{{
		Transaction: fmt.Sprint(programme, month, commission), At: at, Status: networks.Approved, Sale: 10 * commission,
		Commission: commission, Currency: "EUR", Programme: programme, Occurred: at, Paid: &paid, Raw: []byte(`{}`),
	}})
	must(w.t, err)
}

func day(days int) civil.Date { return civil.DateOf(now).AddDays(days) }

// What came in stands against what was approved, by account and by advertiser who
// pays directly, and what waits by how long.
func TestBalancesAndAges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sold("100", 7, 1_000, true)
	w.sold("100", 8, 2_000, false)
	w.sold("200", 10, 400, false)
	w.sold("unknown", 10, 30, false)
	half, due := int64(600), day(-1)
	for _, p := range []payments.Payment{
		{Connection: 1, Number: "P-7", Amount: 1_000, PaidOn: &due, Paid: &half},
		{Connection: 1, Number: "P-8", Amount: 500, Due: &due},
		{Advertiser: 2, Number: "2026-31", Amount: 9_000},
	} {
		p.Label, p.Issued, p.Currency = 1, day(-30), "EUR"
		_, err := w.Create(w.user, p)
		must(t, err)
	}
	found, err := w.Balances(t.Context(), 1)
	must(t, err)
	want := []payments.Balance{
		{
			Connection: 1, Name: "Awin NL", Network: "awin", Currency: "EUR", Approved: 3_430, Told: 1_000, Announced: 1_500, Received: 600,
			LateN: 1, ShortN: 1,
		},
		{Advertiser: 2, Name: "Schoen", Currency: "EUR", Approved: 9_000, Announced: 9_000},
	}
	if len(found) != 2 || found[0] != want[0] || found[1] != want[1] || found[0].Owed() != 2_830 || found[0].Unseen() != 400 {
		t.Errorf("%+v", found)
	}
	ages, err := w.Ages(t.Context(), 1)
	must(t, err)
	if len(ages) != 3 || ages[0].Name != "Zonneland" || ages[0].Within90 != 2_000 || ages[1].Name != "Schoen" || ages[1].Within30 != 400 ||
		ages[2].Name != "" || ages[2].Within30 != 30 {
		t.Errorf("%+v", ages)
	}
	if other, err := w.Balances(t.Context(), 2); err != nil || len(other) != 0 {
		t.Errorf("another label's: %+v %v", other, err)
	}
	for standing, number := range map[payments.Standing]string{
		payments.Short: "P-7", payments.Late: "P-8", payments.Expected: "2026-31",
	} {
		list, err := w.List(t.Context(), payments.Filter{Label: 1, Standing: standing}, paging.Ask{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Number != number || list.Items[0].Standing != standing {
			t.Errorf("%s: %+v %v", standing, list.Items, err)
		}
	}
}

func TestPaymentsChangeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := payments.Payment{Label: 1, Connection: 1, Number: "P-7", Issued: day(-30), Amount: 1_000, Currency: "EUR"}
	made, err := w.Create(w.user, p)
	must(t, err)
	if made.CreatedBy != "user:1" || made.Version != 1 {
		t.Errorf("%+v", made)
	}
	if _, err := w.Create(w.user, p); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "P-7") {
		t.Errorf("the same number again: %v", err)
	}
	p.Number, p.Connection = "P-8", 2
	if _, err := w.Create(w.user, p); err == nil || !strings.Contains(err.Error(), "one of its label's accounts") {
		t.Errorf("another label's account: %v", err)
	}
	p.Connection = 1
	for _, as := range []context.Context{t.Context(), pgtest.Acting(t.Context(), "system:networks")} {
		if _, err := w.Create(as, p); err == nil {
			t.Error("no person noted a payment")
		}
	}
	paid, minor := day(0), int64(1_000)
	changed, err := w.Update(w.user, made.ID, func(p *payments.Payment) error { p.PaidOn, p.Paid = &paid, &minor; return nil })
	if err != nil || changed.Version != 2 || changed.StandingOn(day(0)) != payments.Whole {
		t.Errorf("%+v %v", changed, err)
	}
	_, err = w.Update(w.user, made.ID, func(p *payments.Payment) error { p.Connection, p.Advertiser = 0, 1; return nil })
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("of somebody else: %v", err)
	}
	for _, statement := range []string{
		`UPDATE payments SET connection_id = NULL, advertiser_id = 1`, `UPDATE payments SET paid_minor = NULL`,
		`UPDATE payments SET label_id = 2`, `UPDATE payments SET amount_minor = 0`,
	} {
		if _, err := w.Owner.Exec(statement); err == nil {
			t.Errorf("psql may: %s", statement)
		}
	}
	must(t, w.Remove(w.user, made.ID))
	if _, err := w.Get(t.Context(), made.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM audit_log WHERE subject = 'payments:1'`); n != 3 {
		t.Errorf("the trail has %d acts", n)
	}
}
