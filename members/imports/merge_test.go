package imports

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/members"
)

// everything is a file with every kind of column, value and want of one.
const everything = "email;voornaam;punten;geboortedatum;vip;hobby;plaats;optin;optin datum;optin tekst;optin bron;formurl;ip;" +
	"doi sent at;doi at;doi ip;tracking;lid sinds;bron;tijdzone\n" +
	"Jan@X.nl;\"Jan \\ \"\"J\"\"\";1,5;1980-02-29;ja;wijn,reizen;Den Haag;ja;2026-11-01 10:00;Ja graag;site;https://x.nl/f;192.0.2.1;" +
	"2026-11-01 10:01;2026-11-01 10:02;192.0.2.2;ja;2020-01-01;actie;Europe/Berlin\n" +
	"zoe@x.nl;;;;;;;nee;2026-11-02 10:00;;;;;;2026-11-03;;nee;;;\n" +
	"bo@x.nl;Bo;7;1999-07-01;nee;lezen;Breda;nee;;;;;;;;;;;;\n" +
	"ann@x.nl;Ann;;;;;;ja;;;;;;;;;ja;;;\n" +
	"kim@x.nl;Kim;;;;;;;;;;;;;;;;;;\n" +
	"piet@x.nl;Piet;;;;;;ja;2026-11-04;Goed;;;;;;;;;;\n"

// TestNewMembersAreAlike imports the same into an empty base, into one
// where nobody in the file is known, and into one where somebody is, who makes
// all of them go another way.
func TestNewMembersAreAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		content string
		proven  bool
		members int
	}{
		{"every column", everything, false, 6},
		{"every column, and the file's proof", everything, true, 6},
		{"nothing but addresses", "email\na@x.nl\nb@x.nl\n", false, 2},
		{"addresses and the file's proof", "email\na@x.nl\nb@x.nl\n", true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			header, _, _ := strings.Cut(c.content, "\n")
			content := c.content + "known@else.nl" + strings.Repeat(";", strings.Count(header, ";")) + "\n"
			var found [3][]string
			var counts [3]Counts
			for i, member := range []string{"", "unknown@else.nl", "known@else.nl"} {
				d := newDesk(t)
				o := Options{Declare: true, Source: "crm\tand more", Types: map[string]members.Type{"hobby": members.Set}}
				if c.proven {
					o.Consent = d.agreed()
				}
				if member != "" {
					if _, err := d.Create(context.Background(), members.Newcomer{Label: d.de, Address: member}); err != nil {
						t.Fatal(err)
					}
				}
				counts[i] = d.load(t, o, content).Counts
				found[i] = d.rowsOf(t)
				if diff := cmp.Diff(found[0], found[i]); diff != "" || len(found[i]) != c.members+1 {
					t.Errorf("with %q: %s", member, diff)
				}
				if diff := cmp.Diff(counts[0], counts[i]); diff != "" {
					t.Errorf("with %q: %s", member, diff)
				}
			}
		})
	}
}

// rowsOf returns all that the base has of the members of nl, without their numbers.
func (d *desk) rowsOf(t *testing.T) (rows []string) {
	t.Helper()
	if err := d.db.Select(&rows, `
		SELECT m.address_key || ' ' || (to_jsonb(m) - 'id')::text || ' ' || (to_jsonb(s) - 'member_id' - 'bucket' - 'label_id')::text || ' '
		       || (SELECT coalesce(jsonb_agg(to_jsonb(c) - 'member_id' - 'id' - 'label_id' ORDER BY kind), '[]') FROM consents c
			WHERE c.member_id = m.id)::text
		  FROM members m JOIN memberships s ON s.member_id = m.id AND s.label_id = $1
		 ORDER BY m.address_key`, d.nl); err != nil {
		t.Fatal(err)
	}
	return rows
}
