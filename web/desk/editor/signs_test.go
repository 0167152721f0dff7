package editor

import (
	"slices"
	"testing"
)

func TestSignsHaveTheirLook(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Zomer": nil, "★ 15% → nu ✓": nil, "Feest 🎉🎁": {colour}, "Laatste kans ⏰": {colour}, "❄️ Winter": {colour}, "❄ Winter": nil,
		"🪁 Vlieger en 🎉": {newer, colour}, "Zürich · “weg”": nil, "👨‍👩‍👧": {colour},
	} {
		if got := LooksOf(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, not %v", text, got, want)
		}
	}
	for _, sign := range Signs() {
		if looks := LooksOf(sign.Text); (sign.Look == alike) != (len(looks) == 0) || sign.Look == colour && looks[0] != colour {
			t.Errorf("%s is said to be %s: %v", sign.Text, sign.Look, looks)
		}
	}
}
