package imports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/pgtest"
)

// A file that names members by the publisher's own numbers gives them their new
// addresses; one that is older than that, or has the addresses alone, makes no
// second member of them.
func TestImportMovesMembers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := "external id;email;plaats\n1;a@x.nl;Breda\n2;b@x.nl;Breda\n3;c@x.nl;Breda\n"
	d.load(t, Options{Consent: d.agreed()}, first)
	a, err := d.Find(t.Context(), "a@x.nl")
	if err != nil {
		t.Fatal(err)
	}
	i := d.load(t, Options{}, "external id;email;plaats\n1;new@x.nl;Goes\n2;c@x.nl;Goes\n4;x@x.nl;\n4;y@x.nl;\n9;d@x.nl;\nno key;e@x.nl;\n")
	if diff := cmp.Diff(Counts{Done: 6, Inserted: 3, Updated: 1, Rejected: 2, Omitted: 1, NotMailable: 3}, i.Counts); diff != "" {
		t.Error(diff)
	}
	moved, err := d.Find(t.Context(), "new@x.nl")
	if err != nil || moved.ID != a.ID || moved.Memberships[0].Attributes["city"] != "Goes" || !moved.Memberships[0].MailConsent {
		t.Errorf("%+v %v", moved, err)
	}
	if b := d.membership(t, "b@x.nl"); b.Attributes["city"] != "Breda" || b.Key != "2" {
		t.Errorf("another's address: %+v", b)
	}
	// The old file once more: nobody moves back, and nobody is there twice.
	before := pgtest.Count(t, d.db, `SELECT count(*) FROM members`)
	if i := d.load(t, Options{}, first); i.Inserted != 0 || i.Rejected != 0 || pgtest.Count(t, d.db, `SELECT count(*) FROM members`) != before {
		t.Errorf("%+v", i.Counts)
	}
	if again, err := d.Find(t.Context(), "a@x.nl"); err != nil || again.Address != "new@x.nl" {
		t.Errorf("%+v %v", again, err)
	}
	// A file with both addresses: one member.
	i = d.load(t, Options{}, "email;plaats\nnew@x.nl;Tiel\na@x.nl;Breda\n")
	if i.Inserted != 0 || pgtest.Count(t, d.db, `SELECT count(*) FROM members`) != before {
		t.Errorf("%+v", i.Counts)
	}
	// A member of another label, too, isn't moved on the word of this one.
	d.load(t, Options{Label: d.de}, "email\nd@x.nl\n")
	if i := d.load(t, Options{}, "external id;email\n9;dd@x.nl\n"); i.Rejected != 1 {
		t.Errorf("%+v", i.Counts)
	}
	if err := d.erase(a.ID); err != nil {
		t.Fatal(err)
	}
	if i := d.load(t, Options{}, "email\na@x.nl\nnew@x.nl\n"); i.Rejected != 2 {
		t.Errorf("both addresses of who was erased: %+v", i.Counts)
	}
	if n := pgtest.Count(t, d.db, `SELECT count(*) FROM former_addresses`); n != 0 {
		t.Errorf("%d former addresses of nobody", n)
	}
}
