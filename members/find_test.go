package members

import (
	"context"
	"slices"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/labels"
)

// TestMembersAreFound by the publisher's number, by name, and any few of them.
func TestMembersAreFound(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	finder := NewFinder(d.Store)
	if found, err := finder.Named(ctx, d.nl, "Jan"); err != nil || len(found) != 0 {
		t.Errorf("of a label without names: %+v, %v", found, err)
	}
	for _, name := range []string{"first_name", "last_name", "points"} {
		typ := Text
		if name == "points" {
			typ = Number
		}
		if _, err := d.Declare(ctx, d.nl, name, typ); err != nil {
			t.Fatal(err)
		}
	}
	var ids []ID
	for i, name := range [][2]string{{"Jan", "de Wit"}, {"JAN", "Smit"}, {"Els", "Jan"}, {"Janneke", "Smit"}} {
		m, err := d.Create(ctx, Newcomer{
			Label: d.nl, Address: string(rune('a'+i)) + "@x.nl", Key: "K" + string(rune('0'+i)),
			Consents:   []Consent{consent(d.clock.Now())},
			Attributes: map[string]any{"first_name": name[0], "last_name": name[1]},
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.ID)
		d.clock.Add(time.Minute)
	}
	for name, want := range map[string][]ID{
		"jan": {ids[2], ids[1], ids[0]}, "  Jan  DE wit ": {ids[0]}, "smit": {ids[3], ids[1]}, "ja": {}, "": {}, "Wit": {},
	} {
		found, err := finder.Named(ctx, d.nl, name)
		got := []ID{}
		for _, s := range found {
			got = append(got, s.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q are %v, not %v, %v", name, got, want, err)
		}
	}
	if m, err := finder.ByKey(ctx, d.nl, "K1"); err != nil || m.ID != ids[1] {
		t.Errorf("K1 is %d, %v", m.ID, err)
	}
	if m, err := finder.Whose(ctx, d.nl, ids[2], "K1"); err != nil || m.ID != ids[2] {
		t.Errorf("by the number it is %d, %v", m.ID, err)
	}
	if m, err := finder.Whose(ctx, d.nl, ids[3]+100, "K1"); err != nil || m.ID != ids[1] {
		t.Errorf("by the publisher's it is %d, %v", m.ID, err)
	}
	for _, label := range []labels.ID{d.de, 99} {
		if _, err := finder.Whose(ctx, label, ids[2], "K1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("under another label they are found: %v", err)
		}
	}
	for _, n := range []int{0, 3, 9} {
		sample, err := d.Sample(ctx, d.nl, n)
		slices.Sort(sample)
		if err != nil || len(sample) != min(n, len(ids)) || len(slices.Compact(sample)) != len(sample) {
			t.Errorf("of %d a few are %v, %v", n, sample, err)
		}
	}
	d.fields(t)
}

// fields reads and removes what the label knows of its members.
func (d *desk) fields(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	all, err := d.Attributes(ctx, d.nl)
	if err != nil || len(all) != 3 || all[0].Name != "first_name" {
		t.Fatalf("the label knows %+v, %v", all, err)
	}
	columns, err := d.FieldSQL(ctx, d.nl, []string{"points", "gone", "first_name"})
	if err != nil || len(columns) != 3 || columns[1] != ", ''" || columns[0] == columns[2] {
		t.Errorf("the columns are %q, %v", columns, err)
	}
	attributes := NewAttributes(d.Store)
	for name, kind := range map[string]fault.Kind{"first_name": fault.Conflict, "gone": fault.NotFound} {
		if err := attributes.Remove(ctx, d.nl, name); !fault.Is(err, kind) {
			t.Errorf("%s was removed: %v", name, err)
		}
	}
	if err := attributes.Remove(ctx, d.nl, "points"); err != nil {
		t.Errorf("what nobody has: %v", err)
	}
}
