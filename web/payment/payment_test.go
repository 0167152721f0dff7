package payment_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/internal/civil"
	"keur/networks"
	"keur/web/webtest"
)

// sold is a desk with an account at Awin, by which two sales were approved.
func sold(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 2)
	_, err := d.Deps.Connections.Create(approvaltest.As(d.Users["admin"]), networks.Connection{
		LabelID: d.Label.ID, Network: "awin", Name: "Awin NL", Publisher: "45628",
	})
	if err != nil {
		t.Fatal(err)
	}
	for ref, months := range map[string]int{"T-1": -1, "T-2": -5} {
		at := d.Clock.Now().AddDate(0, months, 0)
		webtest.Sold(d, 1, networks.Report{
			Transaction: ref, Programme: d.Programme.Ref, Status: networks.Approved, Sale: 10_000, Commission: 500, At: at, Occurred: at,
		})
	}
	return d
}

func says(t *testing.T, page webtest.Response, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			t.Errorf("the page doesn't say %q: %d", text, page.Status)
		}
	}
}

// Who bills notes what a network pays, sees what is owed, late and short, and takes
// a mistake out; nobody else does.
func TestPaymentsAtTheDesk(t *testing.T) {
	t.Parallel()
	d := sold(t)
	s := d.As("finance")
	says(t, s.Get("/payments?label=nl"), "Awin NL", "€10.00", "No payment was noted yet")
	says(t, s.Get("/payments/owed?label=nl"), d.Advertiser.Name, "€5.00")
	form := url.Values{
		"payer": {"network:1"}, "number": {"2026-10"}, "issued_on": {"2026-10-01"}, "due_on": {"2026-10-31"}, "amount_minor": {"8.00"},
		"currency": {"EUR"},
	}
	wrong := url.Values{"number": {"2026-10"}, "issued_on": {"2026-10-01"}, "amount_minor": {"eight"}, "currency": {"EUR"}}
	if r := s.Post("/payments/new?label=nl", wrong); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "Choose who pays") || !strings.Contains(r.Body, "eight") {
		t.Errorf("a wrong form: %d", r.Status)
	}
	if r := s.Post("/payments/new?label=nl", form); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says(t, s.Get("/payments?label=nl&standing=late"), "2026-10", "1 late")
	says(t, s.Get("/"), "late or short")
	form.Set("version", "1")
	form.Set("paid_on", "2026-11-02")
	form.Set("paid_minor", "7.50")
	if r := s.Post("/payments/1", form); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := s.Post("/payments/1", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Somebody changed it") {
		t.Errorf("on what was changed meanwhile: %d", r.Status)
	}
	says(t, s.Get("/payments/1"), "short", "€0.50", `value="7.50"`)
	says(t, s.Get("/payments?label=nl&format=csv"), "2026-10", "7.50", "short")
	says(t, s.Get("/payments?label=nl"), "€2.50", "1 short")
	if r := d.As("planner").Get("/payments?label=nl"); r.Status != http.StatusForbidden {
		t.Errorf("a planner: %d", r.Status)
	}
	if r := s.Post("/payments/1/remove", nil); r.Status != http.StatusSeeOther {
		t.Errorf("removed: %d", r.Status)
	}
	if page := s.Get("/payments?label=nl"); strings.Contains(page.Body, "2026-10") {
		t.Error("it is still there")
	}
}

// What the network tells of a payment stands beside what is noted here.
func TestPaymentsReadAtTheNetwork(t *testing.T) {
	t.Parallel()
	d := sold(t)
	s := d.As("finance")
	webtest.Paid(d, 1, networks.Payment{Number: "F-1", Issued: civil.Date{Year: 2026, Month: 10, Day: 1}, Amount: 800, Currency: "EUR"})
	says(t, s.Get("/payments/1"), "F-1", "The network says of it: €8.00", "say yet that it paid", "expected")
	paid := civil.Date{Year: 2026, Month: 11, Day: 3}
	webtest.Paid(d, 1, networks.Payment{
		Number: "F-1", Issued: civil.Date{Year: 2026, Month: 10, Day: 1}, Amount: 800, Currency: "EUR", Paid: &paid,
	})
	says(t, s.Get("/payments/1"), "paid, says the network", "it paid on", "2026")
	says(t, s.Get("/payments?label=nl&standing=told"), "F-1")
	form := url.Values{
		"number": {"F-1"}, "issued_on": {"2026-10-01"}, "amount_minor": {"9.00"}, "currency": {"EUR"}, "version": {"2"},
	}
	if r := s.Post("/payments/1", form); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says(t, s.Get("/payments?label=nl"), "the network says €8.00")
	form.Set("number", "F-2")
	form.Set("version", "3")
	if r := s.Post("/payments/1", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "keeps its number") {
		t.Errorf("another number: %d", r.Status)
	}
}

func TestLookAtPayments(t *testing.T) {
	t.Parallel()
	d := sold(t)
	s := d.As("finance")
	d.Look("finance", "payments-new", "/payments/new?label=nl")
	for number, payer := range map[string]string{"2026-10": "network:1", "INV-31": "advertiser:" + webtest.Itoa(d.Advertiser.ID)} {
		s.Post("/payments/new?label=nl", url.Values{
			"payer": {payer}, "number": {number}, "issued_on": {"2026-10-01"}, "due_on": {"2026-10-31"}, "amount_minor": {"8.00"},
			"currency": {"EUR"},
		})
	}
	d.Look("finance", "payments", "/payments?label=nl")
	d.Look("finance", "payments-owed", "/payments/owed?label=nl")
	d.Look("finance", "payment", "/payments/1")
	told := civil.Date{Year: 2026, Month: 11, Day: 3}
	webtest.Paid(d, 1, networks.Payment{
		Number: "F-204113", Issued: civil.Date{Year: 2026, Month: 10, Day: 15}, Amount: 12_50, Currency: "EUR", Paid: &told,
	})
	d.Look("finance", "payments-told", "/payments?label=nl")
	d.Look("finance", "payment-told", "/payments/3")
}
