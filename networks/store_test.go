package networks_test

import (
	"context"
	"testing"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/networks"
)

// TestConnectionsAreKept lists and changes them, gives addresses that networks
// call, and lets be read at once what a network tells of.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	d := begin(t, "awin", 0)
	store := networks.NewStore(d.App)
	page, err := store.List(t.Context(), 1, paging.Ask{})
	if err != nil || len(page.Items) != 2 || page.Items[0].Name != "One" {
		t.Fatalf("listed are %+v, %v", page.Items, err)
	}
	if other, err := store.List(t.Context(), 2, paging.Ask{}); err != nil || len(other.Items) != 0 {
		t.Errorf("of another label: %+v, %v", other.Items, err)
	}
	change := func(how func(*networks.Connection)) error {
		_, err := store.Update(d.user, 1, func(c *networks.Connection) error { how(c); return nil })
		return err
	}
	for want, err := range map[string]error{
		"networks.identity_stays": change(func(c *networks.Connection) { c.Network = "cj" }),
		"input.invalid":           change(func(c *networks.Connection) { c.Name = "" }),
	} {
		if err == nil || words.OfError(err).Key != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := change(func(c *networks.Connection) { c.Name = "Two" }); !fault.Is(err, fault.Conflict) {
		t.Errorf("two of one name: %v", err)
	}
	if err := change(func(c *networks.Connection) { c.Name = "Awin NL" }); err != nil {
		t.Error(err)
	}
	if _, err := store.Update(d.user, 9, func(*networks.Connection) error { return nil }); !fault.Is(err, fault.NotFound) {
		t.Errorf("one that isn't there: %v", err)
	}
	d.called(t, store)
	d.readNow(t)
}

// called gives the first connection an address, and another after it.
func (d *desk) called(t *testing.T, store *networks.Store) {
	t.Helper()
	first, err := store.NewPostback(d.user, 1)
	if err != nil {
		t.Fatal(err)
	}
	second, err := store.NewPostback(d.user, 1)
	if err != nil || second == first {
		t.Fatalf("the second secret is the first: %v", err)
	}
	if c, err := store.ByPostback(t.Context(), second); err != nil || c.ID != 1 {
		t.Errorf("it leads to connection %d, %v", c.ID, err)
	}
	for _, secret := range []string{first, "", second + "x"} {
		if _, err := store.ByPostback(t.Context(), secret); !fault.Is(err, fault.NotFound) {
			t.Errorf("another secret leads somewhere: %v", err)
		}
	}
	if _, err := store.NewPostback(d.user, 9); !fault.Is(err, fault.NotFound) {
		t.Errorf("an address of no connection: %v", err)
	}
}

// readNow has programmes and material be due at once, of a connection that can be
// asked.
func (d *desk) readNow(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(d.user)
	for name, now := range map[string]func(context.Context, networks.ConnectionID) error{
		"programmes": d.ProgrammesNow, "material": d.MaterialNow,
	} {
		if err := now(ctx, 2); err == nil {
			t.Errorf("%s are read without credentials", name)
		}
		if err := now(ctx, 9); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s are read of no connection: %v", name, err)
		}
		if err := now(ctx, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	state, err := d.State(ctx, 1)
	if err != nil || !state.Ready {
		t.Fatalf("%+v, %v", state, err)
	}
	due := 0
	for _, s := range state.Sweeps {
		if (s.Sweep == "programmes" || s.Sweep == "material") && !s.Due.After(d.clock.Now()) {
			due++
		}
	}
	if due != 2 {
		t.Errorf("due are %+v", state.Sweeps)
	}
	d.Adapters["awin"] = only{d.Adapters["awin"]}
	if err := d.ProgrammesNow(ctx, 1); words.OfError(err).Key != "networks.no_programmes" {
		t.Errorf("of a network that tells of none: %v", err)
	}
	if err := d.MaterialNow(ctx, 1); words.OfError(err).Key != "networks.no_material" {
		t.Errorf("of a network that tells of none: %v", err)
	}
}

// only is an adapter of a network that tells of transactions alone.
type only struct{ networks.Adapter }
