package campaigns

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"regexp"
)

// What a picture says of its own colours and of which way up it is, is followed by
// some programs and not by others. So only what changes nothing is taken: with it
// and without it, the picture looks alike.

// pieces is what of a picture decides how programs show its pixels.
type pieces struct {
	profiles [][]byte // ICC, each put together and unpacked
	exif     [][]byte // each a TIFF file
	odd      bool     // something else that some programs follow
}

// piecesOf reads them from an image of a type that mail takes.
func piecesOf(kind string, data []byte) pieces {
	switch kind {
	case "image/png":
		return piecesOfPNG(data)
	case "image/jpeg":
		return piecesOfJPEG(data)
	case "image/webp":
		return piecesOfWebP(data)
	}
	return pieces{odd: bytes.Contains(data, []byte("ICCRGBG1012"))} // of a GIF, which nobody writes in good faith
}

// turned is how XMP says that a picture isn't the right way up.
var turned = regexp.MustCompile(`tiff:Orientation\s*(?:=\s*["']|>)\s*(?:[02-9]|1[0-9])`)

// brightened are marks of pictures that hold a second one, by which screens of a
// high range show the first otherwise: Adobe's and ISO 21496-1.
var brightened = [][]byte{[]byte("http://ns.adobe.com/hdr-gain-map/"), []byte("urn:iso:std:iso:ts:21496:")}

// plainColours reports whether programs agree on the colours of an image.
func plainColours(kind string, data []byte) bool {
	of := piecesOf(kind, data)
	for _, mark := range brightened {
		if bytes.Contains(data, mark) {
			return false
		}
	}
	for _, profile := range of.profiles {
		if !isSRGB(profile) {
			return false
		}
	}
	for _, exif := range of.exif {
		if bytes.Contains(exif, []byte("R03\x00")) { // Adobe RGB, as cameras say (Exif 2.3, annex A)
			return false
		}
	}
	return !of.odd
}

// upright reports whether programs agree on which way up an image is.
func upright(kind string, data []byte) bool {
	for _, exif := range piecesOf(kind, data).exif {
		if orientation(exif) > 1 {
			return false
		}
	}
	return !turned.Match(data)
}

// piecesOfPNG follows the chunks. What is said of colours twice is odd, as programs
// take the first or the last; so are primaries that aren't those of sRGB, samples
// of fewer bits than they have, and code points (PNG, third edition, 11.3.2).
func piecesOfPNG(data []byte) (of pieces) {
	seen := map[string]bool{}
	for at := 8; at+12 <= len(data); {
		length := int(binary.BigEndian.Uint32(data[at:]))
		if length > len(data)-at-12 {
			break
		}
		name, body := string(data[at+4:at+8]), data[at+8:at+8+length]
		switch name {
		case "iCCP":
			of.profiles = append(of.profiles, unpacked(body))
		case "eXIf":
			of.exif = append(of.exif, body)
		case "cICP":
			of.odd = of.odd || !bytes.Equal(body, []byte{1, 13, 0, 1})
		case "cHRM":
			of.odd = of.odd || !primaries(body)
		case "sBIT":
			of.odd = of.odd || !allBits(data, body)
		case "gAMA", "sRGB", "PLTE", "tRNS", "IHDR":
		case "IEND":
			return of
		default:
			name = ""
		}
		of.odd = of.odd || name != "" && seen[name]
		seen[name] = true
		at += 12 + length
	}
	return of
}

// unpacked returns the profile of an iCCP chunk: a name, a method, and zlib. What
// isn't read is no profile of sRGB.
func unpacked(body []byte) []byte {
	_, packed, _ := bytes.Cut(body, []byte{0})
	if len(packed) < 1 || packed[0] != 0 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, MaxCreative))
	if err != nil {
		return nil
	}
	return profile
}

// primaries reports whether a cHRM chunk has those of sRGB, in 100,000ths.
func primaries(body []byte) bool {
	of := [8]float64{31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000}
	if len(body) != 4*len(of) {
		return false
	}
	for i, want := range of {
		if math.Abs(float64(binary.BigEndian.Uint32(body[4*i:]))-want) > 1500 {
			return false
		}
	}
	return true
}

// allBits reports whether an sBIT chunk says that all bits of a sample count.
func allBits(data, body []byte) bool {
	depth := data[24]
	if data[25] == 3 { // a palette's colours have eight
		depth = 8
	}
	for _, bits := range body {
		if bits != depth {
			return false
		}
	}
	return true
}

// piecesOfJPEG follows the segments, also those between scans. A picture in CMYK,
// or whose three parts are red, green and blue, is read in different ways.
func piecesOfJPEG(data []byte) (of pieces) {
	var profile []byte
	var part, last byte // of the profile: which it was, and how many there are
	for at := 2; at+4 <= len(data); {
		marker := data[at+1]
		if data[at] != 0xFF || marker <= 1 || marker == 0xFF || marker >= 0xD0 && marker <= 0xD8 {
			at++ // within a scan, or what fills
			continue
		}
		length := int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xD9 || length < 2 || length > len(data)-at-2 {
			break
		}
		body := data[at+4 : at+2+length]
		switch {
		case marker == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00")) && len(body) > 6:
			of.exif = append(of.exif, body[6:])
		case marker == 0xE2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) && len(body) >= 14:
			part++
			of.odd = of.odd || body[12] != part || last != 0 && body[13] != last
			last = body[13]
			profile = append(profile, body[14:]...)
		case marker == 0xEE && bytes.HasPrefix(body, []byte("Adobe")) && len(body) >= 12:
			of.odd = of.odd || body[11] > 1 || body[11] == 0 && !grey(data) // 1 is what all take it for
		case marker >= 0xC0 && marker <= 0xC2 && len(body) >= 6:
			of.odd = of.odd || body[5] == 4 || len(body) >= 15 && body[6] == 'R' && body[9] == 'G' && body[12] == 'B'
		}
		at += 2 + length
	}
	if of.odd = of.odd || part != last; profile != nil {
		of.profiles = append(of.profiles, profile)
	}
	return of
}

// grey reports whether a JPEG has no colours.
func grey(data []byte) bool {
	of, err := jpeg.DecodeConfig(bytes.NewReader(data))
	return err == nil && of.ColorModel == color.GrayModel
}

// piecesOfWebP follows the chunks of the file (RFC 9649, 2.7).
func piecesOfWebP(data []byte) (of pieces) {
	for at := 12; at+8 <= len(data); {
		length := int(binary.LittleEndian.Uint32(data[at+4:]))
		if length > len(data)-at-8 {
			break
		}
		body := data[at+8 : at+8+length]
		switch string(data[at : at+4]) {
		case "ICCP":
			of.profiles = append(of.profiles, body)
		case "EXIF":
			of.exif = append(of.exif, bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		}
		at += 8 + length + length&1
	}
	return of
}

// orientation returns what Exif says of which way up a picture is: 1 to 8, of
// which 1 is as it stands; 0: nothing (TIFF 6.0, tag 274). Of several the greatest.
func orientation(tiff []byte) (is int) {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	for n, entry := int(order.Uint16(tiff[at:])), at+2; n > 0 && entry+12 <= int64(len(tiff)); n, entry = n-1, entry+12 {
		if order.Uint16(tiff[entry:]) == 274 {
			is = max(is, int(order.Uint16(tiff[entry+8:])))
		}
	}
	return is
}
