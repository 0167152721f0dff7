package campaigns

import (
	"bytes"
	"encoding/binary"
)

// whole reports whether an image goes on to its own end. Reading its size takes
// the first bytes alone, and what stopped halfway is shown half by mail programs.
// It follows the parts of the file without unpacking any, as a small file may
// hold a picture of gigabytes.
func whole(kind string, data []byte) bool {
	switch kind {
	case "image/png":
		return wholePNG(data)
	case "image/jpeg":
		return wholeJPEG(data)
	case "image/gif":
		return wholeGIF(data)
	case "image/webp": // a RIFF file says how long it is
		return len(data) >= 12 && uint64(len(data)) >= uint64(binary.LittleEndian.Uint32(data[4:]))+8
	}
	return false
}

// wholePNG follows the chunks to IEND (PNG, 5.3 and 11.2.5).
func wholePNG(data []byte) bool {
	for at := 8; at+12 <= len(data); {
		length := int(binary.BigEndian.Uint32(data[at:]))
		if length > len(data)-at-12 {
			return false
		}
		if string(data[at+4:at+8]) == "IEND" {
			return true
		}
		at += 12 + length
	}
	return false
}

// wholeJPEG follows the segments, and what is coded behind each start of a scan,
// to the end of the image (ITU T.81, B.1.1).
func wholeJPEG(data []byte) bool {
	for at := 2; ; {
		from := bytes.IndexByte(data[min(at, len(data)):], 0xFF)
		if from < 0 || at+from+1 >= len(data) {
			return false
		}
		at += from + 2
		switch marker := data[at-1]; {
		case marker == 0xFF: // fills
			at--
		case marker == 0xD9:
			return true
		case marker == 0, marker == 1, marker >= 0xD0 && marker <= 0xD8: // stand alone
		case at+2 > len(data):
			return false
		default:
			at += int(binary.BigEndian.Uint16(data[at:]))
		}
	}
}

// wholeGIF follows the blocks to the trailer (GIF89a, 27).
func wholeGIF(data []byte) bool { return eachGIFBlock(data, func(int) {}) }

// eachGIFBlock calls block with where each extension and frame begins, and reports
// whether there is a trailer behind them.
func eachGIFBlock(data []byte, block func(at int)) bool {
	table := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	if len(data) < 13 {
		return false
	}
	for at := 13 + table(data[10]); at < len(data); {
		switch data[at] {
		case 0x3B:
			return true
		case 0x21: // an extension and its label
			if at+2 > len(data) {
				return false
			}
			block(at)
			at += 2
		case 0x2C: // a frame: where it stands, its colours, how its codes begin
			if at+10 > len(data) {
				return false
			}
			block(at)
			at += 11 + table(data[at+9])
		default:
			return false
		}
		for at < len(data) && data[at] != 0 { // blocks of up to 255 bytes, and an empty one
			at += int(data[at]) + 1
		}
		at++
	}
	return false
}
