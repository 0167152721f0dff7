package columns

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/segments"
)

func TestPanelKeepsItsValues(t *testing.T) {
	t.Parallel()
	for name, numbers := range map[string][]float64{
		"integers": {-1 << 53, -3, 0, 7, 1 << 53}, "fractions": {-1.5, 0, 2}, "large": {0, 1e300}, "none": {},
	} {
		p := panel{places: []uint16{3, 5}, numbers: numbers}
		got, err := decodePanel(segments.Number, p.encode(segments.Number, []uint16{0, uint16(len(numbers))}))
		if err != nil || !cmp.Equal(got.numbers, numbers) || !cmp.Equal(got.places, p.places) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestDamage cuts panels and packs short at every place.
func TestDamage(t *testing.T) {
	t.Parallel()
	p := panel{places: []uint16{3, 5, 8}, texts: []string{"a", "bc"}}
	whole := p.encode(segments.Text, []uint16{0, 1, 2})
	for n := range whole {
		if _, err := decodePanel(segments.Text, whole[:n]); !errors.Is(err, errDamaged) {
			t.Errorf("a panel of %d bytes of %d: %v", n, len(whole), err)
		}
	}
	pack := packActions([]action{{1, 7, 1}, {1, 900, 3}, {2, 7, 1}})
	c := newTally(3)
	if err := c.unpack(pack, nil); err != nil || c.in.count() != 1 {
		t.Errorf("%d did it three times, %v", c.in.count(), err)
	}
	if err := newTally(1).unpack(pack[:len(pack)-1], nil); !errors.Is(err, errDamaged) {
		t.Errorf("a pack cut short: %v", err)
	}
}

func TestTallyCountsUpToWhatIsAsked(t *testing.T) {
	t.Parallel()
	c := newTally(1000)
	for range 999 {
		c.note(70_000, 1)
	}
	c.note(5, 1001)
	if !cmp.Equal(c.in.count(), 1) {
		t.Errorf("%d did it a thousand times, want 1", c.in.count())
	}
	c.note(70_000, 1)
	if c.in.count() != 2 {
		t.Errorf("%d did it a thousand times, want 2", c.in.count())
	}
}
