package segments_test

import (
	"fmt"
	"testing"

	"keur/segments"
)

// TestSegmentsAreCountedOnceADay: those in use, of which a later day is another size.
func TestSegmentsAreCountedOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	everyone, err := w.Store.Create(t.Context(), w.Label, "Everyone", "", segments.Everyone())
	if err != nil {
		t.Fatal(err)
	}
	gone, err := w.Store.Create(t.Context(), w.Label, "Gone", "", segments.Everyone())
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	if _, err := w.Store.Update(t.Context(), gone.ID, 1, func(g *segments.Segment) error { g.ArchivedAt = &now; return nil }); err != nil {
		t.Fatal(err)
	}
	sizes := segments.NewSizes(w.Engine)
	for _, want := range []int{1, 0} {
		if n, err := sizes.CountDue(t.Context()); err != nil || n != want {
			t.Fatalf("counted %d, want %d: %v", n, want, err)
		}
	}
	exact, err := w.Engine.Count(t.Context(), w.Label, segments.Everyone())
	if err != nil {
		t.Fatal(err)
	}
	found, err := sizes.Since(t.Context(), noon.AddDate(0, 0, -1), everyone.ID, gone.ID)
	if err != nil || len(found) != 1 || len(found[everyone.ID]) != 1 || found[everyone.ID][0].Members != exact {
		t.Errorf("sizes are %+v, want %d: %v", found, exact, err)
	}
	if later, err := sizes.Since(t.Context(), noon.AddDate(0, 0, 1), everyone.ID); err != nil || len(later) != 0 {
		t.Errorf("from tomorrow on there are %+v, %v", later, err)
	}
}

// Segments that can't be counted now, as many as are taken at once, keep none from its
// size.
func TestWhatCantBeCountedKeepsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	var last segments.Segment
	for i := range 51 {
		var err error
		if last, err = w.Store.Create(t.Context(), w.Label, fmt.Sprintf("Segment %d", i), "", segments.Everyone()); err != nil {
			t.Fatal(err)
		}
	}
	w.Exec(fmt.Sprintf(`ALTER TABLE segment_sizes ADD CHECK (segment_id = %d)`, last.ID))
	if n, err := segments.NewSizes(w.Engine).CountDue(t.Context()); err == nil || n != 1 {
		t.Errorf("counted %d: %v", n, err)
	}
}
