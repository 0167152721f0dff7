package payments

import (
	"testing"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
)

var today = civil.Date{Year: 2026, Month: 11, Day: 20}

func payment(change ...func(*Payment)) Payment {
	p := Payment{Connection: 1, Number: "2026-10", Issued: today.AddDays(-20), Amount: 10_000, Currency: "EUR"}
	for _, c := range change {
		c(&p)
	}
	return p
}

func came(minor int64) func(*Payment) {
	return func(p *Payment) { p.PaidOn, p.Paid = &today, &minor }
}

func due(days int) func(*Payment) {
	return func(p *Payment) { day := today.AddDays(days); p.Due = &day }
}

func TestHowAPaymentStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payment Payment
		want    Standing
		missing int64
	}{
		"without a day":  {payment(), Expected, 0},
		"due today":      {payment(due(0)), Expected, 0},
		"due yesterday":  {payment(due(-1)), Late, 0},
		"less came in":   {payment(due(-1), came(9_999)), Short, 1},
		"all came in":    {payment(due(-1), came(10_000)), Whole, 0},
		"more came in":   {payment(came(10_001)), Whole, 0},
		"came in before": {payment(due(5), came(10_000)), Whole, 0},
	} {
		if got := c.payment.StandingOn(today); got != c.want || c.payment.Missing() != c.missing {
			t.Errorf("%s: %s, %d missing", name, got, c.payment.Missing())
		}
	}
}

func TestPaymentsAreChecked(t *testing.T) {
	t.Parallel()
	if err := payment(due(3), came(1)).Validate(); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(*Payment){
		"connection_id": func(p *Payment) { p.Advertiser = 1 },
		"number":        func(p *Payment) { p.Number = "" },
		"issued_on":     func(p *Payment) { p.Issued = civil.Date{} },
		"due_on":        due(-21),
		"amount_minor":  func(p *Payment) { p.Amount = 0 },
		"currency":      func(p *Payment) { p.Currency = "€" },
		"paid_minor":    func(p *Payment) { p.PaidOn = &today },
		"note":          func(p *Payment) { p.Note = "a\nb" },
	} {
		err := payment(change).Validate()
		if !fault.Is(err, fault.Invalid) || err.(*fault.Error).Details[0].Path != field { //nolint:errorlint // it is one
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A month's commission waits from the end of the month on.
func TestAges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var a Age
	for month, minor := range map[time.Month]int64{11: 1, 10: 10, 9: 100, 8: 1_000, 7: 10_000} {
		a.take(time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC), minor, now)
	}
	if a.Within30 != 11 || a.Within60 != 100 || a.Within90 != 1_000 || a.Older != 10_000 || a.Oldest != "2026-07" || a.Sum() != 11_111 {
		t.Errorf("%+v", a)
	}
}
