package colour

import (
	"fmt"
	"math"
	"testing"
)

// The states' colours of the desk by day.
var states = []string{"#1b6a3a", "#1f5a99", "#855500", "#a9301c"}

// TestApart: whatever colour a label has, its hue keeps its distance from the
// states', and its lightness stays.
func TestApart(t *testing.T) {
	t.Parallel()
	for hue := 0.0; hue < 360; hue++ {
		for _, lightness := range []float64{0.35, 0.5, 0.7} {
			given := lch{lightness, 0.12, hue}.hex()
			got := Apart(given, states...)
			for _, state := range states {
				if d := hueBetween(toLCH(got).hue, toLCH(state).hue); d < HueDistance {
					t.Errorf("%s becomes %s, %.1f° from %s", given, got, d, state)
				}
			}
			if was, is := toLCH(given).lightness, toLCH(got).lightness; math.Abs(was-is) > 0.02 {
				t.Errorf("%s becomes %s, as light as %.2f and not %.2f", given, got, is, was)
			}
			if again := Apart(got, states...); again != got {
				t.Errorf("%s becomes %s, and that %s", given, got, again)
			}
		}
	}
}

// What clashes with nothing stays to the last digit; so does a grey.
func TestApartKeepsWhatIsApart(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"#7a3db8", "#008080", "#c2185b", "#295366", "#808080", "#000000", "#ffffff"} {
		if got := Apart(given, states...); got != given {
			t.Errorf("%s becomes %s", given, got)
		}
	}
	// The colour of danger itself doesn't say "approve".
	if got := Apart("#a9301c", states...); got == "#a9301c" {
		t.Error("the colour of danger stays")
	}
	// And where others take every hue, the label's stays.
	var all []string
	for hue := 0; hue < 360; hue += 10 {
		all = append(all, lch{0.6, 0.1, float64(hue)}.hex())
	}
	if got := Apart("#7a3db8", all...); got != "#7a3db8" {
		t.Errorf("without a free hue it becomes %s", got)
	}
}

// OKLCH and back is the same colour.
func TestLCHAndBack(t *testing.T) {
	t.Parallel()
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				given := fmt.Sprintf("#%02x%02x%02x", r, g, b)
				if got := toLCH(given).hex(); got != given {
					t.Errorf("%s becomes %s", given, got)
				}
			}
		}
	}
}
