package colour

import (
	"math"
	"testing"
)

func TestReadable(t *testing.T) {
	t.Parallel()
	for on, want := range map[string]string{
		"#ffffff": "#000000", "#000000": "#ffffff", "#0b6e4f": "#ffffff", "#f5c211": "#000000", "#9a3b26": "#ffffff",
	} {
		if got := Readable(on); got != want {
			t.Errorf("on %s: %s, want %s", on, got, want)
		}
	}
}

func TestContrast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#ffffff", "#777777", 4.48}, {"#1a5fb4", "#1a5fb4", 1}} {
		if got := Contrast(c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}
