package editor

import (
	"slices"
	"testing"

	"keur/templates/inboxes"
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
}

// What is offered is no spam by itself, and but for the cart no box anywhere.
func TestSignsAreOldEnough(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, kind := range Signs() {
		for _, sign := range kind.Signs {
			if keys[sign.Key] {
				t.Errorf("%s is there twice", sign.Key)
			}
			keys[sign.Key] = true
			if _, boxes := inboxes.OldOutlook(sign.Text); (boxes > 0) != (sign.Key == "cart") {
				t.Errorf("%s is a box", sign.Text)
			}
			if inboxes.Unseen(sign.Text) || inboxes.Styled(sign.Text) || inboxes.Emoji(sign.Text) > 1 {
				t.Errorf("%s looks like spam", sign.Text)
			}
			if is := inboxes.Emoji(sign.Text) == 1; is == (kind.Key == "symbols") {
				t.Errorf("%s is of the wrong kind", sign.Text)
			}
		}
	}
}

func TestSubjectsInInboxes(t *testing.T) {
	t.Parallel()
	if v := InboxesOf("Nu 20% korting"); v.Old != "" || v.Boxes != 0 || len(v.Looks) != 4 {
		t.Errorf("%+v", v)
	}
	if v := InboxesOf("Vlieger 🪁"); v.Old != "Vlieger □" || v.Boxes != 1 {
		t.Errorf("%+v", v)
	}
}
