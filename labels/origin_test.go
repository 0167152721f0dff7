package labels

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/internal/words"
)

func TestWhatAnOriginSays(t *testing.T) {
	t.Parallel()
	before := shop()
	for name, c := range map[string]struct {
		change func(*Label)
		want   string // "": it is no change of the origin
	}{
		"colour and hours": {func(l *Label) { l.Accent, l.QuietFrom, l.Name, l.Seeds = "#000000", nil, "Shop!", nil }, ""},
		"links": {func(l *Label) { l.PublicURL = "https://evil.example" },
			"links lead to https://evil.example instead of https://mail.shop.nl"},
		"bounces": {func(l *Label) { l.BounceDomain = "b.evil.example" },
			"bounces go to b.evil.example instead of bounce.shop.nl"},
		"list":      {func(l *Label) { l.ListID = "l.evil.example" }, "list name l.evil.example instead of acties.shop.nl"},
		"route":     {func(l *Label) { l.SMTPRouteID = new(RouteID(7)) }, "by route 7"},
		"one of us": {func(l *Label) { l.OwnDomains = Domains{"holding.nl"} }, "own domains: holding.nl"},
		"a sender": {func(l *Label) { l.Senders = append(l.Senders, Sender{Name: "Bank", Address: "a@bank.nl"}) },
			"sender “Bank” <a@bank.nl>"},
		"replies": {func(l *Label) {
			l.Senders = []Sender{{Name: l.Senders[0].Name, Address: l.Senders[0].Address, ReplyTo: "x@evil.example"}}
		},
			"replies to x@evil.example"},
		"none": {func(l *Label) { l.Senders = nil }, "no more sender"},
		"a test address": {func(l *Label) { l.Seeds = append(l.Seeds, Seed{Address: "member@mail.example"}) },
			"tests may go to member@mail.example"},
	} {
		after := before
		c.change(&after)
		to := savedOrigin{Before: before.origin(), After: after.origin()}
		said := to.said("Shop", words.Verbatim("by route 7")).String()
		if to.changes() == (c.want == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: %s", name, said)
		}
		if back := after.from(before.origin()); !back.origin().same(before.origin()) {
			t.Errorf("%s: %+v", name, back)
		}
	}
}

// brand is a label in an installation with two admins.
type brand struct {
	*Store
	pgtest.DB
	label     Label
	requests  *changes.Store
	anna, bob context.Context
}

func newBrand(t *testing.T, admins int) *brand {
	t.Helper()
	db := pgtest.Database(t)
	b := &brand{Store: NewStore(db.App), DB: db}
	b.requests = changes.NewStore(db.App, clock.NewFake(time.Now()), b.ChangeKinds())
	var err error
	if b.label, err = b.Create(t.Context(), shop()); err != nil {
		t.Fatal(err)
	}
	for i, into := range []*context.Context{&b.anna, &b.bob} {
		if *into = t.Context(); i < admins {
			id := pgtest.User(t, db.Owner, "Admin")
			pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE users SET admin = true WHERE id = $1`, id) })
			*into = pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", id))
		}
	}
	db.Owner.MustExec(`UPDATE change_rules SET admin_since = now(), two_since = CASE WHEN $1 > 1 THEN now() END`, admins)
	return b
}

func TestALabelsOriginTakesTwoAdmins(t *testing.T) {
	t.Parallel()
	b := newBrand(t, 2)
	asked, err := b.Update(b.anna, b.label.ID, func(l *Label) error {
		l.Accent, l.BounceDomain = "#123456", "bounce.elsewhere.example"
		l.Senders = append(l.Senders, Sender{Name: "Bank", Address: "veilig@bank.example"})
		return nil
	})
	if err != nil || asked.Change == nil || asked.Accent != "#123456" || !asked.origin().same(b.label.origin()) {
		t.Fatalf("%+v, %v", asked, err)
	}
	if _, err := b.requests.Confirm(b.anna, asked.Change.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("confirmed by who proposed: %v", err)
	}
	other, err := b.Update(b.anna, b.label.ID, func(l *Label) error { l.ListID = "lijst.shop.nl"; return nil })
	if err != nil || other.Change == nil {
		t.Fatalf("%+v, %v", other, err)
	}
	if _, err := b.requests.Confirm(b.bob, asked.Change.ID); err != nil {
		t.Fatal(err)
	}
	now, err := b.Get(t.Context(), b.label.ID)
	if err != nil || now.BounceDomain != "bounce.elsewhere.example" || len(now.Senders) != len(b.label.Senders)+1 ||
		now.Accent != "#123456" {
		t.Errorf("%+v, %v", now, err)
	}
	if _, err := b.requests.Confirm(b.bob, other.Change.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed though the origin is another one meanwhile: %v", err)
	}
	second := shop()
	second.Code = "shop-be"
	if made, err := b.Create(b.bob, second); err != nil || made.ID != 0 || made.Change == nil {
		t.Errorf("%+v, %v", made, err)
	} else if _, err := b.requests.Confirm(b.anna, made.Change.ID); err != nil {
		t.Error(err)
	}
	made, err := b.ByCode(t.Context(), "shop-be")
	if err != nil || !cmp.Equal(made.Caps, second.Caps) || !made.origin().same(second.origin()) {
		t.Errorf("%+v, %v", made, err)
	}
	if _, err := b.Create(b.anna, second); !fault.Is(err, fault.Conflict) {
		t.Errorf("a code that another label has is proposed: %v", err)
	}
}

// TestTestAddressesTakeTwoAdmins: tests of what nobody approved go to seed
// addresses, so that one admin adds none alone, not by a name for another; taking
// one away holds at once.
func TestTestAddressesTakeTwoAdmins(t *testing.T) {
	t.Parallel()
	b := newBrand(t, 2)
	asked, err := b.Update(b.anna, b.label.ID, func(l *Label) error {
		l.Seeds = []Seed{{Address: "seed@shop.nl", Name: "Ours"}, {Address: "member@mail.example"}}
		return nil
	})
	if err != nil || asked.Change == nil || len(asked.Seeds) != 1 {
		t.Fatalf("%+v, %v", asked, err)
	}
	if gone, err := b.Update(b.anna, b.label.ID, func(l *Label) error { l.Seeds = nil; return nil }); err != nil ||
		gone.Change != nil || len(gone.Seeds) != 0 {
		t.Errorf("taken away: %+v, %v", gone, err)
	}
	if _, err := b.requests.Confirm(b.bob, asked.Change.ID); err != nil {
		t.Fatal(err)
	}
	now, err := b.Get(t.Context(), b.label.ID)
	if want := []Seed{{Address: "member@mail.example"}}; err != nil || !cmp.Equal(now.Seeds, want) {
		t.Errorf("confirmed, the seed addresses are %+v, %v", now.Seeds, err)
	}
}

func TestAnOriginIsChangedAloneByTheOnlyAdmin(t *testing.T) {
	t.Parallel()
	b := newBrand(t, 1)
	now, err := b.Update(b.anna, b.label.ID, func(l *Label) error { l.PublicURL = "https://m.shop.nl"; return nil })
	if err != nil || now.Change != nil || now.PublicURL != "https://m.shop.nl" {
		t.Fatalf("%+v, %v", now, err)
	}
	if n := pgtest.Count(t, b.Owner, `SELECT count(*) FROM change_requests WHERE kind = 'labels.origin' AND alone AND seen_by IS NULL`); n != 1 {
		t.Errorf("%d are listed as done alone", n)
	}
}

// TestPsqlCannotMoveALabel writes as the application's login, as nobody and as
// one of two admins.
func TestPsqlCannotMoveALabel(t *testing.T) {
	t.Parallel()
	b := newBrand(t, 2)
	const label = `INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		VALUES ('evil', 'E', 'nl', 'Europe/Amsterdam', 'https://evil.example', 'b.evil.example', 'l.evil.example', 'E', 'E')`
	for sql, wants := range map[string]string{
		`UPDATE labels SET public_url = 'https://evil.example'`:                     "one admin proposes",
		`UPDATE labels SET bounce_domain = 'evil.example'`:                          "one admin proposes",
		`UPDATE labels SET list_id = 'evil.example'`:                                "one admin proposes",
		`UPDATE labels SET own_domains = '{}', smtp_route_id = NULL, code = 'shop'`: "one admin proposes",
		label: "one admin proposes",
		`INSERT INTO label_senders (label_id, name, address) SELECT id, 'Bank', 'a@bank.example' FROM labels`: "one admin proposes",
		`UPDATE label_senders SET reply_to = 'a@evil.example'`:                                                "one admin proposes",
		`UPDATE label_senders SET address = 'a@evil.example'`:                                                 "permission denied",
		`UPDATE label_senders SET label_id = 99`:                                                              "permission denied",
		`DELETE FROM label_senders`:                                                                           "one admin proposes",
		`INSERT INTO seed_addresses (label_id, address) SELECT id, 'member@mail.example' FROM labels`:         "one admin proposes",
		`UPDATE seed_addresses SET address = 'member@mail.example'`:                                           "one admin proposes",
		`UPDATE labels SET accent = '#000000', name = 'Shop!', time_zone = 'Europe/Berlin'`:                   "",
	} {
		for name, as := range map[string]context.Context{"nobody": t.Context(), "an admin": b.anna} {
			wants := wants
			if name == "nobody" && wants != "permission denied" {
				wants = "a proof of who you are" // who is nobody sets nothing at all
			}
			err := postgres.InTx(as, b.App, func(tx *sqlx.Tx) error {
				if _, err := tx.Exec(sql); err != nil {
					return err
				}
				return errWorked
			})
			if worked := errors.Is(err, errWorked); worked != (wants == "") || !worked && !strings.Contains(err.Error(), wants) {
				t.Errorf("%s, %s: %v", name, sql, err)
			}
		}
	}
}

// errWorked rolls back what worked.
var errWorked = errors.New("it worked")

// TestARouteIsCalledAsItIs proposes to lead the route of all mail elsewhere, by
// the name of another.
func TestARouteIsCalledAsItIs(t *testing.T) {
	t.Parallel()
	b := newBrand(t, 2)
	box, err := seal.New([]byte("a secret of at least thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	routes := NewRoutes(b.App, box)
	requests := changes.NewStore(b.App, clock.NewFake(time.Now()), routes.ChangeKinds())
	made, err := routes.Create(b.anna, Route{Name: "Bulk", Host: "relay.shop.nl", Port: 25, TLS: "starttls", Auth: "none", Connections: 1,
		MessagesPerConnection: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := requests.Confirm(b.bob, made.Change.ID); err != nil {
		t.Fatal(err)
	}
	all, err := routes.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	moved, err := routes.Update(b.anna, all[0].ID, func(r *Route) error { r.Name, r.Host = "Try-out", "evil.example"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for name, said := range map[string]string{"as proposed": moved.Change.What.String(), "as read": read(t, requests, moved.Change.ID)} {
		if !strings.Contains(said, "“Bulk”: Try-out, evil.example:25") || !strings.Contains(said, "the same password") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func read(t *testing.T, requests *changes.Store, id changes.ID) string {
	t.Helper()
	r, err := requests.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.What.String()
}

// TestAPartIsNotTheWhole confirms two domains, and writes one of them.
func TestAPartIsNotTheWhole(t *testing.T) {
	t.Parallel()
	b := newBrand(t, 2)
	asked, err := b.Update(b.anna, b.label.ID, func(l *Label) error { l.OwnDomains = Domains{"holding.nl", "shop.be"}; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for set, wants := range map[string]string{
		"{shop.be}": "one admin proposes", "{holding.nl}": "one admin proposes", "{holding.nl,shop.be}": "",
	} {
		err := postgres.InTx(b.bob, b.App, func(tx *sqlx.Tx) error {
			if _, err := tx.Exec(`UPDATE change_requests SET state = 'confirmed', decided_at = now() WHERE id = $1`, asked.Change.ID); err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE labels SET own_domains = $1, accent = '#000001'`, set); err != nil {
				return err
			}
			return errWorked
		})
		if worked := errors.Is(err, errWorked); worked != (wants == "") || !worked && !strings.Contains(err.Error(), wants) {
			t.Errorf("%s: %v", set, err)
		}
	}
}
