package labels

import (
	"context"
	"crypto"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/seal"
)

func TestLabelsAreKeptWhole(t *testing.T) {
	t.Parallel()
	ctx := pgtest.Acting(context.Background(), "user:1")
	store := NewStore(pgtest.New(t))

	made, err := store.Create(ctx, shop())
	if err != nil {
		t.Fatal(err)
	}
	unset := cmpopts.IgnoreFields(Label{}, "ID", "Version", "CreatedAt")
	if diff := cmp.Diff(shop(), made, unset, cmpopts.IgnoreFields(Sender{}, "ID")); diff != "" {
		t.Error(diff)
	}
	changed, err := store.Update(ctx, made.ID, func(l *Label) error {
		l.Senders = append(l.Senders, Sender{Name: "Shop Reizen", Address: "reizen@shop.nl"})
		l.BlackoutDates, l.QuietFrom, l.QuietUntil = nil, nil, nil
		l.Caps = []Cap{{Scope: PerLabel, Days: 7, AtMost: 2}, {Scope: PerAdvertiser, Days: 30, AtMost: 4}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed.Version != made.Version+1 || changed.Senders[0].ID != made.Senders[0].ID || len(changed.BlackoutDates) != 0 {
		t.Errorf("after the update: %+v", changed)
	}
	byCode, err := store.ByCode(ctx, "shop-nl")
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Label{byCode}, all); diff != "" || !cmp.Equal(byCode, changed) {
		t.Error("read by code, by list and after the update differ", diff)
	}
}

func TestWhatALabelRefuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := NewStore(pgtest.New(t))
	made, err := store.Create(ctx, shop())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Create(ctx, shop()); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same code twice: %v", err)
	}
	if _, err := store.Get(ctx, made.ID+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a label that isn't there: %v", err)
	}
	for what, change := range map[string]func(*Label) error{
		"another code":    func(l *Label) error { l.Code = "other"; return nil },
		"an unknown zone": func(l *Label) error { l.TimeZone = "Mars/Olympus"; return nil },
		"a route that isn't there": func(l *Label) error {
			l.SMTPRouteID = new(RouteID(99))
			return nil
		},
	} {
		if _, err := store.Update(ctx, made.ID, change); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if still, err := store.Get(ctx, made.ID); err != nil || !cmp.Equal(still, made) {
		t.Errorf("a refused update left a trace: %+v, %v", still, err)
	}
}

func TestSharedCaps(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := NewStore(pgtest.New(t))
	want := []Cap{{Scope: AcrossLabels, Days: 1, AtMost: 2}, {Scope: AcrossLabels, Days: 7, AtMost: 5}}
	set := func(caps []Cap) error {
		_, err := store.UpdateSharedCaps(ctx, func([]Cap) ([]Cap, error) { return caps, nil })
		return err
	}
	if err := set(append(want, Cap{Scope: PerLabel, Days: 1, AtMost: 1})); !fault.Is(err, fault.Invalid) {
		t.Errorf("a label's cap across labels: %v", err)
	}
	for _, caps := range [][]Cap{want, want, want[1:]} {
		if err := set(caps); err != nil {
			t.Fatal(err)
		}
		if got, err := store.SharedCaps(ctx); err != nil || !cmp.Equal(got, caps) {
			t.Errorf("got %v, %v; want %v", got, err, caps)
		}
	}
}

func box(t *testing.T) *seal.Box {
	t.Helper()
	b, err := seal.New([]byte("the secret of a test"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoutesKeepPasswordsSealed(t *testing.T) {
	t.Parallel()
	ctx, db := context.Background(), pgtest.New(t)
	store := NewRoutes(db, box(t))
	made, err := store.Create(ctx, Route{
		Name: "relay", Host: "smtp.relay.net", Port: 587, TLS: "starttls", Verify: true,
		Auth: "plain", Username: "shop", Password: "geheim", Connections: 10, MessagesPerConnection: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	var shown bool
	if err := db.Get(&shown, `SELECT position('geheim'::bytea IN password_sealed) > 0 FROM smtp_routes`); err != nil || shown {
		t.Errorf("the base shows the password: %v, %v", shown, err)
	}
	changed, err := store.Update(ctx, made.ID, func(r *Route) error { r.Port = 2525; return nil })
	if err != nil || changed.Version != 2 {
		t.Fatal(changed, err)
	}
	if got, err := store.Get(ctx, made.ID); err != nil || got.Password != "geheim" || got.Port != 2525 {
		t.Errorf("%+v, %v", got, err)
	}
	if list, err := store.List(ctx); err != nil || len(list) != 1 || list[0].Password != "" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := store.Update(ctx, made.ID, func(r *Route) error { r.TLS = "none"; return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("a password in the open: %v", err)
	}
}

func TestOneDKIMKeyOfAnAlgorithmSigns(t *testing.T) {
	t.Parallel()
	ctx, db := context.Background(), pgtest.New(t)
	label, err := NewStore(db).Create(ctx, shop())
	if err != nil {
		t.Fatal(err)
	}
	store := NewDKIMKeys(db, box(t))
	signing := func(want ...string) {
		t.Helper()
		active, err := store.Active(ctx, label.ID)
		var got []string
		for _, k := range active {
			got = append(got, k.Selector)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v sign, not %v: %v", got, want, err)
		}
	}
	made := map[string]DKIMKey{}
	create := func(selector string, algorithm Algorithm) {
		t.Helper()
		key, err := DKIMKeyFrom(label.ID, "shop.nl", selector, algorithm, "")
		if err != nil {
			t.Fatal(err)
		}
		if made[selector], err = store.Create(ctx, key); err != nil {
			t.Fatal(err)
		}
	}
	activate := func(selector string) error {
		_, err := store.Activate(ctx, made[selector].ID)
		return err
	}
	retire := func(selector string) {
		t.Helper()
		if _, err := store.Retire(ctx, made[selector].ID); err != nil {
			t.Fatal(err)
		}
	}
	signing()
	create("keur1", RSA)
	create("keur2", RSA)
	create("second1", Ed25519)
	create("second2", Ed25519)
	if err := activate("second1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a key that most receivers don't verify signs alone: %v", err)
	}
	for _, step := range []struct {
		on   string
		want []string
	}{
		{"keur1", []string{"keur1"}},
		{"second1", []string{"keur1", "second1"}},
		{"keur2", []string{"keur2", "second1"}},
		{"second2", []string{"keur2", "second2"}},
	} {
		if err := activate(step.on); err != nil {
			t.Fatal(err)
		}
		signing(step.want...)
	}
	active, err := store.Active(ctx, label.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range active {
		private, ok := k.Private.(interface{ Equal(crypto.PrivateKey) bool })
		if !ok || !private.Equal(made[k.Selector].Private) {
			t.Errorf("%s came back as another key", k.Selector)
		}
	}
	retire("second2")
	signing("keur2")
	if err := activate("second1"); err != nil {
		t.Fatal(err)
	}
	db.MustExec(`UPDATE dkim_keys SET active = false WHERE selector = 'keur2'`)
	signing() // though with psql the second wasn't switched off along with it
	if err := activate("keur2"); err != nil {
		t.Fatal(err)
	}
	signing("keur2", "second1")
	for _, since := range []string{"keur1", "second2"} { // as from a page that was opened before
		retire(since)
		signing("keur2", "second1")
	}
	retire("keur2")
	signing()
	if list, err := store.List(ctx, label.ID); err != nil || len(list) != 4 {
		t.Errorf("%v, %v", list, err)
	}
}
