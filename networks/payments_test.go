package networks_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"keur/internal/fault/faulttest"
	"keur/networks"
	"keur/networks/simulators"
)

// pays takes in what the network pays, the newest of each number.
func (d *desk) pays(_ context.Context, by networks.ConnectionID, all []networks.Payment) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range all {
		if d.paid == nil {
			d.paid = map[string]networks.Payment{}
		}
		if by == 1 {
			d.paid[p.Number] = p
		}
	}
	return nil
}

// Payments are read daily, a year back the first time and half a year each further one:
// what is paid months later shows.
func TestPaymentsAreAskedForDaily(t *testing.T) {
	t.Parallel()
	d := begin(t, "tradetracker", 0)
	at := d.clock.Now()
	d.server.Bill(simulators.Payment{Number: "F-1", Amount: 10_00, Issued: at.AddDate(0, 0, -390)})
	d.server.Bill(simulators.Payment{Number: "F-2", Amount: 20_00, Issued: at.AddDate(0, 0, -100)})
	d.server.Bill(simulators.Payment{Number: "F-3", Amount: 30_00, Issued: at.AddDate(0, 0, -500)})
	d.pass(t, 5)
	if d.paid["F-1"].Amount != 10_00 || d.paid["F-2"].Paid != nil || len(d.paid) != 2 {
		t.Errorf("at first it pays %+v", d.paid)
	}
	d.server.Bill(simulators.Payment{Number: "F-2", Amount: 20_00, Issued: at.AddDate(0, 0, -100), Paid: at})
	d.clock.Add(26 * time.Hour)
	d.pass(t, 3)
	if p := d.paid["F-2"]; p.Paid == nil {
		t.Errorf("a day later it pays %+v", p)
	}
	state, err := d.State(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range state.Sweeps {
		if s.Sweep == "payments" && s.Covered != nil && s.Failures == 0 {
			return
		}
	}
	t.Errorf("its sweeps are %+v", state.Sweeps)
}

// A payment in what is no currency is unread: it couldn't be kept, nor what comes after.
func TestPaymentsOfNoCurrencyAreUnread(t *testing.T) {
	t.Parallel()
	var page networks.Statement
	for _, currency := range []string{"EUR", "eur", "euro", ""} {
		page.Take(networks.Payment{Number: "F-1", Amount: 10_00, Currency: currency}, &networks.Reader{})
	}
	if len(page.Payments) != 1 || len(page.Unread) != 3 || !slices.Equal(faulttest.Paths(page.Unread[0].Err), []string{"currency"}) {
		t.Errorf("taken %+v, unread %+v", page.Payments, page.Unread)
	}
}
