package segments_test

import (
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/segments"
)

// women is a rule to save.
func women() segments.Rule {
	return segments.Rule{Attribute: &segments.Attribute{Name: "gender", Op: segments.Is, Value: "f"}}
}

func TestSegmentHasVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	ctx := postgres.WithActor(t.Context(), "user:7")
	g, err := w.store.Create(ctx, w.label, "Women", "", women())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Create(ctx, w.label, "Women", "", women()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second of the name: %v", err)
	}
	g, err = w.store.Update(ctx, g.ID, 1, func(s *segments.Segment) error { s.Rule = segments.Everyone(); return nil })
	if err != nil || g.Version != 2 {
		t.Fatalf("version %d, %v", g.Version, err)
	}
	if _, err := w.store.Update(ctx, g.ID, 1, func(*segments.Segment) error { return nil }); !fault.Is(err, fault.Conflict) {
		t.Errorf("an update of an old version: %v", err)
	}
	if g, err = w.store.Update(ctx, g.ID, 2, func(s *segments.Segment) error { s.Name = "All"; return nil }); err != nil || g.Version != 2 {
		t.Errorf("a new name made version %d, %v", g.Version, err)
	}
	old, err := w.store.AtVersion(ctx, g.ID, 1)
	if err != nil || old.Rule.Attribute == nil || old.Version != 1 {
		t.Errorf("version 1: %+v, %v", old, err)
	}
	var by string
	w.get(&by, `SELECT created_by FROM segment_versions WHERE segment_id = $1 AND version = 2`, g.ID)
	if by != "user:7" {
		t.Errorf("made by %s", by)
	}
	if _, err := w.db.Owner.Exec(`UPDATE segment_versions SET rule = '{}'`); err == nil {
		t.Error("a version was changed")
	}
}

func TestArchivedSegmentsAreOutOfTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	g, err := w.store.Create(t.Context(), w.label, "Women", "", women())
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	if _, err := w.store.Update(t.Context(), g.ID, 1, func(s *segments.Segment) error { s.ArchivedAt = &now; return nil }); err != nil {
		t.Fatal(err)
	}
	for archived, want := range map[bool]int{false: 0, true: 1} {
		if list, err := w.store.List(t.Context(), segments.Filter{Labels: []labels.ID{w.label}, Archived: archived}, paging.Ask{}); err != nil || len(list.Items) != want {
			t.Errorf("archived %v: %d, %v", archived, len(list.Items), err)
		}
	}
	if _, err := w.store.Resolve(t.Context(), g.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("resolved an archived segment: %v", err)
	}
}

func TestReferencesAreResolvedByValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.addMembers(10)
	w.exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 4`)
	a, err := w.store.Create(t.Context(), w.label, "A", "", women())
	if err != nil {
		t.Fatal(err)
	}
	notA := segments.Rule{Not: &segments.Rule{Segment: &segments.Reference{ID: a.ID}}}
	b, err := w.store.Create(t.Context(), w.label, "B", "", notA)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.engine.Count(t.Context(), w.label, b.Rule); err != nil || n != 6 {
		t.Errorf("%d, %v", n, err)
	}
	ref, err := w.store.Resolve(t.Context(), b.ID)
	if err != nil || ref.Rule.Not == nil || ref.Rule.Not.Attribute == nil || ref.Version != 1 || ref.Name != "B" {
		t.Errorf("%+v, %v", ref, err)
	}
	_, err = w.store.Update(t.Context(), a.ID, 1, func(s *segments.Segment) error {
		s.Rule = segments.Rule{All: []segments.Rule{{Segment: &segments.Reference{ID: b.ID}}}}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "refers to itself") {
		t.Errorf("a circle was saved: %v", err)
	}
	other := w.addLabel("two", "Europe/Berlin")
	if _, err := w.store.Create(t.Context(), other, "C", "", notA); !fault.Is(err, fault.Invalid) {
		t.Errorf("a segment of another label: %v", err)
	}
}

func TestSegmentThatCantBeCountedIsNotSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	for _, r := range []segments.Rule{{}, {Any: []segments.Rule{}}, {Attribute: &segments.Attribute{Name: "shoe", Op: segments.Is, Value: "x"}}} {
		if _, err := w.store.Create(t.Context(), w.label, "X", "", r); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := w.store.Create(t.Context(), w.label, " ", "", women()); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a name: %v", err)
	}
}

func TestKnownValuesAndUses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.addMembers(6)
	fields, err := w.engine.Fields(t.Context(), w.label)
	if err != nil {
		t.Fatal(err)
	}
	gender := fields["gender"]
	w.exec(`UPDATE memberships SET ` + gender.Slot + ` = CASE WHEN member_id <= 4 THEN 'female' ELSE 'male' END`)
	for part, want := range map[string]string{"": "female male", "FEM": "female", "x": ""} {
		if got, err := w.engine.Known(t.Context(), w.label, gender, part); err != nil || strings.Join(got, " ") != want {
			t.Errorf("known values with %q: %v (%v)", part, got, err)
		}
	}
	inner, err := w.store.Create(t.Context(), w.label, "Women", "", women())
	if err != nil {
		t.Fatal(err)
	}
	outer, err := w.store.Create(t.Context(), w.label, "Most", "", segments.Rule{Not: &segments.Rule{Segment: &segments.Reference{ID: inner.ID}}})
	if err != nil {
		t.Fatal(err)
	}
	uses, err := w.store.Uses(t.Context(), inner.ID)
	if err != nil || len(uses) != 1 || uses[0].Kind != "segment" || uses[0].ID != int64(outer.ID) {
		t.Errorf("uses %+v (%v)", uses, err)
	}
}
