package imports

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/members"
)

// agreed is a file's proof of consent, of the day before the test's now.
func (d *desk) agreed() *FileConsent {
	return &FileConsent{Text: "Ja, mail mij", Version: "1", Source: "winkel", At: d.clock.Now().Add(-24 * time.Hour)}
}

// load imports a file that must be understood.
func (d *desk) load(t *testing.T, o Options, content string) Import {
	t.Helper()
	if o.Label == 0 {
		o.Label = d.nl
	}
	i, err := NewImporter(d.db, d.clock, d.Store).Run(context.Background(), o, strings.NewReader(content), nil)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// membership returns what the base has of an address under nl.
func (d *desk) membership(t *testing.T, address string) members.Membership {
	t.Helper()
	m, err := d.Find(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	ms, ok := m.Under(d.nl)
	if !ok {
		t.Fatalf("%s isn't a member of nl", address)
	}
	return ms
}

func TestImport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	content := "E-mailadres;Voornaam;Geslacht;Geboortedatum;Woonplaats;Punten;VIP;Klantcode\r\n" +
		"Jan@Müller.de;Jan;M;29-02-1980;Utrecht;1.234,5;ja;007\r\n" +
		"zoe@x.nl;Zoë;mevrouw;01.07.1999;\"Den Haag; Centrum\";7,25;nee;12\r\n"
	i := d.load(t, Options{Declare: true, Consent: d.agreed(), Source: "crm"}, content)
	if diff := cmp.Diff(Counts{Done: 2, Inserted: 2}, i.Counts); diff != "" || i.State != "finished" || i.Total != 2 {
		t.Errorf("%+v %s", i, diff)
	}
	jan := d.membership(t, "jan@müller.de")
	want := map[string]any{"first_name": "Jan", "gender": "male", "birth_date": "1980-02-29", "city": "Utrecht", "punten": 1234.5,
		"vip": true, "klantcode": "007"}
	if diff := cmp.Diff(want, jan.Attributes); diff != "" || !jan.MailConsent || jan.TrackingConsent || jan.Source != "crm" {
		t.Errorf("%+v %s", jan, diff)
	}
	if zoe := d.membership(t, "zoe@x.nl"); zoe.Attributes["city"] != "Den Haag; Centrum" || zoe.Attributes["gender"] != "female" {
		t.Errorf("%+v", zoe)
	}
	m, _ := d.Find(context.Background(), "jan@müller.de")
	history, err := members.NewConsents(d.Store).Of(context.Background(), m.ID)
	if err != nil || len(history) != 1 || history[0].Statement != "Ja, mail mij" || history[0].Source != "winkel" ||
		!history[0].At.Equal(d.agreed().At) {
		t.Errorf("%+v, %v", history, err)
	}
	d.clock.Add(time.Hour)
	before := pgtest.Count(t, d.db, `SELECT count(*) FROM consents`)
	again := d.load(t, Options{Declare: true,
		Consent: &FileConsent{Text: "Ja, mail mij", Version: "1", Source: "winkel", At: history[0].At}, Source: "crm"}, content)
	if diff := cmp.Diff(Counts{Done: 2, Unchanged: 2}, again.Counts); diff != "" || again.ID == i.ID ||
		pgtest.Count(t, d.db, `SELECT count(*) FROM consents`) != before {
		t.Errorf("the second time: %s", diff)
	}
	changed := d.load(t, Options{Declare: true}, strings.Replace(content, "Utrecht", "Breda", 1))
	if diff := cmp.Diff(Counts{Done: 2, Updated: 1, Unchanged: 1}, changed.Counts); diff != "" ||
		d.membership(t, "jan@müller.de").Attributes["city"] != "Breda" {
		t.Errorf("one changed: %s", diff)
	}
	d.load(t, Options{}, "email;plaats\njan@müller.de;\n")
	if city := d.membership(t, "jan@müller.de").Attributes["city"]; city != "Breda" {
		t.Errorf("an empty cell made the city %v", city)
	}
}

func TestImportWithoutProof(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if i := d.load(t, Options{}, "email\na@x.nl\n"); i.NotMailable != 1 || d.membership(t, "a@x.nl").MailConsent {
		t.Errorf("no proof at all: %+v", i.Counts)
	}
	i := d.load(t, Options{},
		"email,opt-in,opt-in datum,optin tekst,optin bron,ip,tracking\n"+
			"yes@x.nl,ja,2026-11-01 10:00,Ja graag,site,192.0.2.1,ja\n"+
			"no@x.nl,nee,2026-11-01 10:00,Ja graag,site,,nee\n"+
			"notext@x.nl,ja,2026-11-01 10:00,,site,,\n"+
			"notime@x.nl,ja,,Ja graag,site,,\n"+
			"badtime@x.nl,ja,gisteren,Ja graag,site,,\n"+
			"future@x.nl,ja,2027-01-01,Ja graag,site,,\n"+
			"silent@x.nl,,2026-11-01 10:00,Ja graag,site,,\n"+
			"badip@x.nl,ja,2026-11-01 10:00,Ja graag,site,300.0.0.1,\n")
	if diff := cmp.Diff(Counts{Done: 8, Inserted: 8, NotMailable: 6, Unsubscribed: 1, Omitted: 3}, i.Counts); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]bool{"yes": true, "no": false, "notext": false, "notime": false, "badtime": false, "future": false,
		"silent": false, "badip": true} {
		if ms := d.membership(t, name+"@x.nl"); ms.MailConsent != want || ms.TrackingConsent != (name == "yes") {
			t.Errorf("%s: %+v", name, ms)
		}
	}
	m, _ := d.Find(context.Background(), "yes@x.nl")
	history, _ := members.NewConsents(d.Store).Of(context.Background(), m.ID)
	if len(history) != 2 || history[0].At.Format(time.RFC3339) != "2026-11-01T09:00:00Z" && history[0].At.UTC().Hour() != 9 ||
		history[0].IP != "192.0.2.1" {
		t.Errorf("%+v", history)
	}
	// The file's proof doesn't stand in for a time that can't be read.
	d.load(t, Options{Consent: d.agreed()}, "email,opt-in,opt-in datum\nlate@x.nl,ja,31-02-2026\nfine@x.nl,ja,\nnever@x.nl,nee,\n")
	if d.membership(t, "late@x.nl").MailConsent || !d.membership(t, "fine@x.nl").MailConsent || d.membership(t, "never@x.nl").MailConsent {
		t.Error("the file's proof was used wrongly")
	}
}

func TestImportNeverUndoesANo(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	content := "email\nleft@x.nl\nstays@x.nl\nbounced@x.nl\ngone@x.nl\n"
	d.load(t, Options{Consent: d.agreed()}, content)
	id := func(address string) members.ID {
		m, err := d.Find(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		return m.ID
	}
	for address, reason := range map[string]members.Reason{"left@x.nl": members.Unsubscribe, "bounced@x.nl": members.HardBounce} {
		if err := d.Suppress(ctx, nil, id(address), members.EveryLabel, reason, "test", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.erase(id("gone@x.nl")); err != nil {
		t.Fatal(err)
	}
	older := d.agreed()
	older.Text, older.At = "Another text", d.clock.Now().Add(-time.Hour)
	i := d.load(t, Options{Consent: older}, content)
	if diff := cmp.Diff(Counts{Done: 4, Updated: 3, Rejected: 1, NotMailable: 1}, i.Counts); diff != "" ||
		d.membership(t, "left@x.nl").MailConsent {
		t.Errorf("an older consent: %s", diff)
	}
	if again := d.load(t, Options{Consent: older}, content); again.Unchanged != 3 {
		t.Errorf("again: %+v", again.Counts)
	}
	if _, err := d.Find(ctx, "gone@x.nl"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the erased member is back: %v", err)
	}
	if n := pgtest.Count(t, d.db, `SELECT count(*) FROM suppressions`); n != 2 {
		t.Errorf("%d suppressions", n)
	}
	// A newer consent may count, but the suppression stays.
	d.clock.Add(2 * time.Hour)
	newer := &FileConsent{Text: "Opnieuw", Source: "form", At: d.clock.Now().Add(-time.Minute)}
	d.load(t, Options{Consent: newer}, content)
	if !d.membership(t, "left@x.nl").MailConsent ||
		pgtest.Count(t, d.db, `SELECT count(*) FROM suppressions WHERE reason = 'unsubscribe'`) != 1 {
		t.Error("a newer consent")
	}
	// And a no in a file is heard, once.
	no := "email;toestemming\nstays@x.nl;nee\n"
	if i := d.load(t, Options{}, no); i.Updated != 1 || i.NotMailable != 1 || d.membership(t, "stays@x.nl").MailConsent {
		t.Errorf("a no: %+v", i.Counts)
	}
	d.clock.Add(time.Hour)
	if i := d.load(t, Options{}, no); i.Unchanged != 1 || i.NotMailable != 1 {
		t.Errorf("a no, again: %+v", i.Counts)
	}
}

func TestImportRejects(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.Declare(context.Background(), d.nl, "points", members.Number); err != nil {
		t.Fatal(err)
	}
	var got []string
	o := Options{Rejects: func(r Reject) error {
		got = append(got, fmt.Sprintf("%d %s: %s", r.Row, r.Column, r.Reason))
		return nil
	}}
	i := d.load(t, o, "email;points;geboortedatum\n"+
		"a@x.nl;1;1980-01-01\n"+
		"nobody;1;1980-01-01\n"+
		"b@x.nl;many;1980-01-01\n"+
		"c@x.nl;1\n"+
		"d@x.nl;\"1;x\n"+
		"e@x.nl;2;30-02-1980\n"+
		"A@X.nl;3;0000-00-00\n"+
		"b@x.nl;4;1980-01-01\n")
	want := []string{
		"3 email: the address has no @", "6 : a quote that doesn't close",
		"7 geboortedatum: this is no date such as 2026-11-21 or 21-11-2026",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Counts{Done: 8, Inserted: 4, Duplicates: 2, Rejected: 2, Omitted: 1, NotMailable: 4}, i.Counts); diff != "" {
		t.Error(diff)
	}
	if points := d.membership(t, "a@x.nl").Attributes["points"]; points != 3.0 {
		t.Errorf("the last row didn't win: %v", points)
	}
	if kept, err := NewImporter(d.db, d.clock, d.Store).Rejects(context.Background(), i.ID, paging.Ask{}); err != nil ||
		len(kept.Items) != 3 {
		t.Errorf("%+v, %v", kept, err)
	}
}

// A refused import declares nothing; what an earlier one left unused goes.
func TestAttributesOfARefusedImport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	header, row := "email", "a@x.nl"
	for i := range 300 {
		header, row = header+fmt.Sprintf(";c%d", i), row+";1,5"
	}
	o, wide := Options{Label: d.nl, Declare: true}, strings.NewReader(header+"\n"+row+"\n")
	_, err := NewImporter(d.db, d.clock, d.Store).Run(t.Context(), o, wide, nil)
	if !fault.Is(err, fault.Conflict) || pgtest.Count(t, d.db, `SELECT count(*) FROM attributes`) != 0 {
		t.Errorf("%v", err)
	}
	d.load(t, Options{Declare: true}, "email;punten;leeg\na@x.nl;1;\n")
	d.load(t, Options{Map: map[string]string{"email": "adres"}}, "mail;adres;mail\nx;twice@x.nl;y\n")
	for name, want := range map[string]fault.Kind{"punten": fault.Conflict, "leeg": fault.Internal, "nothing": fault.NotFound} {
		err := members.NewAttributes(d.Store).Remove(t.Context(), d.nl, name)
		if fault.Of(err) != want || (err == nil) != (name == "leeg") {
			t.Errorf("remove %s: %v", name, err)
		}
	}
}

func TestImportRefusesWhatItCantUnderstand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for content, want := range map[string]string{
		"":                         "the file is empty",
		"naam;plaats\nJan;Breda\n": `the first line has "naam", "plaats"`,
		"\"email\"x;b\n":           "the header in line 1 can't be read",
	} {
		_, err := NewImporter(d.db, d.clock, d.Store).Run(context.Background(), Options{Label: d.nl}, strings.NewReader(content), nil)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
	_, err := NewImporter(d.db, d.clock, d.Store).Run(context.Background(),
		Options{Label: d.nl, Map: map[string]string{"email": "adres"}}, strings.NewReader("mail\na@x.nl\n"), nil)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("a column that isn't there: %v", err)
	}
	_, err = NewImporter(d.db, d.clock, d.Store).Run(context.Background(), Options{Label: 99}, strings.NewReader("mail\na@x.nl\n"), nil)
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("no such label: %v", err)
	}
}

// What is kept of an import tells of no member: whoever is erased is gone from
// there too, in each column of each of its tables.
func TestImportKeepsNoAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const address = "weg.ermee@x.nl"
	content := "email;geboortedatum\n" + address + ";nooit\n" + address + ";nooit\n"
	if i := d.load(t, Options{FileName: "leden.csv"}, content); i.Omitted != 1 || i.Duplicates != 1 {
		t.Fatalf("%+v", i)
	}
	m, err := d.Find(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.erase(m.ID); err != nil {
		t.Fatal(err)
	}
	if i := d.load(t, Options{FileName: "leden.csv"}, content); i.Rejected != 1 {
		t.Fatalf("%+v", i)
	}
	for _, table := range []string{"imports", "import_rejects", "members", "memberships"} {
		if n := pgtest.Count(t, d.db, `SELECT count(*) FROM `+table+` x WHERE position('weg.ermee' in lower(to_jsonb(x)::text)) > 0`); n > 0 {
			t.Errorf("%s has the address", table)
		}
	}
}

func TestDryRunKeepsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.load(t, Options{}, "email;plaats\na@x.nl;Breda\n")
	i := d.load(t, Options{DryRun: true, Declare: true, Consent: d.agreed()}, "email;plaats;punten\na@x.nl;Tilburg;1\nb@x.nl;Breda;2\n")
	if diff := cmp.Diff(Counts{Done: 2, Inserted: 1, Updated: 1}, i.Counts); diff != "" || i.ID != 0 {
		t.Error(diff)
	}
	for table, want := range map[string]int{"members": 1, "memberships": 1, "consents": 0, "consent_statements": 0, "imports": 1,
		"attributes": 1} {
		if n := pgtest.Count(t, d.db, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%s: %d rows", table, n)
		}
	}
}

func TestImportsOfALabel(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	im := d.importer(100)
	first := d.load(t, Options{FileName: "a.csv"}, "email\na@x.nl\n")
	second := d.load(t, Options{FileName: "b.csv"}, "email\nnobody\n")
	d.load(t, Options{FileName: "c.csv", Label: d.de}, "email\na@x.nl\n")
	if page, err := im.Imports(t.Context(), d.nl, paging.Ask{}); err != nil || len(page.Items) != 2 ||
		page.Items[0].ID != second.ID || page.Items[1].ID != first.ID || page.Items[0].Rejected != 1 {
		t.Errorf("%+v %v", page, err)
	}
	if _, err := im.Import(t.Context(), first.ID+99); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such import: %v", err)
	}
}
