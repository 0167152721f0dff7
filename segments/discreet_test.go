package segments

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
)

// TestAFewMembersAreNotCounted for who only looks; nor does the difference of
// two counts tell of one.
func TestAFewMembersAreNotCounted(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: -1, 19: -1, 20: 20, 21: 20, 39: 20, 40: 40, 1_000_001: 1_000_000} {
		got := n
		err := Discreet(&got)
		if want < 0 && (!fault.Is(err, fault.Forbidden) || got != n) || want >= 0 && (err != nil || got != want) {
			t.Errorf("%d is told as %d, %v", n, got, err)
		}
	}
	few, many := 7, 45
	if err := Discreet(&many, &few); err == nil || many != 45 {
		t.Errorf("one of two is a few: %d, %v", many, err)
	}
	w := Waterfall{Matched: 105, Steps: []Step{{Suppressed, 3}, {NoConsent, 41}}, Audience: 61}
	if err := w.Discreet(); err != nil || !cmp.Equal(w, Waterfall{100, []Step{{Suppressed, 0}, {NoConsent, 40}}, 60, true}) {
		t.Errorf("%+v, %v", w, err)
	}
	if err := (&Waterfall{Matched: 105, Audience: 4}).Discreet(); err == nil {
		t.Error("four are left")
	}
	kept := CoarsenKept([]byte(`{"matched":45,"steps":[{"reason":"no_consent","n":26}],"audience":19}`))
	if want := `{"matched":40,"steps":[{"reason":"no_consent","n":20}],"audience":0,"rounded":true}`; string(kept) != want {
		t.Errorf("what was kept is told as %s", kept)
	}
	if kept := CoarsenKept([]byte(`7 members`)); string(kept) != "null" {
		t.Errorf("what can't be read is told as %s", kept)
	}
	o := Overlapped{OnlyA: 3, OnlyB: 100, Both: 45}
	if err := o.Discreet(); err != nil || o != (Overlapped{OnlyA: 0, OnlyB: 100, Both: 40}) {
		t.Errorf("%+v, %v", o, err)
	}
	for _, o := range []Overlapped{{OnlyA: 500, OnlyB: 500, Both: 1}, {OnlyA: 5, OnlyB: 100}, {OnlyA: 5, Both: 5, OnlyB: 500}} {
		if err := o.Discreet(); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if err := (&Estimation{N: 12, Margin: 30}).Discreet(); err == nil {
		t.Error("an estimate of a few")
	}
}
