package editor

// Sign is an emoji or another special character that a subject can hold.
type Sign struct{ Text, Look string }

// The looks of signs in inboxes, by their message.
const (
	alike  = "alike"  // a letter of the font, of one colour, in each
	colour = "colour" // in colour, but in Outlook for Windows, which draws a line
	newer  = "newer"  // an empty box on phones and computers from before 2020
)

// Signs are those that mails of offers use, by their look.
func Signs() []Sign {
	var all []Sign
	for _, text := range []string{"★", "✓", "→", "€", "½", "♥", "•", "…"} {
		all = append(all, Sign{text, alike})
	}
	for _, text := range []string{"🎉", "🎁", "🔥", "⏰", "💶", "🛒", "🚲", "👟", "🏖️", "🌞", "🍂", "❄️", "🎄", "💝", "👀", "⭐"} {
		all = append(all, Sign{text, colour})
	}
	return all
}

// LooksOf returns how the special characters of a text look in inboxes, each look once.
func LooksOf(text string) (looks []string) {
	seen := map[string]bool{}
	var before rune
	for _, c := range text + " " {
		look := ""
		switch {
		case before >= 0x1FA70 && before <= 0x1FAFF: // symbols and pictographs extended-A: Unicode 12 and later
			look = newer
		case c == 0xFE0F, before >= 0x1F000 && before <= 0x1FAFF, inColour[before]:
			look = colour
		}
		if look != "" && !seen[look] {
			seen[look] = true
			looks = append(looks, look)
		}
		before = c
	}
	return looks
}

// inColour are characters of before emoji that inboxes draw as such by themselves
// (Emoji_Presentation in emoji-data.txt), as far as mails of offers use them.
var inColour = map[rune]bool{
	'⏰': true, '⏳': true, '⌚': true, '⌛': true, '☔': true, '☕': true, '⚡': true, '⚽': true, '⛄': true, '⛅': true, '⛳': true,
	'⛵': true, '⛺': true, '✅': true, '✨': true, '❌': true, '❓': true, '❗': true, '➕': true, '➖': true, '⭐': true, '⭕': true,
}
