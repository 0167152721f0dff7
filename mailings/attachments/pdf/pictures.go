package pdf

import (
	"encoding/binary"
	"slices"

	"keur/internal/fault"
)

// size is how wide and high a picture says that it is, where it is packed by itself.
type size struct{ width, height int }

// fits reports whether a picture takes no more memory than a program may have.
func (s size) fits() bool {
	return s.width >= 0 && s.height >= 0 && s.width <= maxImage && s.height <= maxImage && s.width*s.height <= maxImage
}

// pictured refuses a picture that says of itself that it is larger than may be: what
// unpacks it believes that, and not the dictionary before it.
func pictured(filter name, data []byte) error {
	sizes := map[name]func([]byte) []size{"DCTDecode": jpegSizes, "JPXDecode": jpxSizes}[filter]
	if sizes != nil && slices.ContainsFunc(sizes(data), func(s size) bool { return !s.fits() }) {
		return fault.At("file", "attachments.too_much")
	}
	return nil
}

// jpegSizes returns the sizes in a JPEG's frame headers (ITU T.81, B.2.2), wherever
// they stand.
func jpegSizes(data []byte) (all []size) {
	for at := range occurrences(data, "\xff") {
		if at+9 > len(data) {
			break
		}
		switch kind := data[at+1]; kind {
		case 0xc4, 0xc8, 0xcc: // tables, and none of a frame
		default:
			// A frame header is as long as it has components: so bytes within a scan aren't taken for one.
			if kind >= 0xc0 && kind <= 0xcf && int(binary.BigEndian.Uint16(data[at+2:])) == 8+3*componentsOf(data[at:]) {
				all = append(all, size{int(binary.BigEndian.Uint16(data[at+7:])), int(binary.BigEndian.Uint16(data[at+5:]))})
			}
		}
	}
	return all
}

func componentsOf(header []byte) int {
	if len(header) < 10 {
		return -1
	}
	return int(header[9])
}

// jpxSizes returns the sizes in the headers of a JPEG 2000's code streams (ITU T.800,
// A.5.1).
func jpxSizes(data []byte) (all []size) {
	for at := range occurrences(data, "\xff\x4f\xff\x51") {
		if rest := data[at:]; len(rest) >= 24 {
			width, height := binary.BigEndian.Uint32(rest[8:]), binary.BigEndian.Uint32(rest[12:])
			all = append(all, size{int(width), int(height)})
		}
	}
	return all
}

// picture refuses one whose dictionary says that it is too large.
func picture(f *file, d dict) error {
	width, wide := whole(f.resolve(d.get("Width")))
	height, high := whole(f.resolve(d.get("Height")))
	if wide && high && !(size{width, height}).fits() {
		return fault.At("file", "attachments.too_much")
	}
	return nil
}

// outside are the keys of a stream by which what is in it stands elsewhere, or which
// some programs take for how it is packed, as those of a picture within a page.
var outside = []name{"F", "FFilter", "FDecodeParms", "DP"}

// packing refuses a stream that isn't packed as it says to each program.
func packing(o *object, d dict) error {
	for _, e := range d {
		if e.value != nil && slices.Contains(outside, e.key) {
			return active(o, string(e.key))
		}
	}
	return nil
}

// plain reports whether what each program must read is packed in the one way that
// all read alike: once, with nothing that stands elsewhere.
func plain(d dict) bool {
	filter, parms := d.get("Filter"), d.get("DecodeParms")
	_, several := filter.(array)
	_, each := parms.(array)
	filters, all := listOf(filter), listOf(parms)
	if len(filters) == 0 {
		return parms == nil
	}
	if len(filters) > 1 || filters[0] != name("FlateDecode") || parms != nil && (several != each || len(all) != 1) {
		return false
	}
	for _, one := range all {
		p, is := one.(dict)
		if one != nil && !is || slices.ContainsFunc(p, func(e entry) bool { _, refers := e.value.(ref); return refers }) {
			return false
		}
	}
	return true
}
