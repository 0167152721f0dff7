package members

import (
	"context"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/seal"
	"keur/labels"
)

// mailer is a desk whose members change their address themselves.
type mailer struct {
	*desk
	*AddressLinks
	label labels.Label
}

func newMailer(t *testing.T) *mailer {
	t.Helper()
	box, err := seal.New([]byte("a secret that only tests know, 32+"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	return &mailer{
		d, NewAddressLinks(d.Store, notices.NewStore(d.db, box, d.clock)),
		labels.Label{ID: d.nl, Name: "Voordeel", Locale: "nl", PublicURL: "https://mail.shop.example"},
	}
}

func (m *mailer) member(t *testing.T, address string) Member {
	t.Helper()
	got, err := m.Create(t.Context(), Newcomer{Label: m.nl, Address: address, Source: "form"})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// mails returns what was mailed since the last time: subjects by recipient, and
// the tokens of their links.
func (m *mailer) mails(t *testing.T) (subjects, tokens map[string]string) {
	t.Helper()
	subjects, tokens = map[string]string{}, map[string]string{}
	due, err := m.notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		subjects[n.Recipient] = n.Subject
		if _, rest, found := strings.Cut(n.Body, "https://mail.shop.example/m/"); found {
			tokens[n.Recipient], _, _ = strings.Cut(rest, "\n")
		}
		if err := m.notices.Sent(pgtest.Acting(t.Context(), "system:notices"), n.ID); err != nil {
			t.Fatal(err)
		}
	}
	return subjects, tokens
}

func acting(t *testing.T) context.Context { return pgtest.Acting(t.Context(), "member") }

// A member takes another address by the link that goes there. Who had the old one
// is told and takes it back, which ends it.
func TestMembersChangeTheirAddress(t *testing.T) {
	t.Parallel()
	m := newMailer(t)
	jan := m.member(t, "jan@old.example")
	for _, reason := range []Reason{HardBounce, Complaint} {
		if err := m.Suppress(t.Context(), nil, jan.ID, m.nl, reason, "test", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Ask(acting(t), m.label, jan.ID, "Jan@New.example"); err != nil {
		t.Fatal(err)
	}
	subjects, tokens := m.mails(t)
	if len(subjects) != 1 || subjects["Jan@new.example"] != "Mail van Voordeel op dit adres ontvangen?" {
		t.Fatalf("mailed %v", subjects)
	}
	token := tokens["Jan@new.example"]
	link, err := m.Open(acting(t), token)
	if err != nil || link.Address != "Jan@new.example" || link.Member != jan.ID {
		t.Fatalf("%+v, %v", link, err)
	}
	if now, _ := m.Get(t.Context(), jan.ID); now.Address != "jan@old.example" {
		t.Errorf("to ask and to look moved the member to %s", now.Address)
	}
	for range 2 {
		err = m.Follow(acting(t), m.label, token)
		if now, _ := m.Get(t.Context(), jan.ID); now.Address != "Jan@new.example" {
			t.Errorf("the member is at %s: %v", now.Address, err)
		}
	}
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("a link was followed twice: %v", err)
	}
	suppressions, err := m.Suppressions(t.Context(), jan.ID)
	if err != nil || len(suppressions) != 1 || suppressions[0].Reason != Complaint {
		t.Errorf("the new address has %+v, %v", suppressions, err)
	}
	subjects, tokens = m.mails(t)
	if len(subjects) != 1 || subjects["jan@old.example"] != "Mail van Voordeel gaat nu naar een ander adres" {
		t.Fatalf("mailed %v", subjects)
	}
	m.clock.Add(13 * 24 * time.Hour)
	if err := m.Follow(acting(t), m.label, tokens["jan@old.example"]); err != nil {
		t.Fatal(err)
	}
	subjects, tokens = m.mails(t)
	if len(tokens) != 0 || subjects["Jan@new.example"] != "Mail van Voordeel gaat weer naar het adres van eerst" {
		t.Errorf("mailed %v with links %v", subjects, tokens)
	}
	former, err := m.moves.Former(t.Context(), jan.ID)
	if err != nil || len(former) != 2 || former[1].Address != "jan@old.example" || former[1].By != "member" {
		t.Errorf("%+v %v", former, err)
	}
}

// What asking answers is the same whoever has the address, and so is what is kept;
// only the mail differs, and it goes to the address alone.
func TestAskingTellsNothingOfOthers(t *testing.T) {
	t.Parallel()
	m := newMailer(t)
	m.member(t, "known@x.nl")
	left, gone := m.member(t, "left@x.nl"), m.member(t, "gone@x.nl")
	if err := m.Suppress(t.Context(), nil, left.ID, EveryLabel, Unsubscribe, "one-click", nil); err != nil {
		t.Fatal(err)
	}
	if err := m.erase(gone.ID); err != nil {
		t.Fatal(err)
	}
	listed, err := ParseAddress("listed@x.nl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewLists(m.Store).Add(t.Context(), m.nl, []Listing{{Address: listed, Reason: Manual}}, "test"); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"free@x.nl": "Mail van Voordeel op dit adres ontvangen?", "known@x.nl": "Je krijgt al mail van Voordeel op dit adres",
		"left@x.nl": "", "gone@x.nl": "", "listed@x.nl": "",
	} {
		asks := m.member(t, "asks-"+address)
		before := pgtest.Count(t, m.db, `SELECT count(*) FROM address_links`)
		if err := m.Ask(acting(t), m.label, asks.ID, address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if now := pgtest.Count(t, m.db, `SELECT count(*) FROM address_links`); now != before+1 {
			t.Errorf("%s: %d links more are kept", address, now-before)
		}
		if subjects, tokens := m.mails(t); subjects[address] != want || address != "free@x.nl" && len(tokens) != 0 {
			t.Errorf("%s gets %v with links %v", address, subjects, tokens)
		}
	}
}

// A link that is too old, of another label, unknown, or of an address that was
// changed since, opens nothing; nor does one to an address that became another's.
func TestLinksToAddressesEnd(t *testing.T) {
	t.Parallel()
	m := newMailer(t)
	jan := m.member(t, "jan@x.nl")
	ask := func(address string) string {
		t.Helper()
		m.clock.Add(25 * time.Hour)
		if err := m.Ask(acting(t), m.label, jan.ID, address); err != nil {
			t.Fatal(err)
		}
		_, tokens := m.mails(t)
		return tokens[address]
	}
	follow := func(name string, label labels.ID, token string, want fault.Kind) {
		t.Helper()
		of := m.label
		of.ID = label
		if err := m.Follow(acting(t), of, token); fault.Of(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	follow("unknown", m.nl, "AAAAAAAAAAAAAAAAAAAAAAAAAA", fault.NotFound)
	follow("none", m.nl, "", fault.NotFound)
	token := ask("new@x.nl")
	follow("another label's", m.de, token, fault.NotFound)
	m.clock.Add(48 * time.Hour)
	follow("too old", m.nl, token, fault.NotFound)
	token = ask("new@x.nl")
	if err := m.moves.Move(acting(t), m.nl, jan.ID, "desk@x.nl"); err != nil {
		t.Fatal(err)
	}
	follow("changed since", m.nl, token, fault.NotFound)
	token = ask("taken@x.nl")
	m.member(t, "taken@x.nl")
	follow("taken since", m.nl, token, fault.Conflict)
	token = ask("last@x.nl")
	if err := m.erase(jan.ID); err != nil {
		t.Fatal(err)
	}
	follow("of who was erased", m.nl, token, fault.NotFound)
	if n := pgtest.Count(t, m.db, `SELECT count(*) FROM address_links`); n != 0 {
		t.Errorf("%d links are left of who was erased", n)
	}
}

// Nobody's inbox is filled with letters.
func TestAddressesAreAskedForFewTimes(t *testing.T) {
	t.Parallel()
	m := newMailer(t)
	jan := m.member(t, "jan@x.nl")
	for i, want := range []fault.Kind{0, 0, 0, fault.Limited} {
		if err := m.Ask(acting(t), m.label, jan.ID, "new@x.nl"); (err != nil) != (want != 0) || err != nil && fault.Of(err) != want {
			t.Errorf("time %d: %v", i+1, err)
		}
	}
	if n := pgtest.Count(t, m.db, `SELECT count(*) FROM notices`); n != 3 {
		t.Errorf("%d letters", n)
	}
	if err := m.Ask(acting(t), m.label, m.member(t, "piet@x.nl").ID, "new@x.nl"); err != nil {
		t.Errorf("another member is told who asks: %v", err)
	}
	if n := pgtest.Count(t, m.db, `SELECT count(*) FROM notices`); n != 3 {
		t.Errorf("%d letters to one address", n)
	}
	m.clock.Add(24 * time.Hour)
	if err := m.Ask(acting(t), m.label, jan.ID, "new@x.nl"); err != nil {
		t.Errorf("a day later: %v", err)
	}
	for address, want := range map[string]fault.Kind{"nonsense": fault.Invalid, "": fault.Invalid} {
		if err := m.Ask(acting(t), m.label, jan.ID, address); fault.Of(err) != want {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := m.Ask(acting(t), m.label, jan.ID+99, "x@x.nl"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// The application's login reads no link's hash, and revives none.
func TestPsqlRevivesNoAddressLink(t *testing.T) {
	t.Parallel()
	m := newMailer(t)
	jan := m.member(t, "jan@x.nl")
	if err := m.Ask(acting(t), m.label, jan.ID, "new@x.nl"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.db.Exec(`UPDATE address_links SET ended_at = now()`); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`SELECT token_hash FROM address_links`,
		`UPDATE address_links SET ended_at = NULL`,
		`UPDATE address_links SET address = 'evil@x.nl'`,
		`UPDATE address_links SET expires_at = now() + interval '1 year'`,
	} {
		if _, err := m.db.Exec(sql); err == nil {
			t.Errorf("%s went through", sql)
		}
	}
}
