// Package inboxes says how mail programs list a subject: how much of it they show,
// what an old Outlook makes of its emoji, and what in it they mangle or mistrust.
package inboxes

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Client is a mail program whose list of mails is looked at.
type Client string

// The mail programs.
const (
	Phone     Client = "phone"      // Gmail's app on an Android phone, which shows least
	AppleMail Client = "apple_mail" // Mail on an iPhone
	Gmail     Client = "gmail"      // in a browser on a laptop
	Outlook   Client = "outlook"    // for Windows, in its list of one column
)

// widths are how many letters each shows. No program documents it: it goes by the
// window, the font and the letters. These are estimates, measured by others with
// ordinary words in windows of a common size and rounded down (EmailToolTester, "How
// long can a subject line be?": 33 to 48 on phones; about 70 and 60 on laptops).
var widths = []struct {
	client Client
	shows  int
}{{Phone, 33}, {AppleMail, 48}, {Gmail, 70}, {Outlook, 55}}

// Look is how a program lists a subject.
type Look struct {
	Client Client
	Shown  string // with an ellipsis where it is cut off
	Shows  int    // characters of the subject
	Of     int    // that it has
}

// Cut reports whether some of the subject isn't shown.
func (l Look) Cut() bool { return l.Shows < l.Of }

// Looks returns how each program lists a subject. An emoji counts as one character
// and takes the room of two letters; none is cut in half.
func Looks(subject string) []Look {
	all := clusters(subject)
	var looks []Look
	for _, w := range widths {
		look := Look{Client: w.client, Of: len(all)}
		room := w.shows
		for _, c := range all {
			if room -= c.width; room < 0 {
				break
			}
			look.Shows++
			look.Shown += c.text
		}
		if look.Cut() {
			look.Shown = strings.TrimRightFunc(look.Shown, unicode.IsSpace) + "…"
		}
		looks = append(looks, look)
	}
	return looks
}

// Length returns how many characters people count in a text: a joined emoji is one.
func Length(text string) int { return uniseg.GraphemeClusterCount(text) }

// cluster is what people take for one character (UAX #29).
type cluster struct {
	text  string
	width int // in letters
}

func clusters(text string) (all []cluster) {
	state := -1
	for text != "" {
		var c cluster
		c.text, text, c.width, state = uniseg.FirstGraphemeClusterInString(text, state)
		all = append(all, c)
	}
	return all
}

// Box is what stands for a character that a font doesn't have.
const Box = "□"

const (
	joiner   = 0x200D // makes one emoji of several (UTS #51, 2.2)
	textual  = 0xFE0E // asks for an emoji as a letter
	pictured = 0xFE0F // asks for a letter as an emoji
)

// OldOutlook returns what Outlook 2013 or 2016 shows of a subject on Windows 8.1,
// and how many boxes are in that. Its fonts end at Unicode 7 (Segoe UI Emoji there;
// ages by DerivedAge.txt of Unicode); it takes joined emoji apart (they came with
// Emoji 2.0, in 2015), and Windows has no flags but shows their two letters.
func OldOutlook(subject string) (shown string, boxes int) {
	var b strings.Builder
	for _, r := range subject {
		switch {
		case r == joiner, r == textual, r == pictured:
		case r >= 0x1F1E6 && r <= 0x1F1FF:
			b.WriteRune('A' + r - 0x1F1E6)
		case isNewer(r):
			boxes++
			b.WriteString(Box)
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), boxes
}

// newer are the emoji of after Unicode 7.
var newer = &unicode.RangeTable{R16: []unicode.Range16{}, R32: []unicode.Range32{
	{0x1F32D, 0x1F32F, 1}, {0x1F37E, 0x1F37F, 1}, {0x1F3CF, 0x1F3D3, 1}, {0x1F3F8, 0x1F3FF, 1}, // 8
	{0x1F4FF, 0x1F4FF, 1}, {0x1F54B, 0x1F54F, 1}, {0x1F57A, 0x1F57A, 1}, {0x1F5A4, 0x1F5A4, 1}, // 8 and 9
	{0x1F643, 0x1F644, 1}, {0x1F6D0, 0x1F6DF, 1}, {0x1F6F4, 0x1F6FF, 1}, // 8 and later
	{0x1F774, 0x1F77F, 1}, {0x1F7D5, 0x1F7FF, 1}, {0x1F900, 0x1F9FF, 1}, {0x1FA00, 0x1FAFF, 1}, // 8 and later
}}

func isNewer(r rune) bool { return unicode.Is(newer, r) }

// Emoji returns how many emoji a text has. A joined one, or one with a colour of
// skin, is one.
func Emoji(text string) (n int) {
	for _, c := range clusters(text) {
		if isEmoji(c.text) {
			n++
		}
	}
	return n
}

// isEmoji reports whether a character is shown as an emoji: of the blocks that
// hold them, or a sign that programs draw as one by itself (Emoji_Presentation of
// emoji-data.txt) or are asked to.
func isEmoji(cluster string) bool {
	for i, r := range cluster {
		switch {
		case r == pictured, r >= 0x1F1E6 && r <= 0x1F1FF:
			return true
		case i == 0 && (r >= 0x1F300 && r <= 0x1FAFF || unicode.Is(presented, r)):
			return !strings.ContainsRune(cluster, textual)
		}
	}
	return false
}

// presented are the signs below the blocks of emoji that are emoji by themselves.
var presented = &unicode.RangeTable{R16: []unicode.Range16{
	{0x231A, 0x231B, 1}, {0x23E9, 0x23EC, 1}, {0x23F0, 0x23F0, 1}, {0x23F3, 0x23F3, 1}, {0x25FD, 0x25FE, 1}, {0x2614, 0x2615, 1},
	{0x2648, 0x2653, 1}, {0x267F, 0x267F, 1}, {0x2693, 0x2693, 1}, {0x26A1, 0x26A1, 1}, {0x26AA, 0x26AB, 1}, {0x26BD, 0x26BE, 1},
	{0x26C4, 0x26C5, 1}, {0x26CE, 0x26CE, 1}, {0x26D4, 0x26D4, 1}, {0x26EA, 0x26EA, 1}, {0x26F2, 0x26F3, 1}, {0x26F5, 0x26F5, 1},
	{0x26FA, 0x26FA, 1}, {0x26FD, 0x26FD, 1}, {0x2705, 0x2705, 1}, {0x270A, 0x270B, 1}, {0x2728, 0x2728, 1}, {0x274C, 0x274C, 1},
	{0x274E, 0x274E, 1}, {0x2753, 0x2755, 1}, {0x2757, 0x2757, 1}, {0x2795, 0x2797, 1}, {0x27B0, 0x27B0, 1}, {0x27BF, 0x27BF, 1},
	{0x2B1B, 0x2B1C, 1}, {0x2B50, 0x2B50, 1}, {0x2B55, 0x2B55, 1},
}, R32: []unicode.Range32{
	{0x1F004, 0x1F004, 1}, {0x1F0CF, 0x1F0CF, 1}, {0x1F18E, 0x1F18E, 1}, {0x1F191, 0x1F19A, 1}, {0x1F201, 0x1F201, 1},
	{0x1F21A, 0x1F21A, 1}, {0x1F22F, 0x1F22F, 1}, {0x1F232, 0x1F236, 1}, {0x1F238, 0x1F23A, 1}, {0x1F250, 0x1F251, 1},
}}

// Unseen reports whether a text has characters of no width, or that turn the
// direction of writing: filters know them from mails that hide their words. Joiners
// within emoji are none.
func Unseen(text string) bool {
	for _, c := range clusters(text) {
		for _, r := range c.text {
			switch {
			case r == 0x00AD, r == 0x034F, r == 0x180E, r >= 0x200B && r <= 0x200F && r != joiner, r >= 0x202A && r <= 0x202E,
				r >= 0x2060 && r <= 0x206F, r == 0xFEFF, r >= 0xE0000 && r <= 0xE0FFF && !isEmoji(c.text):
				return true
			case r == joiner && !isEmoji(c.text):
				return true
			}
		}
	}
	return false
}

// Styled reports whether a text has letters that only look like some: mathematical
// ones, circled or wide. Screen readers spell them out or skip them, older programs
// show boxes, and filters know the trick.
func Styled(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return r >= 0x1D400 && r <= 0x1D7FF || r >= 0x24B6 && r <= 0x24E9 || r >= 0xFF21 && r <= 0xFF5A || r >= 0x1F130 && r <= 0x1F189
	})
}
