package labels

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/changes"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/seal"
)

func TestADirectRouteNamesTheField(t *testing.T) {
	t.Parallel()
	right := Route{Name: "Direct", Kind: Direct, Port: 25, TLS: "opportunistic", Auth: "none", Connections: 10, MessagesPerConnection: 100,
		Sources: Sources{{"198.51.100.7", "mail1.shop.nl"}, {"2a00:1::7", "mail2.shop.nl"}}}
	if err := right.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, sources := range map[string]Sources{
		"no address": {{"mail1.shop.nl", "mail1.shop.nl"}}, "nowhere": {{"0.0.0.0", "mail1.shop.nl"}},
		"a network":    {{"198.51.100.0/24", "a.shop.nl"}},
		"many at once": {{"224.0.0.1", "mail1.shop.nl"}}, "a zone": {{"fe80::1%eth0", "mail1.shop.nl"}}, "no name": {{"198.51.100.7", ""}},
		"twice": {{"198.51.100.7", "a.shop.nl"}, {"::ffff:198.51.100.7", "b.shop.nl"}}, "too many": make(Sources, 65),
	} {
		r := right
		r.Sources = sources
		var e *fault.Error
		if err := r.Validate(); !errors.As(err, &e) || len(e.Details) != 1 || e.Details[0].Path != "sources" {
			t.Errorf("%s: %v", name, err)
		}
	}
	right.Kind = "by hand"
	if err := right.Validate(); !fault.Is(err, fault.Invalid) {
		t.Errorf("another kind: %v", err)
	}
}

// A direct route takes two admins, as does each change of its addresses; what a relay
// has is not kept of it.
func TestADirectRouteTakesTwoAdmins(t *testing.T) {
	t.Parallel()
	b := newBrand(t, 2)
	box, err := seal.New([]byte("a secret of at least thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	routes := NewRoutes(b.App, box)
	requests := changes.NewStore(b.App, clock.NewFake(time.Now()), routes.ChangeKinds())
	confirmed := func(r Route, err error) Route {
		t.Helper()
		if err != nil || r.Change == nil {
			t.Fatal(r.Change, err)
		}
		if _, err := requests.Confirm(b.bob, r.Change.ID); err != nil {
			t.Fatal(err)
		}
		all, err := routes.List(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0]
	}
	r := confirmed(routes.Create(b.anna, Route{
		Name: "Straight", Kind: Direct, Host: "relay.shop.nl", Auth: "plain", Username: "keur", Password: "secret", Connections: 20,
		MessagesPerConnection: 100, Sources: Sources{{"198.51.100.7", "mail1.shop.nl"}},
	}))
	want := Route{ID: r.ID, Name: "Straight", Kind: Direct, Port: 25, TLS: "opportunistic", Auth: "none", Connections: 20,
		MessagesPerConnection: 100, Shaped: true, Sources: Sources{{"198.51.100.7", "mail1.shop.nl"}}, Version: 1}
	if !cmp.Equal(r, want) {
		t.Error(cmp.Diff(want, r))
	}
	moved, err := routes.Update(b.anna, r.ID, func(r *Route) error {
		r.Sources = append(r.Sources, Source{"198.51.100.8", "mail2.shop.nl"})
		return nil
	})
	if said := moved.Change.What.String(); !strings.Contains(said, "198.51.100.8 (mail2.shop.nl)") || len(moved.Sources) != 1 {
		t.Errorf("%s, %v", said, err)
	}
	if r = confirmed(moved, err); len(r.Sources) != 2 {
		t.Errorf("%+v", r.Sources)
	}
	faster, err := routes.Update(b.anna, r.ID, func(r *Route) error { r.Connections = 50; return nil })
	if err != nil || faster.Change != nil {
		t.Errorf("how fast it goes took another admin: %+v, %v", faster.Change, err)
	}
	relay := confirmed(routes.Update(b.anna, r.ID, func(r *Route) error {
		r.Kind, r.Host, r.TLS = Relay, "relay.shop.nl", "starttls"
		return nil
	}))
	if relay.Kind != Relay || len(relay.Sources) != 0 {
		t.Errorf("%+v", relay)
	}
	told, err := routes.Update(b.anna, r.ID, func(r *Route) error { r.Reports = true; return nil })
	if said := told.Change.What.String(); !strings.Contains(said, "reports deliveries true") {
		t.Errorf("%s", said)
	}
	if told = confirmed(told, err); !told.Reports {
		t.Error("that its server posts what becomes of mail isn't kept")
	}
	straight := confirmed(routes.Update(b.anna, r.ID, func(r *Route) error { r.Kind, r.Port = Direct, 25; return nil }))
	if straight.Reports {
		t.Error("nobody posts what becomes of mail that we bring ourselves")
	}
}

func TestSourcesAreTypedLineByLine(t *testing.T) {
	t.Parallel()
	want := Sources{{"198.51.100.7", "mail1.shop.nl"}, {"2a00:1::7", ""}}
	got := SourcesOf("\r\n 198.51.100.7   mail1.shop.nl \r\n2a00:1::7\n\n")
	if !cmp.Equal(got, want) || !cmp.Equal(SourcesOf(got.Typed()), want) {
		t.Errorf("%v", got)
	}
}
