package api

import (
	"strings"
	"testing"
	"time"

	"keur/internal/clock"
	"keur/labels"
)

func TestEveryAnswerSaysThatMailIsCaught(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	now := clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	d.deps.Clock = now
	door := &door{Deps: d.deps}
	if said := door.capturing(t.Context()); !strings.Contains(said, "2; their mail is caught") {
		t.Errorf("two labels have no route, and the API says %q", said)
	}
	if got := d.call("", "GET", "/healthz", ""); got.header.Get("Keur-Warning") == "" {
		t.Error("an answer doesn't say that mail is caught")
	}
	route, err := d.deps.Routes.Create(t.Context(), labels.Route{
		Name: "relay", Host: "relay.example", Port: 587, TLS: "starttls", Verify: true, Auth: "none", Connections: 10, MessagesPerConnection: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []labels.Label{d.label, d.other} {
		if _, err := d.deps.Labels.Update(t.Context(), l.ID, func(l *labels.Label) error {
			l.SMTPRouteID = &route.ID
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	now.Set(now.Now().Add(capturedFor))
	if said := door.capturing(t.Context()); said != "" {
		t.Errorf("all labels have a route, and the API says %q", said)
	}
}
