package mailings_test

import (
	"testing"
	"time"

	"keur/internal/fault"
	"keur/mailings"
	"keur/mailings/mailingstest"
)

// say returns a change of the preheader.
func say(text string) func(*mailings.Brief) error {
	return func(d *mailings.Brief) error { d.Preheader = text; return nil }
}

func TestTypingMakesNoRevision(t *testing.T) {
	t.Parallel()
	w, db := mailingstest.Fresh(t, 1)
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	m, first := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	m = w.Approve(t, db.Owner, m, first)
	as := mailingstest.As(w.Maker)

	copied, err := bench.Change(as, m, mailings.ContentPart, 0, w.Maker.ID, say("een"))
	if err != nil || copied.Brief.Preheader != "een" || copied.BasedOn != first.ID {
		t.Fatalf("%+v %v", copied, err)
	}
	if now, err := w.Mailings.Get(as, m.ID); err != nil || now.State != mailings.Approved || *now.RevisionID != first.ID {
		t.Errorf("typing took the approval away: %+v %v", now, err)
	}
	// Another part can be changed at the same time, the same one can't.
	if _, err := bench.Change(mailingstest.As(w.Third), m, mailings.AudiencePart, 0, w.Third.ID,
		func(d *mailings.Brief) error { d.Audience.Cap = 10; return nil }); err != nil {
		t.Error(err)
	}
	theirs, err := bench.Change(as, m, mailings.ContentPart, 0, w.Maker.ID, say("twee"))
	if !fault.Is(err, fault.Conflict) || theirs.Brief.Preheader != "een" || theirs.Changes[mailings.ContentPart].By != w.Maker.ID {
		t.Errorf("%+v %v", theirs, err)
	}
	if _, _, err := bench.Save(as, m, 1, w.Maker.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a copy that changed meanwhile was saved: %v", err)
	}
	revision, _, err := bench.Save(as, m, 2, w.Maker.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := w.Mailings.Get(as, m.ID); err != nil || now.State != mailings.Draft || *now.RevisionID != revision.ID {
		t.Errorf("%+v %v", now, err)
	}
	// Whoever wrote a part without saving it is an author like the one who did.
	authors, err := w.Mailings.Authors(as, revision.ID)
	if err != nil || len(authors) != 2 || authors[1] != w.Third.ID {
		t.Errorf("%v %v", authors, err)
	}
	m, err = w.Mailings.Get(as, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if after, err := bench.Open(as, &m); err != nil || after.Changed() || after.Brief.Preheader != "een" || after.Brief.Audience.Cap != 10 {
		t.Errorf("%+v %v", after, err)
	}
}

func TestACopyIsOvertaken(t *testing.T) {
	t.Parallel()
	w, _ := mailingstest.Fresh(t, 1)
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	b := w.Brief(t, "2026-11-24T10:00")
	m, first := w.Draft(t, b)
	as := mailingstest.As(w.Maker)
	stale, err := w.Mailings.Get(as, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	second := w.Edit(t, m, first.ID, b)
	if _, err := bench.Change(as, stale, mailings.ContentPart, 0, w.Maker.ID, say("te laat")); !fault.Is(err, fault.Conflict) {
		t.Errorf("changed what was read before another's revision: %v", err)
	}
	if m, err = w.Mailings.Get(as, m.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := bench.Change(as, m, mailings.ContentPart, 0, w.Maker.ID, say("mijn tekst")); err != nil {
		t.Fatal(err)
	}
	w.Edit(t, m, second.ID, b) // by a program, say
	m, err = w.Mailings.Get(as, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := bench.Open(as, &m)
	if err != nil || !copied.Overtaken() || copied.Brief.Preheader != "mijn tekst" {
		t.Errorf("%+v %v", copied, err)
	}
	if _, _, err := bench.Save(as, m, copied.Version, w.Maker.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("saved over another's revision: %v", err)
	}
	if err := bench.Rebase(as, m.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := bench.Save(as, m, copied.Version, w.Maker.ID); err != nil {
		t.Error(err)
	}
}

func TestWhoIsHere(t *testing.T) {
	t.Parallel()
	w, _ := mailingstest.Fresh(t, 1)
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	m, _ := w.Draft(t, w.Brief(t, "2026-11-24T10:00"))
	if others, err := bench.Attend(t.Context(), m.ID, "content", w.Maker.ID); err != nil || len(others) != 0 {
		t.Errorf("%v %v", others, err)
	}
	others, err := bench.Attend(t.Context(), m.ID, "audience", w.Third.ID)
	if err != nil || len(others) != 1 || others[0].UserID != w.Maker.ID || others[0].Step != "content" {
		t.Errorf("%v %v", others, err)
	}
	w.Clock.Add(31 * time.Second)
	if others, err := bench.Attend(t.Context(), m.ID, "audience", w.Third.ID); err != nil || len(others) != 0 {
		t.Errorf("who closed the page is still here: %v %v", others, err)
	}
}
