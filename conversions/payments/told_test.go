package payments_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"keur/conversions/payments"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/networks"
)

// told has an account's network tell what it pays.
func (w *world) told(by networks.ConnectionID, all ...networks.Payment) {
	w.t.Helper()
	must(w.t, w.Told(pgtest.Acting(w.t.Context(), "system:networks"), by, all))
}

// of returns the payment of a number.
func (w *world) of(number string) payments.Line {
	w.t.Helper()
	list, err := w.List(w.t.Context(), payments.Filter{Label: 1, Number: number}, paging.Ask{})
	must(w.t, err)
	if len(list.Items) != 1 {
		w.t.Fatalf("of %s there are %+v", number, list.Items)
	}
	return list.Items[0]
}

// balance is what an account owes.
func (w *world) balance() payments.Balance {
	w.t.Helper()
	found, err := w.Balances(w.t.Context(), 1)
	must(w.t, err)
	if len(found) != 1 {
		w.t.Fatalf("%+v", found)
	}
	return found[0]
}

// A payment that a network announces is noted, and again as it says that it paid or
// corrects it; what came in a person notes.
func TestPaymentsAreReadAtNetworks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	due, paid := day(-2), day(-1)
	said := networks.Payment{Number: "F-1", Issued: day(-20), Due: &due, Amount: 1_000, Currency: "EUR"}
	w.told(1, said, said)
	p := w.of("F-1")
	if p.Amount != 1_000 || p.CreatedBy != "system:networks" || p.Standing != payments.Late || p.Differs() || p.Version != 1 {
		t.Errorf("announced it is %+v", p)
	}
	if n, err := w.Wanting(t.Context(), 1); err != nil || n != 1 {
		t.Errorf("%d are wanting, %v", n, err)
	}
	said.Amount, said.Paid = 900, &paid
	w.told(1, said)
	p = w.of("F-1")
	if p.Amount != 900 || p.Standing != payments.Told || p.ToldPaid == nil || *p.ToldPaid != paid || p.Differs() {
		t.Errorf("corrected and paid it is %+v", p)
	}
	if n, err := w.Wanting(t.Context(), 1); err != nil || n != 0 {
		t.Errorf("paid, %d are wanting, %v", n, err)
	}
	list, err := w.List(t.Context(), payments.Filter{Label: 1, Standing: payments.Told}, paging.Ask{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("told are %+v, %v", list.Items, err)
	}
	came := int64(880)
	_, err = w.Update(w.user, p.ID, func(p *payments.Payment) error { p.PaidOn, p.Paid = &paid, &came; return nil })
	must(t, err)
	w.told(1, said)
	if p = w.of("F-1"); p.Standing != payments.Short || *p.Paid != 880 {
		t.Errorf("came in it is %+v", p)
	}
	if b := w.balance(); b.Announced != 900 || b.Received != 880 || b.ShortN != 1 || b.LateN != 0 {
		t.Errorf("the account owes %+v", b)
	}
	_, err = w.Update(w.user, p.ID, func(p *payments.Payment) error { p.Number = "F-2"; return nil })
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("its number was changed: %v", err)
	}
}

// What was noted by hand stays; that the network says something else is said. It is
// there once, also where a customer has several sites.
func TestPaymentsNotedAndReadAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Create(w.user, payments.Payment{Label: 1, Connection: 1, Number: "F-1", Issued: day(-30), Amount: 1_000, Currency: "EUR"})
	must(t, err)
	said := networks.Payment{Number: "F-1", Issued: day(-29), Amount: 990, Currency: "EUR"}
	w.told(1, said)
	w.told(2, said) // the other site of the same customer
	p := w.of("F-1")
	if p.Amount != 1_000 || p.Issued != day(-30) || *p.Told != 990 || !p.Differs() || p.CreatedBy != "user:1" {
		t.Errorf("noted and read it is %+v", p)
	}
	if other, err := w.List(t.Context(), payments.Filter{Label: 2}, paging.Ask{}); err != nil || len(other.Items) != 0 {
		t.Errorf("the other site's are %+v, %v", other.Items, err)
	}
	said.Amount = 1_000
	w.told(1, said)
	if p = w.of("F-1"); p.Differs() {
		t.Errorf("corrected there it is %+v", p)
	}
	said.Amount = 1_010 // now it is as the network said before, and follows it
	w.told(1, said)
	if p = w.of("F-1"); p.Amount != 1_010 || p.Differs() {
		t.Errorf("corrected once more it is %+v", p)
	}
	if b := w.balance(); b.Announced != 1_010 {
		t.Errorf("the account owes %+v", b)
	}
}

// In any order and however often the pages of a reading come, the sums are the same.
func TestReadingsInAnyOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dice := rand.New(rand.NewPCG(2, 6))
	all := []networks.Payment{
		{Number: "F-1", Amount: 100}, {Number: "F-2", Amount: 250}, {Number: "F-3", Amount: 3_000}, {Number: "F-4", Amount: 7},
	}
	for i := range all {
		all[i].Issued, all[i].Currency = day(-i-1), "EUR"
	}
	for round := range 8 {
		all[1].Amount = 250 + int64(round)
		pages := append(all[:len(all):len(all)], all[dice.IntN(4)], all[dice.IntN(4)])
		dice.Shuffle(len(pages), func(i, j int) { pages[i], pages[j] = pages[j], pages[i] })
		at := dice.IntN(len(pages))
		w.told(1, pages[:at]...)
		w.told(1, pages[at:]...)
		if b := w.balance(); b.Announced != 3_357+int64(round) {
			t.Fatalf("in round %d the account owes %+v", round, b)
		}
	}
	if p := w.of("F-4"); p.Version != 1 {
		t.Errorf("told the same again, it is %+v", p)
	}
}

// The program writes what networks tell, and no more; people write everything else.
func TestWhatNetworksTellHasWalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.told(1, networks.Payment{Number: "F-1", Issued: day(-20), Amount: 1_000, Currency: "EUR"})
	p := w.of("F-1")
	for name, write := range map[string]struct {
		as        context.Context
		statement string
	}{
		"the program notes what came in": {
			pgtest.Acting(t.Context(), "system:networks"), `UPDATE payments SET paid_on = '2026-11-01', paid_minor = 1000`,
		},
		"the program announces another amount": {pgtest.Acting(t.Context(), "system:networks"), `UPDATE payments SET amount_minor = 2000`},
		"a person tells":                       {w.user, `UPDATE payments SET told_minor = 2000`},
		"nobody tells":                         {t.Context(), `UPDATE payments SET told_minor = 2000, amount_minor = 2000`},
		"nobody corrects":                      {t.Context(), `UPDATE payments SET amount_minor = 2000`},
	} {
		if _, err := runs(write.as, w, write.statement); err == nil {
			t.Errorf("%s: %s", name, write.statement)
		}
	}
	if err := w.Told(t.Context(), 1, []networks.Payment{{Number: "F-2", Issued: day(-1), Amount: 1, Currency: "EUR"}}); err == nil ||
		!strings.Contains(err.Error(), "proof") {
		t.Errorf("nobody tells of a payment: %v", err)
	}
	if now := w.of("F-1"); now.Amount != p.Amount || now.Paid != nil || *now.Told != 1_000 {
		t.Errorf("it is %+v", now)
	}
}

// runs writes a statement of the application as somebody.
func runs(ctx context.Context, w *world, statement string) (n int64, err error) {
	done, err := postgres.Exec(ctx, w.App, statement)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
