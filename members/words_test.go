package members

import (
	"context"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/labels"
)

// Words of values are set whole, of texts and sets alone, and go with the attribute.
func TestValuesHaveWords(t *testing.T) {
	t.Parallel()
	w, ctx := newDesk(t), context.Background()
	for name, kind := range map[string]Type{"level": Text, "points": Number} {
		if _, err := w.Store.Declare(ctx, w.nl, name, kind); err != nil {
			t.Fatal(err)
		}
	}
	store := NewAttributes(w.Store)
	gold, silver := ValueWord{Value: "gold", NL: "goud", DE: "Gold"}, ValueWord{Value: "silver", NL: "zilver"}
	for _, set := range [][]ValueWord{{gold}, {silver, gold}, {silver, gold}, {gold, {Value: "silver"}}} {
		if err := store.SetWords(ctx, w.nl, "level", set); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := store.Words(ctx, w.nl, "level"); err != nil || len(found) != 1 || found[0] != gold {
		t.Errorf("%+v, %v", found, err)
	}
	all, err := store.ValueWords(ctx, w.nl)
	none := all.Of("level", "gold", "en") + all.Of("level", "x", "nl") + all.Of("x", "gold", "nl")
	if err != nil || all.Of("level", "gold", "nl") != "goud" || none != "" {
		t.Errorf("%+v, %v", all, err)
	}
	if values := all.Holding("level", "OUD", "nl"); len(values) != 1 || values[0] != "gold" || len(all.Holding("level", "oud", "de")) != 0 {
		t.Errorf("found by a word: %v", values)
	}
	if other, err := store.ValueWords(ctx, w.nl+1); err != nil || len(other) != 0 {
		t.Errorf("another label's: %v, %v", other, err)
	}
	for name, c := range map[string]struct {
		attribute string
		label     labels.ID
		words     []ValueWord
		want      fault.Kind
	}{
		"no attribute": {"x", w.nl, nil, fault.NotFound}, "a number": {"points", w.nl, nil, fault.Conflict},
		"another label's": {"level", w.nl + 1, nil, fault.NotFound}, "twice": {"level", w.nl, []ValueWord{gold, gold}, fault.Invalid},
		"the word of another": {"level", w.nl, []ValueWord{gold, {Value: "silver", NL: "GOUD"}}, fault.Invalid},
		"another value":       {"level", w.nl, []ValueWord{{Value: "silver", EN: "Gold"}, gold}, fault.Invalid},
		"no value":            {"level", w.nl, []ValueWord{{NL: "x"}}, fault.Invalid},
		"two lines":           {"level", w.nl, []ValueWord{{Value: "a", NL: "a\nb"}}, fault.Invalid},
		"without end":         {"level", w.nl, []ValueWord{{Value: "a", DE: strings.Repeat("x", 121)}}, fault.Invalid},
	} {
		if err := store.SetWords(ctx, c.label, c.attribute, c.words); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := store.Remove(ctx, w.nl, "level"); err != nil {
		t.Fatal(err)
	}
	if all, err = store.ValueWords(ctx, w.nl); err != nil || len(all) != 0 {
		t.Errorf("of what is gone: %v, %v", all, err)
	}
}
