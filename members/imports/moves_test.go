package imports

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/pgtest"
)

// TestAChainOfAddresses: each gets the address that the next one leaves, whichever
// row comes first and whichever chunk it is in; a dry run says so, too. Who swap
// are left out with the reason.
func TestAChainOfAddresses(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"the first first": "external id;email\n1;b@x.nl\n2;c@x.nl\n3;d@x.nl\n4;e@x.nl\n5;g@x.nl\n6;f@x.nl\n",
		"the last first":  "external id;email\n6;f@x.nl\n5;g@x.nl\n4;e@x.nl\n3;d@x.nl\n2;c@x.nl\n1;b@x.nl\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.load(t, Options{Consent: d.agreed()}, "external id;email\n1;a@x.nl\n2;b@x.nl\n3;c@x.nl\n4;d@x.nl\n5;f@x.nl\n6;g@x.nl\n")
			for _, dry := range []bool{true, false} {
				i, err := d.importer(1).Run(t.Context(), Options{Label: d.nl, DryRun: dry}, strings.NewReader(file), nil)
				if diff := cmp.Diff(Counts{Done: 6, Unchanged: 4, Rejected: 2}, i.Counts); err != nil || diff != "" {
					t.Errorf("dry %v: %v %s", dry, err, diff)
				}
			}
			for key, want := range map[string]string{
				"1": "b@x.nl", "2": "c@x.nl", "3": "d@x.nl", "4": "e@x.nl", "5": "f@x.nl", "6": "g@x.nl",
			} {
				var got string
				if err := d.db.Get(&got, `SELECT address FROM members JOIN memberships ON member_id = id WHERE member_key = $1`, key); err != nil ||
					got != want {
					t.Errorf("member %s has %s, not %s: %v", key, got, want, err)
				}
			}
			if n := pgtest.Count(t, d.db, `SELECT count(*) FROM members`); n != 6 {
				t.Errorf("%d members", n)
			}
		})
	}
}

// TestANumberTwiceInAFile: the last row counts, in whichever chunk the others are.
func TestANumberTwiceInAFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := "external id;email\n1;a@x.nl\n2;b@x.nl\n1;c@x.nl\n1;d@x.nl\n2;e@x.nl\n1;f@x.nl\n1;g@x.nl\n1;h@x.nl\n"
	for range 2 {
		i, err := d.importer(1).Run(t.Context(), Options{Label: d.nl, Consent: d.agreed()}, strings.NewReader(file), nil)
		if err != nil || i.Rejected != 6 {
			t.Errorf("%+v %v", i.Counts, err)
		}
		if d.membership(t, "h@x.nl").Key != "1" || d.membership(t, "e@x.nl").Key != "2" ||
			pgtest.Count(t, d.db, `SELECT count(*) FROM members`) != 2 {
			t.Error("another row counted")
		}
		file += "\n" // as another file
	}
}

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
