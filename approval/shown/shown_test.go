package shown

import (
	"slices"
	"strings"
	"testing"

	"keur/internal/fault"
)

func TestWhatWasNotSeenIsNamed(t *testing.T) {
	t.Parallel()
	faces := []Face{{Number: 1}, {Number: 2}, {Number: 3}}
	for want, seen := range map[string]Numbers{"": {3, 1, 2}, "2, 3": {1}, "1, 2, 3": nil, "2": {1, 3, 9}} {
		err := Missing(faces, seen)
		if (err == nil) != (want == "") || err != nil && (!fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), want)) {
			t.Errorf("of %v there is missing %q: %v", seen, want, err)
		}
	}
	if err := Missing(nil, nil); err != nil {
		t.Errorf("of no faces: %v", err)
	}
}

func TestFacesAreFoundByNumber(t *testing.T) {
	t.Parallel()
	set := Set{Faces: []Face{{Number: 1, Variant: 7}, {Number: 3, Variant: 9}}}
	if f, err := set.Face(3); err != nil || f.Variant != 9 {
		t.Errorf("the third is %+v, %v", f, err)
	}
	if f, err := set.Face(1); err != nil || f.Variant != 7 {
		t.Errorf("the first is %+v, %v", f, err)
	}
	if _, err := set.Face(2); !fault.Is(err, fault.NotFound) {
		t.Errorf("one that isn't there: %v", err)
	}
}

// TestWhoOnlyLooksIsToldTwenties: the counts themselves stay as they are.
func TestWhoOnlyLooksIsToldTwenties(t *testing.T) {
	t.Parallel()
	exact := Set{Faces: []Face{{Members: 59, Branches: Branches{{Text: "a", Members: 41}, {Text: "b", Members: 19}}}}}
	told := exact
	told.Coarsen()
	if f := told.Faces[0]; f.Members != 40 || f.Branches[0].Members != 40 || f.Branches[1].Members != 0 || !f.Rounded {
		t.Errorf("told is %+v", f)
	}
	if f := exact.Faces[0]; f.Members != 59 || f.Branches[0].Members != 41 || f.Branches[1].Members != 19 || f.Rounded {
		t.Errorf("kept is %+v", f)
	}
}

// TestColumnsKeepWhatWasShown writes what is shown as jsonb, and reads it again.
func TestColumnsKeepWhatWasShown(t *testing.T) {
	t.Parallel()
	branches := Branches{{Text: "member.points > 0", Holds: true, Members: 3}}
	written, err := branches.Value()
	var read Branches
	if err != nil || read.Scan([]byte(written.(string))) != nil || !slices.Equal(read, branches) {
		t.Errorf("branches are %v, then %v, %v", written, read, err)
	}
	written, err = Numbers{2, 3}.Value()
	var numbers Numbers
	if err != nil || numbers.Scan([]byte(written.(string))) != nil || !slices.Equal(numbers, Numbers{2, 3}) {
		t.Errorf("numbers are %v, then %v, %v", written, numbers, err)
	}
	written, err = Ticks{"content"}.Value()
	var ticks Ticks
	if err != nil || ticks.Scan([]byte(written.(string))) != nil || !slices.Equal(ticks, Ticks{"content"}) {
		t.Errorf("ticks are %v, then %v, %v", written, ticks, err)
	}
	for name, value := range map[string]func() (any, error){
		"branches": func() (any, error) { v, err := Branches(nil).Value(); return v, err },
		"numbers":  func() (any, error) { v, err := Numbers(nil).Value(); return v, err },
		"ticks":    func() (any, error) { v, err := Ticks(nil).Value(); return v, err },
	} {
		if none, err := value(); none != "[]" || err != nil {
			t.Errorf("no %s are %v, %v", name, none, err)
		}
	}
	var sample Sample
	written, err = Sample{"member.city": `Zei"st`}.Value()
	if err != nil || sample.Scan([]byte(written.(string))) != nil || sample["member.city"] != `Zei"st` {
		t.Errorf("a sample is %v, then %v, %v", written, sample, err)
	}
	if sample.Scan("text") == nil || sample.Scan([]byte("{")) == nil {
		t.Error("what isn't jsonb is read")
	}
}
