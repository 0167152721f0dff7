package editor

import "keur/templates/inboxes"

// Sign is an emoji or another special character that a subject can hold. Its words
// are in the family sign of messages.
type Sign struct{ Text, Key string }

// SignKind is signs of a kind, which is in the family sign_kind.
type SignKind struct {
	Key   string
	Signs []Sign
}

// Signs are those that mails of offers use, by kind. But for the cart each is old
// enough for every program.
func Signs() []SignKind {
	return []SignKind{
		{"symbols", []Sign{
			{"★", "black_star"}, {"✓", "tick"}, {"→", "arrow"}, {"€", "euro"}, {"½", "half"}, {"♥", "black_heart"}, {"•", "bullet"},
			{"…", "ellipsis"}, {"–", "dash"}, {"°", "degree"}, {"×", "times"}, {"™", "trade_mark"},
		}},
		{"offers", []Sign{
			{"🎁", "gift"}, {"🏷️", "tag"}, {"💶", "notes"}, {"💰", "money"}, {"🛒", "cart"}, {"🛍️", "bags"}, {"🎫", "ticket"}, {"💳", "card"},
			{"📦", "parcel"}, {"🚚", "delivery"}, {"🆓", "free"}, {"🆕", "new"}, {"💯", "hundred"}, {"🎯", "target"},
		}},
		{"attention", []Sign{
			{"⏰", "alarm"}, {"⏳", "hourglass"}, {"🔥", "fire"}, {"⚡", "lightning"}, {"📅", "date"}, {"👀", "eyes"}, {"📣", "megaphone"},
			{"🔔", "bell"}, {"✅", "done"}, {"❗", "exclamation"}, {"❓", "question"}, {"👉", "finger"}, {"💌", "letter"}, {"🔑", "key"},
		}},
		{"feelings", []Sign{
			{"🎉", "party"}, {"✨", "sparkles"}, {"❤️", "heart"}, {"💝", "heart_gift"}, {"😍", "in_love"}, {"😊", "smile"}, {"👍", "thumb"},
			{"👏", "applause"}, {"🙌", "cheers"}, {"🏆", "trophy"}, {"⭐", "star"}, {"🌟", "shining_star"}, {"💪", "strong"}, {"🍀", "luck"},
		}},
		{"seasons", []Sign{
			{"☀️", "sun"}, {"🌞", "sunny"}, {"🌷", "tulip"}, {"🌸", "blossom"}, {"🐣", "easter"}, {"🍂", "autumn"}, {"🎃", "halloween"},
			{"☔", "rain"}, {"❄️", "snow"}, {"⛄", "snowman"}, {"🎄", "christmas"}, {"🎅", "santa"}, {"🎆", "fireworks"}, {"🎂", "birthday"},
		}},
		{"travel", []Sign{
			{"✈️", "plane"}, {"🏖️", "beach"}, {"⛺", "tent"}, {"🚲", "bicycle"}, {"🚗", "car"}, {"🚢", "ship"}, {"🏨", "hotel"},
			{"🌍", "world"}, {"🗺️", "map"}, {"🎿", "ski"}, {"🎢", "park"}, {"📷", "camera"},
		}},
		{"home", []Sign{
			{"🏠", "house"}, {"🛋️", "sofa"}, {"🛏️", "bed"}, {"🌱", "plant"}, {"🔨", "tools"}, {"💡", "idea"}, {"🐶", "dog"},
			{"🐱", "cat"}, {"👶", "baby"}, {"📚", "books"}, {"🎮", "games"}, {"📱", "mobile"}, {"💻", "laptop"}, {"🎧", "headphones"},
		}},
		{"fashion", []Sign{
			{"👗", "dress"}, {"👕", "shirt"}, {"👟", "shoe"}, {"👜", "handbag"}, {"👓", "glasses"}, {"⌚", "watch"}, {"💍", "ring"},
			{"💄", "beauty"},
		}},
		{"food", []Sign{
			{"🍷", "wine"}, {"🍺", "beer"}, {"☕", "coffee"}, {"🍕", "pizza"}, {"🍔", "burger"}, {"🍽️", "dinner"}, {"🍰", "cake"},
			{"🍫", "chocolate"},
			{"🍓", "strawberry"}, {"🍎", "apple"},
		}},
	}
}

// InInboxes is how a subject looks in common inboxes.
type InInboxes struct {
	Looks []inboxes.Look
	Old   string // as an old Outlook shows it; "" where that is as it is written
	Boxes int    // of characters that it doesn't know
}

// InboxesOf looks at a subject as inboxes list it.
func InboxesOf(subject string) InInboxes {
	view := InInboxes{Looks: inboxes.Looks(subject)}
	if view.Old, view.Boxes = inboxes.OldOutlook(subject); view.Boxes == 0 {
		view.Old = ""
	}
	return view
}

// The looks of signs in inboxes, by their message.
const (
	colour = "colour" // in colour, but in Outlook for Windows, which draws a line
	newer  = "newer"  // an empty box on phones and computers from before 2020
)

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
