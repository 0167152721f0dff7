package dictionary

import (
	"context"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
)

func TestKnownGoesByCapitals(t *testing.T) {
	t.Parallel()
	known := Known{}
	for _, word := range []string{"spaarpas", "Keur", "iPad", "mini’s", "Großkurs"} {
		known.Add(word)
	}
	for word, want := range map[string]bool{
		"spaarpas": true, "Spaarpas": true, "SPAARPAS": true, "sPaarpas": false, "spaarpassen": false,
		"Keur": true, "KEUR": true, "keur": false,
		"iPad": true, "IPAD": true, "ipad": false, "IPad": true,
		"mini's": true, "Mini’s": true, "GROSSKURS": true, "": false,
	} {
		if got := known.Has(word); got != want {
			t.Errorf("%q: %t", word, got)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	ours, theirs := labels.ID(pgtest.Label(t, db.Owner, "ours")), labels.ID(pgtest.Label(t, db.Owner, "theirs"))
	store, ctx := NewStore(db.App), pgtest.Acting(context.Background(), "user:1")
	for _, word := range []string{"spaarpas", "Bol", "spaarpas"} {
		if err := store.Add(ctx, ours, word); err != nil {
			t.Fatal(err)
		}
	}
	for _, word := range []string{"", "two words", "a\nb", "-d", "!", "#", strings.Repeat("a", 61)} {
		if err := store.Add(ctx, ours, word); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is added: %v", word, err)
		}
	}
	all, err := store.List(ctx, ours)
	if err != nil || len(all) != 2 || all[0].Word != "Bol" || all[1].AddedBy != "user:1" || all[1].AddedAt.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
	if err := store.Remove(ctx, theirs, "Bol"); err != nil {
		t.Fatal(err)
	}
	if err := store.Remove(ctx, ours, "spaarpas"); err != nil {
		t.Fatal(err)
	}
	if all, err = store.List(ctx, ours); err != nil || len(all) != 1 || all[0].Word != "Bol" {
		t.Errorf("after one was removed: %+v, %v", all, err)
	}
	if all, err = store.List(ctx, theirs); err != nil || len(all) != 0 {
		t.Errorf("the other label has %+v, %v", all, err)
	}
	var told int
	if err := db.Owner.Get(&told, `SELECT count(*) FROM audit_log WHERE subject LIKE 'label_words:%' AND actor = 'user:1'`); err != nil || told < 3 {
		t.Errorf("the trail tells %d: %v", told, err)
	}
}
