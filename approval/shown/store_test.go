package shown_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/shown"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/templates"
)

// source makes two mails, which conditions tell apart; a third condition changes
// nothing.
const source = `<html><body>{{if member.points > 0}}<p>Casino</p>{{else}}<p>A weekend</p>{{end}}` +
	`{{if member.points > 9}}<p>Hello</p>{{else}}<p>Hello</p>{{end}}` +
	`{{placements}}<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Unsubscribe</a></p></body></html>`

// faced is a publisher with a mailing of two faces.
func faced(t *testing.T) (*mailingstest.World, pgtest.DB, *shown.Store, mailings.Mailing) {
	t.Helper()
	w, db := mailingstest.Fresh(t, 3)
	if _, err := w.Members.Declare(t.Context(), w.Label.ID, "points", "number"); err != nil {
		t.Fatal(err)
	}
	b := w.Brief(t, "2026-11-24T10:00")
	b.Template = mailings.BriefTemplate{Format: templates.HTML, Source: source}
	m, _ := w.Draft(t, b)
	m, err := w.Mailings.Get(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	return w, db, shown.NewStore(db.App, w.Clock, w.Mailings, w.Members, w.Reach, w.Compiler, pgtest.Key()), m
}

// TestFacesAreWhatTheConditionsMake counts who gets which, and once more only when
// the count is old.
func TestFacesAreWhatTheConditionsMake(t *testing.T) {
	t.Parallel()
	w, _, store, m := faced(t)
	maker := mailingstest.As(w.Maker)
	set, err := store.Current(maker, &m)
	if err != nil || len(set.Faces) != 2 {
		t.Fatalf("%+v, %v", set, err)
	}
	members := map[string]int{}
	for i, f := range set.Faces {
		view, err := store.Show(maker, &set, f.Number, "or")
		if err != nil || f.Number != i+1 || len(f.Branches) == 0 {
			t.Fatalf("face %+v: %v", f, err)
		}
		for _, word := range []string{"Casino", "weekend"} {
			if strings.Contains(view.HTML, word) {
				members[word] += f.Members
			}
		}
	}
	if members["Casino"] != 0 || members["weekend"] != 3 {
		t.Errorf("of three members without points get %v", members)
	}
	w.Clock.Add(time.Hour - time.Second)
	if again, err := store.Current(maker, &m); err != nil || again.ID != set.ID {
		t.Errorf("within the hour it is set %d, %v", again.ID, err)
	}
	w.Clock.Add(time.Second)
	anew, err := store.Current(maker, &m)
	if err != nil || anew.ID == set.ID {
		t.Errorf("after an hour it is set %d, %v", anew.ID, err)
	}
	if named, err := store.Named(maker, &m); err != nil || *named != anew.ID {
		t.Errorf("a round would name %v, %v", named, err)
	}
	if _, err := store.Show(maker, &set, 3, ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("a third face: %v", err)
	}
	if _, err := store.Current(maker, &mailings.Mailing{ID: m.ID}); words.OfError(err).Key != "mailings.no_content" {
		t.Errorf("of no content: %v", err)
	}
	if _, err := store.OfRound(maker, nil); words.OfError(err).Key != "approval.no_such_face" {
		t.Errorf("of a round without any: %v", err)
	}
	if _, err := store.Set(maker, anew.ID+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a set that isn't there: %v", err)
	}
}

// TestASlotThatPassedCountsAsOfNow still says who would get what.
func TestASlotThatPassedCountsAsOfNow(t *testing.T) {
	t.Parallel()
	w, _, store, m := faced(t)
	w.Clock.Add(48 * time.Hour)
	if set, err := store.Current(mailingstest.As(w.Maker), &m); err != nil || len(set.Faces) != 2 {
		t.Errorf("%+v, %v", set, err)
	}
}

// TestWhatOneSawCountsForThemAlone notes faces for two people, and demands all.
func TestWhatOneSawCountsForThemAlone(t *testing.T) {
	t.Parallel()
	w, db, store, m := faced(t)
	maker, third := mailingstest.As(w.Maker), mailingstest.As(w.Third)
	set, err := store.Current(maker, &m)
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { // it is put up
		tx.MustExec(`
			INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable,
			                             submitted_by, ceiling, face_set_id)
			SELECT mailing_id, id, digest, 3, '{}', 10, false, $2, 10, $3 FROM revisions WHERE id = $1`, set.RevisionID, w.Maker.ID, set.ID)
	})
	demand := func() error {
		return postgres.InTx(maker, db.App, func(tx *sqlx.Tx) error { return shown.DemandSeen(maker, tx, set.RevisionID) })
	}
	for range 2 { // a page that is loaded again
		if err := store.Note(maker, &set, 2); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Note(third, &set, 1); err != nil {
		t.Fatal(err)
	}
	if err := store.Note(maker, &set, 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("a third face was seen: %v", err)
	}
	for actor, want := range map[string]int{w.Maker.ID.Actor(): 2, w.Third.ID.Actor(): 1} {
		if seen, err := store.SeenBy(t.Context(), set.ID, actor); err != nil || len(seen) != 1 || seen[0] != want {
			t.Errorf("%s has seen %v, %v", actor, seen, err)
		}
	}
	if missing, err := store.Unseen(maker, set.RevisionID); err != nil || missing != "1" {
		t.Errorf("the maker hasn't seen %q, %v", missing, err)
	}
	if err := demand(); err == nil || words.OfError(err).Key != "approval.faces_unseen" {
		t.Errorf("one of two was seen: %v", err)
	}
	if err := store.Note(maker, &set, 1); err != nil {
		t.Fatal(err)
	}
	if err := demand(); err != nil {
		t.Errorf("both were seen: %v", err)
	}
}

// TestForgedAndOlderFacesDoNotPass: a set needs the program's word, and to be what
// this program renders.
func TestForgedAndOlderFacesDoNotPass(t *testing.T) {
	t.Parallel()
	w, db, store, m := faced(t)
	maker := mailingstest.As(w.Maker)
	set, err := store.Current(maker, &m)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Verify(maker, &set.ID); err != nil {
		t.Fatal(err)
	}
	if err := store.Verify(maker, nil); err != nil {
		t.Errorf("of no set: %v", err)
	}
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE faces SET digest = sha256('as an older Keur made it') WHERE number = 2`)
	})
	older, err := store.Set(maker, set.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Show(maker, &older, 2, ""); words.OfError(err).Key != "scheduler.renders_otherwise" {
		t.Errorf("shown otherwise than it was: %v", err)
	}
	if err := store.Verify(maker, &set.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a set that renders otherwise passes: %v", err)
	}
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM face_seals`) })
	if err := store.Verify(maker, &set.ID); words.OfError(err).Key != "approval.faces_unsealed" {
		t.Errorf("a set without the program's word passes: %v", err)
	}
	if anew, err := store.Current(maker, &m); err != nil || anew.ID == set.ID {
		t.Errorf("a set without the program's word is taken: %d, %v", anew.ID, err)
	}
}

// TestALookIsComparedWithTheOneBefore tells whoever looks which revision they saw
// last.
func TestALookIsComparedWithTheOneBefore(t *testing.T) {
	t.Parallel()
	w, _, store, m := faced(t)
	third := mailingstest.As(w.Third)
	if before, err := store.Look(third, *m.RevisionID, w.Third.ID); err != nil || before != 0 {
		t.Fatalf("the first look follows revision %d, %v", before, err)
	}
	next := w.Edit(t, m, *m.RevisionID, w.Brief(t, "2026-11-25T10:00"))
	for range 2 { // a page that is opened again still shows what changed
		if before, err := store.Look(third, next.ID, w.Third.ID); err != nil || before != *m.RevisionID {
			t.Errorf("the second look follows revision %d, %v", before, err)
		}
	}
	if _, err := store.Look(third, next.ID+1, w.Third.ID); err == nil {
		t.Error("a revision that isn't there was looked at")
	}
}
