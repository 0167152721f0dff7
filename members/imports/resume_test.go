package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// crowd is a file of n members, of whom every tenth comes again at the end with
// another city, and every fiftieth row has no address.
func crowd(n int, city string) string {
	var b strings.Builder
	b.WriteString("email;plaats\n")
	for i := range n {
		if i%50 == 49 {
			b.WriteString("nobody;" + city + "\n")
			continue
		}
		fmt.Fprintf(&b, "member%d@x.nl;%s\n", i, city)
	}
	for i := 0; i < n; i += 10 {
		fmt.Fprintf(&b, "MEMBER%d@x.nl;%s Noord\n", i, city)
	}
	return b.String()
}

func TestImportGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	im := d.importer(50)
	content := strings.Replace(crowd(2000, "Breda"), "\n", "\ngone@x.nl;Breda\n", 1)
	options := Options{Label: d.nl, Consent: d.agreed()}
	gone, err := d.Create(context.Background(), members.Newcomer{Label: d.nl, Address: "gone@x.nl"})
	if err == nil {
		err = d.erase(gone.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	var last Import
	for stops := 0; ; stops++ {
		if stops > 100 {
			t.Fatal("it never comes to an end")
		}
		ctx, cancel := context.WithCancel(context.Background())
		var first int64 = -1
		rejects := 0
		options.Rejects = func(Reject) error { rejects++; return nil }
		i, err := im.Run(ctx, options, strings.NewReader(content), func(p Progress) {
			if first < 0 && !p.Reading {
				first = p.Done
			}
			if p.Done > first+300 && p.State == "running" {
				cancel()
			}
		})
		cancel()
		if last.ID != 0 && (i.ID != last.ID || !i.Resumed || i.Done < last.Done) {
			t.Fatalf("after %+v came %+v", last, i)
		}
		if err == nil {
			last = i
			if stops < 2 || rejects != 41 {
				t.Errorf("%d stops, %d rejects", stops, rejects)
			}
			break
		}
		if !errors.Is(err, context.Canceled) || i.State != "cancelled" {
			t.Fatalf("%+v, %v", i, err)
		}
		last = i
	}
	want := Counts{Done: 2201, Inserted: 1960, Duplicates: 200, Rejected: 41}
	if diff := cmp.Diff(want, last.Counts); diff != "" || last.State != "finished" {
		t.Errorf("%+v %s", last, diff)
	}
	stored, err := im.Import(context.Background(), last.ID)
	if err != nil || stored.Counts != want || pgtest.Count(t, d.db, `SELECT count(*) FROM import_rejects`) != 41 {
		t.Errorf("%+v, %v", stored, err)
	}
	if n := pgtest.Count(t, d.db, `SELECT count(*) FROM consents`); n != 1960 ||
		d.membership(t, "member10@x.nl").Attributes["city"] != "Breda Noord" {
		t.Errorf("%d consents", n)
	}
	if again, err := im.Run(context.Background(), options, strings.NewReader(content), nil); err != nil || again.Unchanged != 1960 ||
		again.Resumed {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

func TestImportFailsWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	im := d.importer(50)
	full := errors.New("the disk is full")
	n := 0
	i, err := im.Run(context.Background(), Options{Label: d.nl, Rejects: func(Reject) error {
		if n++; n == 20 {
			return full
		}
		return nil
	}}, strings.NewReader(crowd(2000, "Breda")), nil)
	if !errors.Is(err, full) || i.State != "failed" {
		t.Fatalf("%+v, %v", i, err)
	}
	if i, err = im.Run(context.Background(), Options{Label: d.nl}, strings.NewReader(crowd(2000, "Breda")), nil); err != nil ||
		!i.Resumed || i.Inserted != 1960 || !i.Error.IsZero() {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestImportsAtTheSameTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var group sync.WaitGroup
	for _, o := range []Options{{Label: d.nl, FileName: "a"}, {Label: d.nl, FileName: "b"}, {Label: d.de, FileName: "c"}} {
		group.Go(func() {
			im := d.importer(100)
			o.Consent = d.agreed()
			if i, err := im.Run(context.Background(), o, strings.NewReader(crowd(2000, "Breda "+o.FileName)), nil); err != nil ||
				i.Inserted+i.Updated+i.Unchanged != 1960 {
				t.Errorf("%s: %+v, %v", o.FileName, i, err)
			}
		})
	}
	for n := range 20 { // and people who join by themselves meanwhile
		group.Go(func() {
			_, err := d.Create(context.Background(), members.Newcomer{Label: d.nl, Address: fmt.Sprintf("member%d@x.nl", n*97)})
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for query, want := range map[string]int{
		`SELECT count(*) FROM members`:                            1960,
		`SELECT count(*) FROM memberships`:                        2 * 1960,
		`SELECT count(*) FROM consents`:                           2 * 1960,
		`SELECT count(*) FROM memberships WHERE NOT mail_consent`: 0,
	} {
		if n := pgtest.Count(t, d.db, query); n != want && n != want+1 { // one of those who joined has no row in the file
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

func TestTheSameFileTwiceAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	im := d.importer(50)
	tried := false
	_, err := im.Run(context.Background(), Options{Label: d.nl}, strings.NewReader(crowd(500, "Breda")), func(p Progress) {
		if p.Reading || tried {
			return
		}
		tried = true
		_, err := d.importer(50).Run(context.Background(), Options{Label: d.nl}, strings.NewReader(crowd(500, "Breda")), nil)
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a second one began: %v", err)
		}
	})
	if err != nil || !tried {
		t.Error(err)
	}
}

// TestUnsubscribeDuringImport withdraws while a file with the consent of the
// same members comes in again and again.
func TestUnsubscribeDuringImport(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	im := d.importer(50)
	content := crowd(400, "Breda")
	d.load(t, Options{Consent: d.agreed()}, content)
	var group sync.WaitGroup
	group.Go(func() {
		for n := range 8 {
			c := d.agreed()
			c.Text = fmt.Sprintf("Text %d", n)
			if _, err := im.Run(ctx, Options{Label: d.nl, Consent: c}, strings.NewReader(content), nil); err != nil {
				t.Error(err)
			}
		}
	})
	for n := 1; n < 40; n += 2 {
		m, err := d.Find(ctx, fmt.Sprintf("member%d@x.nl", n))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Suppress(ctx, nil, m.ID, d.nl, members.Unsubscribe, "one-click", nil); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
	if n := pgtest.Count(t, d.db, `SELECT count(*) FROM memberships s JOIN suppressions x USING (member_id, label_id)
		WHERE s.mail_consent`); n != 0 {
		t.Errorf("%d members who unsubscribed consent again", n)
	}
}

func TestImportFromAPipe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	reader, writer := io.Pipe()
	go func() {
		_, err := io.WriteString(writer, crowd(100, "Breda"))
		_ = writer.CloseWithError(err)
	}()
	if i, err := NewImporter(d.db, d.clock, d.Store).Run(context.Background(), Options{Label: d.nl}, reader, nil); err != nil ||
		i.Inserted != 98 {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestImportSurvivesAPowerCut kills the server under an import. Chunks that it
// had not made durable are gone, and so is the memory of having done them.
func TestImportSurvivesAPowerCut(t *testing.T) {
	t.Parallel()
	server := pgtest.Server(t)
	open := func() *Importer {
		db := pgtest.Open(t, server.AppURL())
		im := NewImporter(db, clock.System{}, members.NewStore(db, clock.System{}, []byte("key")))
		im.chunkRows = 20
		return im
	}
	im := open()
	label := labels.ID(pgtest.Label(t, im.db, "nl"))
	options := Options{Label: label, Consent: &FileConsent{Text: "Ja", Source: "crm", At: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}}
	for cuts := 0; ; cuts++ {
		cut := false
		i, err := im.Run(context.Background(), options, strings.NewReader(crowd(2000, "Breda")), func(p Progress) {
			if !cut && cuts < 2 && !p.Reading && p.Done > int64(400*(cuts+1)) {
				cut = true
				server.Kill()
			}
		})
		if !cut {
			if err != nil || !i.Resumed || cuts != 2 {
				t.Fatalf("after %d cuts: %+v, %v", cuts, i, err)
			}
			break
		}
		if err == nil {
			t.Fatalf("it ended without a server: %+v", i)
		}
		server.Start()
		im = open()
	}
	var got struct{ Done, Members, Memberships, Consents int64 }
	if err := im.db.Get(&got, `
		SELECT (SELECT rows_done FROM imports) AS done, (SELECT count(*) FROM members) AS members,
		       (SELECT count(*) FROM memberships) AS memberships, (SELECT count(*) FROM consents) AS consents`); err != nil {
		t.Fatal(err)
	}
	if got.Done != 2200 || got.Members != 1960 || got.Memberships != 1960 || got.Consents != 1960 {
		t.Errorf("%+v", got)
	}
}

// Imports that begin at once in a small pool take turns, and none waits for a
// connection that another holds.
func TestImportsLeaveConnectionsToEachOther(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	postgres.Limit(d.db, connectionsEach)
	im := d.importer(100)
	var group sync.WaitGroup
	for n := range 2 * connectionsEach {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			i, err := im.Run(ctx, Options{Label: d.nl, FileName: fmt.Sprint(n)}, strings.NewReader(crowd(200, fmt.Sprint("Breda ", n))),
				nil)
			if err != nil || i.Inserted+i.Updated != 196 {
				t.Errorf("%+v, %v", i, err)
			}
		})
	}
	group.Wait()
	postgres.Limit(d.db, connectionsEach-1)
	if _, err := im.Run(t.Context(), Options{Label: d.nl}, strings.NewReader(crowd(2, "Breda")), nil); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with too few connections: %v", err)
	}
	postgres.Limit(d.db, connectionsEach)
	im.running <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := im.Run(ctx, Options{Label: d.nl}, strings.NewReader(crowd(2, "Breda")), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("while another runs: %v", err)
	}
}
