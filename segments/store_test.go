package segments_test

import (
	"fmt"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
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
	ctx := pgtest.Acting(t.Context(), "user:7")
	g, err := w.Store.Create(ctx, w.Label, "Women", "", women())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Create(ctx, w.Label, "Women", "", women()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second of the name: %v", err)
	}
	g, err = w.Store.Update(ctx, g.ID, 1, func(s *segments.Segment) error { s.Rule = segments.Everyone(); return nil })
	if err != nil || g.Version != 2 {
		t.Fatalf("version %d, %v", g.Version, err)
	}
	if _, err := w.Store.Update(ctx, g.ID, 1, func(*segments.Segment) error { return nil }); !fault.Is(err, fault.Conflict) {
		t.Errorf("an update of an old version: %v", err)
	}
	if g, err = w.Store.Update(ctx, g.ID, 2, func(s *segments.Segment) error { s.Name = "All"; return nil }); err != nil || g.Version != 2 {
		t.Errorf("a new name made version %d, %v", g.Version, err)
	}
	old, err := w.Store.AtVersion(ctx, g.ID, 1)
	if err != nil || old.Rule.Attribute == nil || old.Version != 1 {
		t.Errorf("version 1: %+v, %v", old, err)
	}
	var by string
	w.Get(&by, `SELECT created_by FROM segment_versions WHERE segment_id = $1 AND version = 2`, g.ID)
	if by != "user:7" {
		t.Errorf("made by %s", by)
	}
	if _, err := w.Owner.Exec(`UPDATE segment_versions SET rule = '{}'`); err == nil {
		t.Error("a version was changed")
	}
}

func TestArchivedSegmentsAreOutOfTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	g, err := w.Store.Create(t.Context(), w.Label, "Women", "", women())
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	if _, err := w.Store.Update(t.Context(), g.ID, 1, func(s *segments.Segment) error { s.ArchivedAt = &now; return nil }); err != nil {
		t.Fatal(err)
	}
	for archived, want := range map[bool]int{false: 0, true: 1} {
		filter := segments.Filter{Labels: []labels.ID{w.Label}, Archived: archived}
		if list, err := w.Store.List(t.Context(), filter, paging.Ask{}); err != nil || len(list.Items) != want {
			t.Errorf("archived %v: %d, %v", archived, len(list.Items), err)
		}
	}
	if _, err := w.Store.Resolve(t.Context(), g.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("resolved an archived segment: %v", err)
	}
}

func TestReferencesAreResolvedByValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(10)
	w.Exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 4`)
	a, err := w.Store.Create(t.Context(), w.Label, "A", "", women())
	if err != nil {
		t.Fatal(err)
	}
	notA := segments.Rule{Not: &segments.Rule{Segment: &segments.Reference{ID: a.ID}}}
	b, err := w.Store.Create(t.Context(), w.Label, "B", "", notA)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.Engine.Count(t.Context(), w.Label, b.Rule); err != nil || n != 6 {
		t.Errorf("%d, %v", n, err)
	}
	ref, err := w.Store.Resolve(t.Context(), b.ID)
	if err != nil || ref.Rule.Not == nil || ref.Rule.Not.Attribute == nil || ref.Version != 1 || ref.Name != "B" {
		t.Errorf("%+v, %v", ref, err)
	}
	_, err = w.Store.Update(t.Context(), a.ID, 1, func(s *segments.Segment) error {
		s.Rule = segments.Rule{All: []segments.Rule{{Segment: &segments.Reference{ID: b.ID}}}}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "refers to itself") {
		t.Errorf("a circle was saved: %v", err)
	}
	other := w.AddLabel("two", "Europe/Berlin")
	if _, err := w.Store.Create(t.Context(), other, "C", "", notA); !fault.Is(err, fault.Invalid) {
		t.Errorf("a segment of another label: %v", err)
	}
}

func TestSegmentThatCantBeCountedIsNotSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	shoe := segments.Rule{Attribute: &segments.Attribute{Name: "shoe", Op: segments.Is, Value: "x"}}
	for _, r := range []segments.Rule{{}, {Any: []segments.Rule{}}, shoe} {
		if _, err := w.Store.Create(t.Context(), w.Label, "X", "", r); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := w.Store.Create(t.Context(), w.Label, " ", "", women()); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a name: %v", err)
	}
}

func TestKnownValuesAndUses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(6)
	fields, err := w.Engine.Fields(t.Context(), w.Label)
	if err != nil {
		t.Fatal(err)
	}
	gender := fields["gender"]
	w.Exec(`UPDATE memberships SET ` + gender.Slot + ` = CASE WHEN member_id <= 4 THEN 'female' ELSE 'male' END`)
	for part, want := range map[string]string{"": "[{female 4} {male 2}]", "FEM": "[{female 4}]", "x": "[]"} {
		if got, err := w.Engine.CommonValues(t.Context(), w.Label, gender, part); err != nil || fmt.Sprint(got) != want {
			t.Errorf("known values with %q: %v (%v)", part, got, err)
		}
	}
	inner, err := w.Store.Create(t.Context(), w.Label, "Women", "", women())
	if err != nil {
		t.Fatal(err)
	}
	reference := segments.Rule{Segment: &segments.Reference{ID: inner.ID}}
	outer, err := w.Store.Create(t.Context(), w.Label, "Most", "", segments.Rule{Not: &reference})
	if err != nil {
		t.Fatal(err)
	}
	uses, err := w.Store.Uses(t.Context(), inner.ID)
	if err != nil || len(uses) != 1 || uses[0].Kind != "segment" || uses[0].ID != int64(outer.ID) {
		t.Errorf("uses %+v (%v)", uses, err)
	}
}
