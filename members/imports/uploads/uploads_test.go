package uploads

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/standing"
)

const handedIn = "E-mail;Voornaam;Punten;Nieuwsbrief\njan@x.nl;Jan;12;ja\npiet@x.nl;Piet;7;nee\nnobody;Niets;1;ja\n"

// desk is a base with two labels, the members in it, and what imports them.
type desk struct {
	*members.Store
	db       *sqlx.DB
	clock    *clock.Fake
	importer *imports.Importer
	nl, de   labels.ID
}

func newUploads(t *testing.T) (*desk, *Store, string) {
	t.Helper()
	d, folder := &desk{db: pgtest.New(t), clock: clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))},
		filepath.Join(t.TempDir(), "imports")
	d.Store = members.NewStore(d.db, d.clock, []byte("erasure key of a test"))
	d.nl, d.de = labels.ID(pgtest.Label(t, d.db, "nl")), labels.ID(pgtest.Label(t, d.db, "de"))
	d.importer = imports.NewImporter(d.db, d.clock, d.Store)
	u := NewStore(d.db, d.clock, d.importer, folder)
	t.Cleanup(u.Stop)
	return d, u, folder
}

// busy has the importer import another file until release is called.
func (d *desk) busy(t *testing.T) (release func()) {
	t.Helper()
	begun, wait, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := d.importer.Run(pgtest.Acting(context.Background(), "user:7"), imports.Options{
			Label: d.de, DryRun: true, Rejects: func(imports.Reject) error { close(begun); <-wait; return nil },
		}, strings.NewReader("E-mail\nnobody\n"), nil)
		done <- err
	}()
	<-begun
	return func() {
		close(wait)
		if err := <-done; err != nil {
			t.Errorf("the other file: %v", err)
		}
	}
}

// ended waits until an upload is no longer being imported.
func ended(t *testing.T, u *Store, id int64) (imports.Progress, error) {
	t.Helper()
	proctest.Until(t, "the import ends", func() bool { return !u.Work(id).Running })
	w := u.Work(id)
	return w.Progress, w.Err
}

func TestUploadIsMappedRehearsedAndImported(t *testing.T) {
	t.Parallel()
	d, u, folder := newUploads(t)
	ctx := pgtest.Acting(t.Context(), "user:7")
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := io.WriteString(w, handedIn)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	up, err := u.Keep(ctx, d.nl, "/tmp/leden.csv.gz", &zipped)
	if err != nil {
		t.Fatal(err)
	}
	if up.FileName != "leden.csv.gz" || up.CreatedBy != "user:7" {
		t.Errorf("%+v", up)
	}
	seen, err := u.Preview(ctx, up)
	if err != nil {
		t.Fatal(err)
	}
	want := []imports.Column{{Header: "E-mail", Target: "email"},
		{Header: "Voornaam", Target: "first_name", Type: members.Text, New: true},
		{Header: "Punten", Target: "punten", Type: members.Number, New: true},
		{Header: "Nieuwsbrief", Target: "consent", Words: []imports.Word{
			{Word: "ja", Rows: 1, Standing: standing.Subscribed}, {Word: "nee", Rows: 1, Standing: standing.Declined},
		}}}
	if fmt.Sprint(seen.Columns) != fmt.Sprint(want) || len(seen.Rows) != 3 || seen.Rows[1][1] != "Piet" {
		t.Fatalf("seen as %+v", seen)
	}
	// The points are left out, the names called otherwise.
	seen.Columns[1].Target, seen.Columns[2] = "roepnaam", imports.Column{Header: "Punten"}
	up, err = u.Update(ctx, up.ID, func(up *Upload) error { return up.Options.Choose(seen.Columns) })
	if err != nil {
		t.Fatal(err)
	}
	if again, err := u.Preview(ctx, up); err != nil || fmt.Sprint(again.Columns) != fmt.Sprint(seen.Columns) {
		t.Errorf("chosen %+v: %v", again.Columns, err)
	}
	if err := u.Start(ctx, up.ID, true); err != nil {
		t.Fatal(err)
	}
	if p, err := ended(t, u, up.ID); err != nil || p.Inserted != 2 || p.Rejected != 1 {
		t.Errorf("rehearsal %+v: %v", p, err)
	}
	if _, err := d.Find(ctx, "jan@x.nl"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a dry run kept somebody: %v", err)
	}
	if up, err = u.Get(ctx, up.ID); err != nil || up.Rehearsal == nil || up.Rehearsal.Inserted != 2 || up.ImportID != nil {
		t.Errorf("%+v %v", up, err)
	}
	if err := u.Start(ctx, up.ID, false); err != nil {
		t.Fatal(err)
	}
	if p, err := ended(t, u, up.ID); err != nil || p.State != "finished" || p.By != "user:7" && p.By != "" {
		t.Errorf("import %+v: %v", p, err)
	}
	if m, err := d.Find(ctx, "jan@x.nl"); err != nil || m.Memberships[0].Attributes["roepnaam"] != "Jan" ||
		len(m.Memberships[0].Attributes) != 1 {
		t.Errorf("%+v %v", m, err)
	}
	file, err := u.RejectsFile(up)
	if err != nil {
		t.Fatal(err)
	}
	left, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil || !strings.HasPrefix(string(left), "4,E-mail,") {
		t.Errorf("left out: %s %v", left, err)
	}
	if kept, err := filepath.Glob(filepath.Join(folder, "*.file")); err != nil || len(kept) != 0 {
		t.Errorf("members' data stays about: %v %v", kept, err)
	}
	if err := u.Start(ctx, up.ID, false); !fault.Is(err, fault.Conflict) {
		t.Errorf("imported twice: %v", err)
	}
}

func TestStoppedUploadGoesOn(t *testing.T) {
	t.Parallel()
	d, u, folder := newUploads(t)
	ctx := pgtest.Acting(t.Context(), "user:7")
	up, err := u.Keep(ctx, d.nl, "leden.csv", strings.NewReader(handedIn))
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Start(ctx, up.ID, false); err != nil {
		t.Fatal(err)
	}
	u.Stop() // as when the process ends: maybe before, maybe after
	other := NewStore(d.db, d.clock, imports.NewImporter(d.db, d.clock, d.Store), folder)
	t.Cleanup(other.Stop)
	if p, _ := ended(t, u, up.ID); p.State != "finished" {
		if err := other.Start(ctx, up.ID, false); err != nil {
			t.Fatal(err)
		}
		if p, err := ended(t, other, up.ID); err != nil || p.State != "finished" {
			t.Errorf("%+v %v", p, err)
		}
	}
	if m, err := d.Find(ctx, "piet@x.nl"); err != nil || m.Memberships[0].MailConsent {
		t.Errorf("%+v %v", m, err)
	}
}

func TestUploadsAreRefusedAndForgotten(t *testing.T) {
	t.Parallel()
	d, u, folder := newUploads(t)
	if _, err := u.Keep(t.Context(), d.nl, "leeg.csv", strings.NewReader("")); !fault.Is(err, fault.Invalid) {
		t.Errorf("empty: %v", err)
	}
	up, err := u.Keep(t.Context(), d.nl, "leden.csv", strings.NewReader(handedIn))
	if err != nil {
		t.Fatal(err)
	}
	_, err = u.Update(t.Context(), up.ID, func(up *Upload) error {
		return up.Options.Choose([]imports.Column{{Header: "Voornaam", Target: "Naam!", Type: members.Text, New: true},
			{Header: "E-mail", Target: "city"}, {Header: "Punten", Target: "city"}})
	})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "columns[0]") || !strings.Contains(err.Error(), "columns[2]") ||
		!strings.Contains(err.Error(), "addresses") {
		t.Errorf("%v", err)
	}
	d.clock.Add(keepUploads + time.Hour)
	if _, err := u.Keep(t.Context(), d.nl, "nieuw.csv", strings.NewReader(handedIn)); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Get(t.Context(), up.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("an old upload stays: %v", err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 2 {
		t.Errorf("%v %v", files, err)
	}
}

// An upload whose import is stopped stays open, tells how far it is, and goes
// when it is removed; what has gone is said to have gone.
func TestUploadIsCancelledAndRemoved(t *testing.T) {
	t.Parallel()
	d, u, folder := newUploads(t)
	up, err := u.Keep(t.Context(), d.nl, "leden.csv", strings.NewReader(handedIn))
	if err != nil {
		t.Fatal(err)
	}
	if w := u.Work(up.ID); w.Running || w.ID != 0 {
		t.Errorf("before it began: %+v", w)
	}
	if _, err := u.RejectsFile(up); !fault.Is(err, fault.NotFound) {
		t.Errorf("rejects of what didn't run: %v", err)
	}
	u.Cancel(up.ID) // there is nothing to cancel
	release := d.busy(t)
	if err := u.Start(t.Context(), up.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := u.Start(t.Context(), up.ID, true); !fault.Is(err, fault.Conflict) {
		t.Errorf("begun twice: %v", err)
	}
	if err := u.Remove(t.Context(), up.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("removed while it runs: %v", err)
	}
	u.Cancel(up.ID)
	if _, err := ended(t, u, up.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	release()
	if open, err := u.Open(t.Context(), d.nl); err != nil || len(open) != 1 || open[0].ID != up.ID {
		t.Errorf("%+v %v", open, err)
	}
	if open, err := u.Open(t.Context(), d.de); err != nil || len(open) != 0 {
		t.Errorf("under another label: %+v %v", open, err)
	}
	if err := u.Remove(t.Context(), up.ID); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 0 {
		t.Errorf("%v %v", files, err)
	}
	if err := u.Start(t.Context(), up.ID, false); !fault.Is(err, fault.NotFound) {
		t.Errorf("begun after its end: %v", err)
	}
	if _, err := u.Preview(t.Context(), up); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "no longer here") {
		t.Errorf("seen after its end: %v", err)
	}
}
