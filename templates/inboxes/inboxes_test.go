package inboxes

import (
	"strings"
	"testing"
)

func TestSubjectsAreCutOff(t *testing.T) {
	t.Parallel()
	short := Looks("Nu 20% korting")
	for _, l := range short {
		if l.Cut() || l.Shown != "Nu 20% korting" || l.Of != 14 {
			t.Errorf("%+v", l)
		}
	}
	long := strings.Repeat("abcdefghi ", 10)
	for i, want := range []Look{
		{Phone, "abcdefghi abcdefghi abcdefghi abc…", 33, 100}, {AppleMail, long[:48] + "…", 48, 100},
		{Gmail, long[:69] + "…", 70, 100}, {Outlook, long[:55] + "…", 55, 100},
	} {
		if got := Looks(long)[i]; got != want || !got.Cut() {
			t.Errorf("%+v, not %+v", got, want)
		}
	}
	// An emoji has the room of two letters, and is shown whole or not at all.
	family := "👨‍👩‍👧"
	phone := Looks(strings.Repeat("a", 31) + family + "b")[0]
	if phone.Shown != strings.Repeat("a", 31)+family+"…" || phone.Shows != 32 || phone.Of != 33 {
		t.Errorf("%+v", phone)
	}
	if phone = Looks(strings.Repeat("a", 32) + family)[0]; phone.Shown != strings.Repeat("a", 32)+"…" {
		t.Errorf("%+v", phone)
	}
	if looks := Looks(""); looks[0].Cut() || looks[0].Shown != "" {
		t.Errorf("%+v", looks)
	}
}

func TestOldOutlookShowsBoxes(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]struct {
		shown string
		boxes int
	}{
		"Zomer ☀️ 🎁":  {"Zomer ☀ 🎁", 0},
		"Feest 🥳🎉":    {"Feest □🎉", 1},
		"🪁 🚲 🧡 🛒":     {"□ 🚲 □ □", 3},
		"Naar 🇳🇱":     {"Naar NL", 0},
		"👨‍👩‍👧 samen": {"👨👩👧 samen", 0},
		"👍🏽 top":      {"👍□ top", 1},
		"€ 5 – “nu”":  {"€ 5 – “nu”", 0},
	} {
		if shown, boxes := OldOutlook(subject); shown != want.shown || boxes != want.boxes {
			t.Errorf("%q: %q with %d boxes, not %+v", subject, shown, boxes, want)
		}
	}
}

func TestWhatLooksLikeSpam(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		emoji          int
		unseen, styled bool
	}{
		"Nu 20% korting": {},
		"🎉 Feest 👨‍👩‍👧 👍🏽 🇳🇱": {emoji: 4},
		"⏰ ⭐ ❄️ ★ ✓ ❄ ❄︎ €":   {emoji: 3},
		"gra\u200Btis":        {unseen: true},
		"kor\u00ADting":       {unseen: true},
		"\u202Esitarg":        {unseen: true},
		"a\u200Db":            {unseen: true},
		"𝗚𝗿𝗮𝘁𝗶𝘀":              {styled: true},
		"Ⓖratis ＮＵ":           {styled: true},
		"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F": {emoji: 1},
		"Café “één” – ½ €":                                              {},
	} {
		if got := Emoji(text); got != want.emoji {
			t.Errorf("%q has %d emoji, not %d", text, got, want.emoji)
		}
		if Unseen(text) != want.unseen || Styled(text) != want.styled {
			t.Errorf("%q: unseen %t, styled %t", text, Unseen(text), Styled(text))
		}
	}
}
