package campaigns

import (
	"encoding/binary"
	"time"
)

// longest is how long a picture that moves may take to show all of itself. Whoever
// approves a mail has looked at each of its pictures for so long.
const longest = 10 * time.Second

// moves says of an image that moves how long it takes to show all of itself, and
// whether mail programs agree on what it shows: a GIF moves nearly everywhere, a
// PNG or a WebP in a few of them.
func moves(kind string, data []byte) (takes time.Duration, agreed bool) {
	switch kind {
	case "image/gif":
		return gifTakes(data), true
	case "image/png":
		return 0, !hasChunk(data, "acTL") // APNG
	case "image/webp":
		// The extended header's second flag from the right is for animations (RFC 9649, 2.7.1).
		return 0, len(data) < 21 || string(data[12:16]) != "VP8X" || data[20]&2 == 0
	}
	return 0, true
}

// gifTakes adds up how long each frame is shown, until the last is: what the
// control block before it says (GIF89a, 23), in hundredths of a second. Programs
// take less than two of them, and no block at all, for ten.
func gifTakes(data []byte) (sum time.Duration) {
	const least, usual = 20 * time.Millisecond, 100 * time.Millisecond
	var shown, next time.Duration
	eachGIFBlock(data, func(at int) {
		switch {
		case data[at] == 0x2C:
			if next < least {
				next = usual
			}
			sum, shown, next = sum+shown, next, 0
		case data[at+1] == 0xF9 && at+6 <= len(data):
			next = time.Duration(binary.LittleEndian.Uint16(data[at+4:])) * 10 * time.Millisecond
		}
	})
	return sum
}

// plainGamma reports whether a PNG looks alike in programs that follow its gamma
// and in those that don't: one far from what screens have shows another picture to
// each of them (PNG, 11.3.2.2).
func plainGamma(data []byte) bool {
	at := chunk(data, "gAMA")
	if at < 0 || at+4 > len(data) {
		return true
	}
	gamma := binary.BigEndian.Uint32(data[at:])
	return gamma >= 40_000 && gamma <= 60_000
}

func hasChunk(data []byte, name string) bool { return chunk(data, name) >= 0 }

// chunk returns where what a PNG's first chunk of the name holds begins; -1: it
// has none.
func chunk(data []byte, name string) int {
	for at := 8; at+12 <= len(data); {
		if string(data[at+4:at+8]) == name {
			return at + 8
		}
		length := int(binary.BigEndian.Uint32(data[at:]))
		if length > len(data)-at-12 {
			return -1
		}
		at += 12 + length
	}
	return -1
}
