package cj_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"keur/networks"
	"keur/networks/cj"
	"keur/networks/simulators"
)

var monday = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

// ask returns what CJ says of the sales of the last days.
func ask(t *testing.T, server http.Handler, credentials networks.Credentials, ref string) (networks.Answer, error) {
	t.Helper()
	web := httptest.NewServer(server)
	defer web.Close()
	return cj.Adapter{Home: web.URL}.Transactions(t.Context(), &networks.Client{
		Ref: ref, Credentials: credentials, HTTP: web.Client(), Now: func() time.Time { return monday },
		Spend: func(context.Context) error { return nil },
	}, networks.Question{By: networks.Occurred, From: monday.AddDate(0, 0, -3), Until: monday.AddDate(0, 0, 1), Asked: monday})
}

// What nobody validates is good once it is locked. Closed is an end, and says
// neither that it is paid nor that it was declined.
func TestWhatLocksByItself(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]struct {
		status  networks.Status
		unknown string
		decided bool
	}{
		"AUTOMATED/new":      {networks.Pending, "", false},
		"AUTOMATED/extended": {networks.Pending, "", false},
		"AUTOMATED/LOCKED":   {networks.Approved, "", true},
		"AUTOMATED/closed":   {networks.Approved, "", true},
		"AUTOMATED/reversed": {networks.Pending, "reversed", false},
		"PENDING/locked":     {networks.Pending, "", true},
		"ACCEPTED/new":       {networks.Approved, "", false},
		"DECLINED/closed":    {networks.Declined, "", true},
		"/closed":            {networks.Pending, "?", true}, // two clients read it in two ways
	} {
		s := simulators.NewCJ(func() time.Time { return monday })
		s.Appear(simulators.Sale{Ref: "1001", Programme: "15883", Sale: 1000, Commission: 50, Word: word})
		got, err := ask(t, s, s.Credentials, s.Ref)
		if err != nil || len(got.Reports) != 1 {
			t.Fatalf("%s: %+v, %v", word, got, err)
		}
		r := got.Reports[0]
		if r.Status != want.status || r.Unknown != want.unknown || r.Paid != nil || (r.Validated != nil) != want.decided {
			t.Errorf("%s is %s, %q, paid %v, decided %v", word, r.Status, r.Unknown, r.Paid, r.Validated)
		}
	}
}

// A sale that is amended is three records: what was, that taken back, and what
// is. Only the first counts as a sale, and together they are what it is.
func TestCorrectionsAddUp(t *testing.T) {
	t.Parallel()
	s := simulators.NewCJ(func() time.Time { return monday })
	s.Appear(simulators.Sale{Ref: "1001", Programme: "15883", Sale: 5000, Commission: 250})
	s.Amend("1001", 4000, 200)
	got, err := ask(t, s, s.Credentials, s.Ref)
	if err != nil {
		t.Fatal(err)
	}
	var corrections, sale, commission int64
	parts := map[networks.Key]bool{}
	for _, r := range got.Reports {
		if parts[r.Key()] = true; r.Correction {
			corrections++
		}
		sale, commission = sale+r.Sale, commission+r.Commission
	}
	if len(parts) != 3 || corrections != 2 || sale != 4000 || commission != 200 {
		t.Errorf("%d parts, %d corrections, %d and %d", len(parts), corrections, sale, commission)
	}
}

// Where nobody said what the account's currency is, amounts are those in dollars.
func TestWithoutACurrencyItIsDollars(t *testing.T) {
	t.Parallel()
	s := simulators.NewCJ(func() time.Time { return monday })
	s.Appear(simulators.Sale{Ref: "1001", Programme: "15883", Sale: 5000, Commission: 250})
	credentials := maps.Clone(s.Credentials)
	delete(credentials, "currency")
	got, err := ask(t, s, credentials, s.Ref)
	if err != nil || len(got.Reports) != 1 || got.Reports[0].Currency != "USD" || got.Reports[0].Commission != 500 {
		t.Errorf("read %+v, %v", got.Reports, err)
	}
}

// Another publisher's account is refused, and no answer without an end is read.
func TestWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	s := simulators.NewCJ(func() time.Time { return monday })
	if _, err := ask(t, s, s.Credentials, "1"); !networks.IsRefused(err) {
		t.Errorf("asked for another publisher: %v", err)
	}
	for _, body := range []string{
		`{}`, `{"data": null}`, `{"data": {"publisherCommissions": null}}`,
		`{"data": {"publisherCommissions": {"payloadComplete": false, "maxCommissionId": null, "records": []}}}`,
	} {
		says := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		if got, err := ask(t, says, s.Credentials, s.Ref); err == nil {
			t.Errorf("%s is %+v", body, got)
		}
	}
}
