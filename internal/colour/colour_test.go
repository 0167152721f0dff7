package colour

import "testing"

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
