package partnerize_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"keur/networks"
	"keur/networks/partnerize"
	"keur/networks/simulators"
)

var monday = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

// ask returns what Partnerize says of the sales of the last days.
func ask(t *testing.T, server http.Handler, credentials networks.Credentials) networks.Answer {
	t.Helper()
	web := httptest.NewServer(server)
	defer web.Close()
	got, err := partnerize.Adapter{Home: web.URL}.Transactions(t.Context(), &networks.Client{
		Ref: "1l1007802", Credentials: credentials, HTTP: web.Client(), Now: func() time.Time { return monday },
		Spend: func(context.Context) error { return nil },
	}, networks.Question{By: networks.Occurred, From: monday.AddDate(0, 0, -3), Until: monday.AddDate(0, 0, 1), Asked: monday})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A conversion whose items differ is what its items are.
func TestMixedItems(t *testing.T) {
	t.Parallel()
	s := simulators.NewPartnerize(func() time.Time { return monday })
	s.Appear(simulators.Sale{
		Ref: "1001", Programme: "10l176", Sale: 5001, Commission: 251, Word: simulators.Mixed, Voucher: "HERFST", Reason: "returned",
	})
	got := ask(t, s, s.Credentials)
	sums := map[networks.Status][2]int64{}
	for _, r := range got.Reports {
		sums[r.Status] = [2]int64{r.Sale, r.Commission}
		if r.Voucher != "HERFST" || r.Transaction != "1001" || r.Unknown != "" {
			t.Errorf("read %+v", r)
		}
	}
	want := map[networks.Status][2]int64{networks.Approved: {2500, 125}, networks.Declined: {2501, 126}}
	if len(got.Reports) != 2 || sums[networks.Approved] != want[networks.Approved] || sums[networks.Declined] != want[networks.Declined] {
		t.Errorf("its items are %v, not %v", sums, want)
	}
}

// A conversion without items is listed as one that can't be booked.
func TestWithoutItems(t *testing.T) {
	t.Parallel()
	says := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"count": 1, "conversions": [{"conversion_data": {"conversion_id": "1001", "currency": "EUR",
			"conversion_value": {"conversion_status": "approved", "publisher_commission": 2.5}}}]}`))
	})
	if got := ask(t, says, nil); len(got.Reports) != 0 || len(got.Unread) != 1 || got.Unread[0].Ref != "1001" {
		t.Errorf("read %+v", got)
	}
}
