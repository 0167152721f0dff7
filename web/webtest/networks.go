package webtest

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"keur/approval/approvaltest"
	"keur/conversions"
	"keur/internal/pgtest"
	"keur/networks"
	"keur/networks/awin"
	"keur/networks/daisycon"
	"keur/networks/simulators"
)

// fakePoller asks networks of ours, on loopback.
func fakePoller(t *testing.T, w *approvaltest.World) *networks.Poller {
	t.Helper()
	home := func(network http.Handler) string {
		server := httptest.NewServer(network)
		t.Cleanup(server.Close)
		return server.URL
	}
	at := home(simulators.NewDaisycon(w.Clock.Now))
	con, err := daisycon.At(at, at)
	if err != nil {
		t.Fatal(err)
	}
	return networks.NewPoller(networks.PollerParts{
		DB: w.DB, Box: w.Box, Clock: w.Clock, Log: slog.New(slog.DiscardHandler), Web: http.DefaultTransport,
		Adapters: map[string]networks.Adapter{"awin": awin.Adapter{Home: home(simulators.NewAwin(w.Clock.Now))}, "daisycon": con},
		Record:   func(context.Context, networks.ConnectionID, []networks.Report) error { return nil },
	})
}

// Sold has a connection's network report sales; what a report leaves out is that
// of a sale that was made just now.
func Sold(d *Desk, by networks.ConnectionID, reports ...networks.Report) {
	d.T.Helper()
	for i := range reports {
		r := &reports[i]
		r.Status, r.Currency = cmp.Or(r.Status, networks.Pending), cmp.Or(r.Currency, "EUR")
		if r.At.IsZero() {
			r.At = d.Clock.Now()
		}
		if r.Occurred.IsZero() {
			r.Occurred = d.Clock.Now()
		}
	}
	if _, err := d.Deps.Conversions.Record(pgtest.Acting(d.T.Context(), "system:networks"), by, conversions.ByPoll, reports); err != nil {
		d.T.Fatal(err)
	}
}
