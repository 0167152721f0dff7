package members

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestConsentCheck takes each part away from a consent that is proven, given and
// withdrawn, of either kind.
func TestConsentCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name             string
		change           func(*Consent)
		given, withdrawn []string // what is wrong
	}{
		{"whole", func(*Consent) {}, nil, nil},
		{"no text", func(c *Consent) { c.Statement = "" }, []string{"statement"}, nil},
		{"no source", func(c *Consent) { c.Source = "" }, []string{"source"}, nil},
		{"no proof", func(c *Consent) { c.Statement, c.Source, c.IP = "", "", "" }, []string{"source", "statement"}, nil},
		{"no time", func(c *Consent) { c.At = time.Time{} }, []string{"at"}, []string{"at"}},
		{"now", func(c *Consent) { c.At = now }, nil, nil},
		{"by a clock that is ahead", func(c *Consent) { c.At = now.Add(ClockSkew) }, nil, nil},
		{"later", func(c *Consent) { c.At = now.Add(ClockSkew + 1) }, []string{"at"}, []string{"at"}},
		{"no kind", func(c *Consent) { c.Kind = "" }, []string{"kind"}, []string{"kind"}},
		{"another kind", func(c *Consent) { c.Kind = "post" }, []string{"kind"}, []string{"kind"}},
		{"no IP", func(c *Consent) { c.IP = "" }, nil, nil},
		{"IPs of six", func(c *Consent) { c.IP, c.ConfirmedIP = "2001:db8::1", "2001:db8::2" }, nil, nil},
		{"wrong IP", func(c *Consent) { c.IP = "192.0.2.300" }, []string{"ip"}, []string{"ip"}},
		{"wrong confirming IP", func(c *Consent) { c.ConfirmedIP = "home" }, []string{"confirmed_ip"}, []string{"confirmed_ip"}},
		{"nothing", func(c *Consent) { *c = Consent{Given: c.Given} }, []string{"at", "kind", "source", "statement"},
			[]string{"at", "kind"}},
	} {
		for _, kind := range []ConsentKind{MailConsent, TrackingConsent} {
			for given, want := range map[bool][]string{true: c.given, false: c.withdrawn} {
				said := consent(now.Add(-time.Hour))
				said.Kind, said.Given = kind, given
				c.change(&said)
				if diff := cmp.Diff(want, details(said.Check(now))); diff != "" {
					t.Errorf("%s, %s, given %v: %s", c.name, kind, given, diff)
				}
			}
		}
	}
}

// A proof of consent names who wrote it down: whoever acts, with psql too.
func TestPsqlCannotRecordInAnothersName(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	m, err := d.Create(t.Context(), Newcomer{Label: d.nl, Address: "jan@x.nl"})
	if err != nil {
		t.Fatal(err)
	}
	record := func(by string) error {
		return postgres.InTx(pgtest.Acting(t.Context(), "user:2"), d.db, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(`
				INSERT INTO consents (member_id, label_id, kind, given, at, recorded_by) VALUES ($1, $2, 'mail', true, now(), $3)`, m.ID, d.nl, by)
			return err
		})
	}
	for _, by := range []string{"user:1", "member", "system:import", ""} {
		if err := record(by); err == nil || !strings.Contains(err.Error(), "put down as done by") {
			t.Errorf("recorded by %q: %v", by, err)
		}
	}
	if err := record("user:2"); err != nil {
		t.Error(err)
	}
}

// What a member said stays said: it is neither changed nor taken out.
func TestPsqlCannotRewriteWhatWasSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.Create(t.Context(), Newcomer{Label: d.nl, Address: "jan@x.nl",
		Consents: []Consent{consent(d.clock.Now())}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.Exec(`UPDATE consents SET given = false`); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("changed: %v", err)
	}
	if _, err := d.owner.Exec(`UPDATE consents SET given = false`); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("changed by the owner: %v", err)
	}
	if _, err := d.db.Exec(`DELETE FROM consents`); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("taken out: %v", err)
	}
}
