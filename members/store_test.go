package members

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
)

// desk is a base with two labels and the store over it, which has to manage with
// one connection.
type desk struct {
	*Store
	db     *sqlx.DB
	owner  *sqlx.DB
	clock  *clock.Fake
	nl, de labels.ID
	reason string // why members are erased
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := pgtest.Database(t)
	d := &desk{db: db.App, owner: db.Owner, clock: clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))}
	postgres.Limit(d.db, 1)
	d.Store = NewStore(d.db, d.clock, []byte("erasure key of a test"))
	d.nl, d.de = labels.ID(pgtest.Label(t, d.db, "nl")), labels.ID(pgtest.Label(t, d.db, "de"))
	return d
}

func consent(at time.Time) Consent {
	return Consent{Kind: MailConsent, Given: true, At: at, Statement: "Ja, stuur mij acties", Version: "3", Source: "form", IP: "192.0.2.7"}
}

func TestCreateAndPatch(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	for name, typ := range map[string]Type{"city": Text, "points": Number, "birth_date": Date, "vip": Bool, "interests": Set} {
		if _, err := d.Declare(ctx, d.nl, name, typ); err != nil {
			t.Fatal(err)
		}
	}
	m, err := d.Create(ctx, Newcomer{
		Label: d.nl, Address: "Jan@Müller.de", Source: "form", TimeZone: "Europe/Berlin",
		Attributes: map[string]any{"city": "Utrecht", "points": 12.5, "birth_date": "1980-02-29", "vip": true,
			"interests": []any{"reizen", "wijn", "reizen"}},
		Consents: []Consent{consent(d.clock.Now())},
	})
	if err != nil {
		t.Fatal(err)
	}
	empty := ""
	if err := d.Patch(ctx, d.nl, m.ID, Patch{Attributes: map[string]any{"points": nil, "vip": false}, TimeZone: &empty}); err != nil {
		t.Fatal(err)
	}
	found, err := d.Find(ctx, "JAN@müller.DE")
	if err != nil {
		t.Fatal(err)
	}
	ms, _ := found.Under(d.nl)
	want := map[string]any{"city": "Utrecht", "birth_date": "1980-02-29", "vip": false, "interests": []string{"reizen", "wijn"}}
	if diff := cmp.Diff(want, ms.Attributes); diff != "" || !ms.MailConsent || ms.TimeZone != "" ||
		found.Address != "Jan@xn--mller-kva.de" {
		t.Errorf("%+v %s", found, diff)
	}
	if _, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "jan@müller.de"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same member again: %v", err)
	}
	if other, err := d.Create(ctx, Newcomer{Label: d.de, Address: "jan@müller.de"}); err != nil || other.ID != m.ID ||
		len(other.Memberships) != 2 {
		t.Errorf("under the other label: %+v, %v", other, err)
	}
	if err := d.Patch(ctx, d.nl, m.ID, Patch{Attributes: map[string]any{"points": "many", "shoe": 3}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("wrong attributes: %v", err)
	}
	if err := d.Patch(ctx, d.nl, m.ID+99, Patch{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestDeclare(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	for name, want := range map[string]string{"first_name": "t5", "gender": "t1"} {
		if a, err := d.Declare(ctx, d.nl, name, Text); err != nil || a.Slot != want {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	if a, err := d.Declare(ctx, d.nl, "gender", Text); err != nil || a.Slot != "t1" {
		t.Errorf("again: %+v, %v", a, err)
	}
	_, asNumber := d.Declare(ctx, d.nl, "gender", Number)
	_, badName := d.Declare(ctx, d.nl, "t1; DROP TABLE members", Text)
	if !fault.Is(asNumber, fault.Invalid) || !fault.Is(badName, fault.Invalid) {
		t.Errorf("%v, %v", asNumber, badName)
	}
	for i := range 6 {
		if _, err := d.Declare(ctx, d.nl, "set_"+string(rune('a'+i)), Set); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Declare(ctx, d.nl, "one_more", Set); !fault.Is(err, fault.Conflict) {
		t.Errorf("a seventh set: %v", err)
	}
}

func TestUnsubscribeRules(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "a@x.nl", Consents: []Consent{consent(d.clock.Now().Add(-time.Hour))}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Suppress(ctx, nil, m.ID, d.nl, Unsubscribe, "one-click", nil); err != nil {
		t.Fatal(err)
	}
	late := consent(d.clock.Now().Add(-time.Minute))
	late.Label = d.nl
	if err := NewConsents(d.Store).Record(ctx, nil, m.ID, late); err != nil {
		t.Fatal(err)
	}
	mailable := func() bool {
		t.Helper()
		m, err := d.Get(ctx, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		ms, _ := m.Under(d.nl)
		return ms.MailConsent
	}
	if mailable() {
		t.Error("an older consent that was recorded late undid the withdrawal")
	}
	if err := d.Lift(ctx, nil, m.ID, d.nl, Unsubscribe); err != nil || mailable() {
		t.Errorf("lifting alone: %v", err)
	}
	late.At = d.clock.Now().Add(time.Minute)
	if err := NewConsents(d.Store).Record(ctx, nil, m.ID, late); err != nil || !mailable() {
		t.Errorf("a newer consent: %v", err)
	}
	if err := d.Lift(ctx, nil, m.ID, d.nl, Unsubscribe); !fault.Is(err, fault.NotFound) {
		t.Errorf("lifted twice: %v", err)
	}
	d.clock.Add(2 * time.Minute)
	for range 2 { // agreed anew while a suppression stands, and unsubscribed again
		if err := d.Suppress(ctx, nil, m.ID, d.nl, Unsubscribe, "one-click", nil); err != nil || mailable() {
			t.Errorf("unsubscribed again: %v", err)
		}
		d.clock.Add(time.Minute)
		late.At = d.clock.Now()
		if err := NewConsents(d.Store).Record(ctx, nil, m.ID, late); err != nil || !mailable() {
			t.Errorf("agreed anew: %v", err)
		}
	}
	if err := d.Lift(ctx, nil, m.ID, d.nl, Unsubscribe); err != nil {
		t.Fatal(err)
	}
	late.Statement = ""
	if err := NewConsents(d.Store).Record(ctx, nil, m.ID, late); !fault.Is(err, fault.Invalid) {
		t.Errorf("without proof: %v", err)
	}
	if _, err := d.owner.Exec(`DELETE FROM consents`); err == nil {
		t.Error("the history could be deleted")
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "a@x.nl"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.AddTopic(ctx, d.nl, Topic{"travel", "Reizen"}); err != nil {
		t.Fatal(err)
	}
	two := 2
	if err := d.SetPreferences(ctx, m.ID, Preferences{Label: d.nl, OffTopics: []string{"travel"}, PerWeek: &two}); err != nil {
		t.Fatal(err)
	}
	if p, err := d.Preferences(ctx, d.nl, m.ID); err != nil || *p.PerWeek != 2 || p.OffTopics[0] != "travel" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := d.SetPreferences(ctx, m.ID, Preferences{Label: d.nl, OffTopics: []string{"wine"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("unknown topic: %v", err)
	}
	if err := d.SetPreferences(ctx, m.ID, Preferences{Label: d.de}); !fault.Is(err, fault.NotFound) {
		t.Errorf("other label: %v", err)
	}
}
