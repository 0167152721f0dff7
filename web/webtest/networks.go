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
	"keur/networks/material"
	"keur/networks/programmes"
	"keur/networks/simulators"
)

// fakePoller asks networks of ours, on loopback. Awin lists two programmes.
func fakePoller(t *testing.T, w *approvaltest.World) *networks.Poller {
	t.Helper()
	theirs := simulators.NewAwin(w.Clock.Now)
	theirs.Offer(simulators.Offer{
		Ref: "4711", Name: "Zonvakantie NL", Days: 45, Points: 92_50, EPC: 34,
		Groups: []simulators.Group{{Ref: "1", Name: "Default", Points: 5_00}, {Ref: "2", Name: "Lead", Cents: 3_00}},
	})
	theirs.Offer(simulators.Offer{Ref: "4712", Name: "Bergen en dalen", Relation: networks.Applied})
	listings := &programmes.Recorder{DB: w.DB, Clock: w.Clock, Notices: w.Notices, DeskURL: "http://desk.example"}
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
		Adapters:  map[string]networks.Adapter{"awin": awin.Adapter{Home: home(theirs)}, "daisycon": con},
		Record:    func(context.Context, networks.ConnectionID, []networks.Report) error { return nil },
		Catalogue: listings.Record, Material: (&material.Recorder{DB: w.DB, Clock: w.Clock}).Record,
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

// Listed has a connection's network list programmes, and no others.
func Listed(d *Desk, by networks.ConnectionID, all ...networks.Programme) {
	d.T.Helper()
	var page networks.Catalogue
	for _, p := range all {
		page.Take(p, &networks.Reader{})
	}
	recorder := &programmes.Recorder{DB: d.DB, Clock: d.Clock, Notices: d.Notices, DeskURL: "http://desk.example"}
	ctx := pgtest.Acting(d.T.Context(), "system:networks")
	if err := recorder.Record(ctx, networks.Reading{Connection: by, Began: d.Clock.Now(), Last: true}, page); err != nil {
		d.T.Fatal(err)
	}
}
