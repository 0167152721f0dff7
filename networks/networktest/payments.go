package networktest

import (
	"errors"
	"testing"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/networks"
	"keur/networks/simulators"
)

// paid asks for all payments of the last weeks, page by page.
func (a *account) paid(t *testing.T, from networks.Payer) (all networks.Statement, err error) {
	t.Helper()
	now := a.clock.Now()
	q := networks.Question{By: networks.Occurred, From: now.AddDate(0, 0, -28), Until: now, Asked: now}
	for range 100 {
		page, err := from.Payments(t.Context(), a.client, q)
		if err != nil {
			return all, err
		}
		all.Payments, all.Unread = append(all.Payments, page.Payments...), append(all.Unread, page.Unread...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all, nil
		}
	}
	return all, errors.New("a hundred pages, and no end of them")
}

// Where a network tells what it pays, all of it comes, without tax and by its own
// days; what changes is told anew, and an error is no empty list.
func payments(t *testing.T, a *account) {
	from, is := a.Adapter.(networks.Payer)
	if is != a.Capabilities().Payments {
		t.Fatalf("it tells what it pays: %t, and can be asked for it: %t", a.Capabilities().Payments, is)
	}
	if !is {
		return
	}
	if got, err := a.paid(t, from); err != nil || len(got.Payments)+len(got.Unread) > 0 {
		t.Errorf("of nothing it says %+v, %v", got, err)
	}
	issued := begun.AddDate(0, 0, -9)
	one := simulators.Payment{Number: "F-1", Amount: 99_99, Tax: 21_00, Issued: issued}
	a.Bill(one)
	a.Bill(simulators.Payment{Number: "F-2", Amount: 50_00, Issued: issued, Paid: issued.AddDate(0, 0, 7)})
	a.Bill(simulators.Payment{Number: "F-3", Amount: 50_00, Issued: issued, Broken: true})
	a.Bill(simulators.Payment{Number: "F-4", Amount: -50_00, Issued: issued})
	a.Bill(simulators.Payment{Number: "F-5", Amount: 30_00, Issued: begun.AddDate(0, 0, -60)})
	for range 2 {
		got, err := a.paid(t, from)
		if err != nil || len(got.Payments) != 2 || len(got.Unread) != 2 || got.Unread[0].Ref != "F-3" || got.Unread[1].Ref != "F-4" {
			t.Fatalf("of four it says %+v, %v", got, err)
		}
		day := civil.DateOf(issued)
		first, second := got.Payments[0], got.Payments[1]
		if first.Number != "F-1" || first.Amount != 99_99 || first.Currency != "EUR" || first.Issued != day || first.Due != nil ||
			first.Paid != nil || len(first.Raw) == 0 {
			t.Errorf("F-1 is %+v", first)
		}
		if second.Paid == nil || *second.Paid != day.AddDays(7) {
			t.Errorf("F-2 is %+v", second)
		}
	}
	one.Amount, one.Paid = 89_99, begun.AddDate(0, 0, -1)
	a.Bill(one)
	if got, err := a.paid(t, from); err != nil || got.Payments[0].Amount != 89_99 || got.Payments[0].Paid == nil {
		t.Errorf("changed, it is %+v, %v", got.Payments, err)
	}
	a.Coming(simulators.Forgets)
	if got, err := a.paid(t, from); err != nil || len(got.Payments) != 2 {
		t.Errorf("after the session was lost it says %+v, %v", got.Payments, err)
	}
	for _, wrong := range []simulators.Mischief{simulators.Stumbles, simulators.Mumbles, simulators.Blunders} {
		a.Coming(wrong)
		got, err := a.paid(t, from)
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("when it %s, it says %d payments, %v", wrong, len(got.Payments), err)
		}
		a.leaks(t, err)
	}
	a.clock.Add(time.Hour)
	a.Coming(simulators.Throttles)
	if _, err := a.paid(t, from); err == nil {
		t.Error("what is beyond the limit is an answer")
	} else if _, waits := networks.AsWait(err); !waits {
		t.Errorf("told to wait, it says %v", err)
	}
}
