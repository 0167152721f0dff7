package api

import (
	"strings"
	"testing"
	"time"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"

	"github.com/prometheus/client_golang/prometheus"
)

func TestEveryAnswerSaysThatMailIsCaught(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	now := clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	d.deps.Clock, d.deps.Metrics = now, prometheus.NewRegistry()
	d.open()
	warning := func() string { return d.call("", "GET", "/healthz", "").header.Get("Keur-Warning") }
	if said := warning(); !strings.Contains(said, "2; their mail is caught") {
		t.Errorf("two labels have no route, and the API says %q", said)
	}
	route, err := d.deps.Routes.Create(pgtest.Acting(t.Context(), "console:test"), labels.Route{
		Name: "relay", Host: "relay.example", Port: 587, TLS: "starttls", Verify: true, Auth: "none", Connections: 10,
		MessagesPerConnection: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []labels.Label{d.label, d.other} {
		if _, err := d.deps.Labels.Update(pgtest.Acting(t.Context(), "console:test"), l.ID, func(l *labels.Label) error {
			l.SMTPRouteID = &route.ID
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	now.Add(time.Minute)
	if said := warning(); said != "" {
		t.Errorf("all labels have a route, and the API says %q", said)
	}
}
