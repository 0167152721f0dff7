package tabular

import (
	"golang.org/x/text/encoding"

	"keur/internal/fault"
)

// wideOrder returns in which order the bytes of UTF-16 come that has no mark, which
// the zeros beside plain letters tell; "" if it isn't that.
func wideOrder(text []byte) Encoding {
	if len(text) > 4096 {
		text = text[:4096]
	}
	var zeros [2]int
	for i, c := range text {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1] > len(text)/5 && zeros[0] <= zeros[1]/10:
		return UTF16LE
	case zeros[0] > len(text)/5 && zeros[1] <= zeros[0]/10:
		return UTF16BE
	}
	return ""
}

// oneByteEncoding tells which encoding of old a text is in that isn't UTF-8, by
// the letters that its bytes would be. Returns an invalid fault if it is none of
// those that are known.
func oneByteEncoding(text []byte) (Encoding, error) {
	var count [256]int
	total, alone := 0, 0
	for i, c := range text {
		if c < 0x80 {
			continue
		}
		total++
		count[c]++
		if (i == 0 || text[i-1] < 0x80) && (i+1 == len(text) || text[i+1] < 0x80) {
			alone++
		}
	}
	if isShiftJIS(text) {
		return "", fault.New(fault.Invalid, "members.encoding_unknown")
	}
	if alone*4 < total { // whole words of such letters, or letters of more than one byte
		if isChinese(text) {
			return GB18030, nil
		}
		return "", fault.New(fault.Invalid, "members.encoding_unknown")
	}
	best, most := Encoding(""), 0
	for _, candidate := range []Encoding{Windows1252, CP850, MacRoman} {
		score := 0
		for letters, weight := range commonLetters {
			for _, r := range letters {
				if b, ok := byteOf(decoders[candidate], r); ok {
					score += weight * count[b]
				}
			}
		}
		if score > most {
			best, most = candidate, score
		}
	}
	if best == "" || most*2 < total {
		return "", fault.New(fault.Invalid, "members.encoding_unknown")
	}
	return best, nil
}

// isShiftJIS reports whether all that isn't ASCII would be Japanese in Shift_JIS, and
// mostly characters of two bytes beside others. The second of these may be a plain
// letter, so that words of western Europe can look like single ones.
func isShiftJIS(text []byte) bool {
	pairs, beside, last := 0, 0, -1 // last is where the pair before ended
	counted := false                // that pair is in beside
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c < 0x80, c >= 0xa1 && c <= 0xdf: // ASCII, and narrow katakana
			continue
		case c == 0x80, c == 0xa0, c > 0xfc, i+1 == len(text):
			return false
		}
		if next := text[i+1]; next < 0x40 || next == 0x7f || next > 0xfc {
			return false
		}
		pairs++
		if i == last {
			if !counted {
				beside++
			}
			beside++
			counted = true
		} else {
			counted = false
		}
		i++
		last = i + 1
	}
	return pairs > 1 && beside*3 > pairs*2
}

// isChinese reports whether nearly all that isn't ASCII is the common characters of
// GB 2312: two bytes each, the first of which is between B0 and D7. Korean has
// syllables up to C8 there, beyond which many of the Chinese ones stand.
func isChinese(text []byte) bool {
	common, beyond, others := 0, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < 0x80:
		case c >= 0xb0 && c <= 0xd7 && i+1 < len(text) && text[i+1] >= 0xa1:
			common++
			if c > 0xc8 {
				beyond++
			}
			i++
		case c >= 0xa1 && c <= 0xa3 && i+1 < len(text) && text[i+1] >= 0xa1: // signs
			i++
		default:
			others++
		}
	}
	return common > others*5 && beyond*8 > common
}

// commonLetters are what western European names and words have beyond ASCII, with
// how much one of them tells.
var commonLetters = map[string]int{
	"éëïöüäßèç":           6,
	"áàâãåíìîñóòôõøúùûÿæ": 2,
	"ÄÖÜÉÈËÏÇÅØÆÑÓÁÍÚÀÂÊÎÔÛ€’‘“”„–…°": 1,
}

// byteOf returns the byte that a letter is in an encoding of one byte.
func byteOf(e encoding.Encoding, r rune) (byte, bool) {
	out, err := e.NewEncoder().Bytes([]byte(string(r)))
	if err != nil || len(out) != 1 {
		return 0, false
	}
	return out[0], true
}
