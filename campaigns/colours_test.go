package campaigns_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"strings"
	"testing"

	"keur/campaigns"
)

// Primaries of profiles, as they hold them.
var (
	ofSRGB     = [3][3]float64{{0.4361, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, {0.1431, 0.0606, 0.7141}}
	ofP3       = [3][3]float64{{0.5151, 0.2412, -0.0011}, {0.2919, 0.6922, 0.0419}, {0.1572, 0.0666, 0.7841}}
	ofSwapped  = [3][3]float64{ofSRGB[2], ofSRGB[1], ofSRGB[0]} // blue for red
	curveSRGB  = parametricCurve(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
	curvePlain = []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33\x00\x00") // a gamma of 2.2
	curveOf1   = []byte("curv\x00\x00\x00\x00\x00\x00\x00\x00")
)

func parametricCurve(formula uint16, of ...float64) []byte {
	b := binary.BigEndian.AppendUint16([]byte("para\x00\x00\x00\x00"), formula)
	b = append(b, 0, 0)
	for _, v := range of {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

// tableCurve has a step in it: all that is darker than a half is black.
func tableCurve() []byte {
	b := []byte("curv\x00\x00\x00\x00\x00\x00\x01\x00")
	for i := range 256 {
		b = binary.BigEndian.AppendUint16(b, uint16(i/128*65535))
	}
	return b
}

// profile is an ICC profile of three primaries and one curve for all of them, and
// of more tags.
func profile(of [3][3]float64, curve []byte, more ...string) []byte {
	type tag struct {
		name string
		data []byte
	}
	var tags []tag
	for i, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		xyz := []byte("XYZ \x00\x00\x00\x00")
		for _, v := range of[i] {
			xyz = binary.BigEndian.AppendUint32(xyz, uint32(int32(math.Round(v*65536))))
		}
		tags = append(tags, tag{name, xyz}, tag{name[:1] + "TRC", curve})
	}
	for _, name := range more {
		tags = append(tags, tag{name, curve})
	}
	head := make([]byte, 128)
	copy(head[12:], "mntrRGB XYZ ")
	copy(head[36:], "acsp")
	list := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	for _, t := range tags {
		list = append(list, t.name...)
		list = binary.BigEndian.AppendUint32(list, uint32(132+12*len(tags)+len(data)))
		list = binary.BigEndian.AppendUint32(list, uint32(len(t.data)))
		data = append(data, t.data...)
	}
	return slices.Concat(head, list, data)
}

// pngWith puts chunks, a name and data each, behind the header.
func pngWith(t testing.TB, chunks ...string) []byte {
	still := encoded(t)["png"]
	var all []byte
	for i := 0; i < len(chunks); i += 2 {
		named := append([]byte(chunks[i]), chunks[i+1]...)
		all = binary.BigEndian.AppendUint32(all, uint32(len(chunks[i+1])))
		all = binary.BigEndian.AppendUint32(append(all, named...), crc32.ChecksumIEEE(named))
	}
	return slices.Concat(still[:33], all, still[33:])
}

func packed(profile []byte) string {
	var b bytes.Buffer
	b.WriteString("a name\x00\x00")
	w := zlib.NewWriter(&b)
	_, _ = w.Write(profile)
	_ = w.Close()
	return b.String()
}

// jpegWith puts segments, a marker and data each, behind the start.
func jpegWith(t testing.TB, segments ...string) []byte {
	still := encoded(t)["jpeg"]
	var all []byte
	for i := 0; i < len(segments); i += 2 {
		all = binary.BigEndian.AppendUint16(append(all, 0xFF, segments[i][0]), uint16(len(segments[i+1])+2))
		all = append(all, segments[i+1]...)
	}
	return slices.Concat(still[:2], all, still[2:])
}

func icc(n, of byte, profile []byte) string {
	return "ICC_PROFILE\x00" + string([]byte{n, of}) + string(profile)
}

// webpWith puts a chunk behind the extended header.
func webpWith(t testing.TB, name string, data []byte) []byte {
	head := "RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	chunk := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	if chunk = append(chunk, data...); len(data)%2 == 1 {
		chunk = append(chunk, 0)
	}
	all := slices.Concat([]byte(head), chunk, encoded(t)["webp"][12:])
	binary.LittleEndian.PutUint32(all[4:], uint32(len(all)-8))
	return all
}

// exif says which way up a picture is, in both orders of bytes.
func exif(orientation byte) (little, big string) {
	says := string([]byte{orientation})
	little = "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + says + "\x00\x00\x00\x00\x00\x00\x00"
	big = "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + says + "\x00\x00\x00\x00\x00\x00"
	return little, big
}

func be(numbers ...uint32) string {
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return string(b)
}

// TestAPictureLooksAlikeInEachProgram: what a picture says of its colours, and of
// which way up it is, is followed by some programs alone.
func TestAPictureLooksAlikeInEachProgram(t *testing.T) {
	t.Parallel()
	const colours, turned = "save it anew in sRGB", "turn it and save it anew"
	good, wide := profile(ofSRGB, curveSRGB), profile(ofP3, curveSRGB)
	up, upBig := exif(1)
	side, sideBig := exif(6)
	var grey bytes.Buffer
	if err := jpeg.Encode(&grey, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	cmyk := encoded(t)["jpeg"]
	frame := bytes.Index(cmyk, []byte{0xFF, 0xC0})
	three := cmyk[frame : frame+19]
	four := slices.Concat([]byte{0xFF, 0xC0, 0, 20}, three[4:9], []byte{4}, three[10:19], []byte{4, three[11], 1})
	letters := bytes.Clone(encoded(t)["jpeg"])
	copy(letters[frame+10:], "R")
	copy(letters[frame+13:], "G")
	copy(letters[frame+16:], "B")
	gifProfile := bytes.Replace(encoded(t)["gif"], []byte("\x21\xf9"),
		append([]byte("\x21\xff\x0bICCRGBG1012\x03abc\x00"), 0x21, 0xf9), 1)

	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"sRGB in a PNG":                    {pngWith(t, "iCCP", packed(good)), ""},
		"sRGB with a plain gamma":          {pngWith(t, "iCCP", packed(profile(ofSRGB, curvePlain))), ""},
		"sRGB in a JPEG":                   {jpegWith(t, "\xE2", icc(1, 1, good)), ""},
		"sRGB in two parts":                {jpegWith(t, "\xE2", icc(1, 2, good[:200]), "\xE2", icc(2, 2, good[200:])), ""},
		"sRGB in a WebP":                   {webpWith(t, "ICCP", good), ""},
		"what says sRGB":                   {pngWith(t, "sRGB", "\x00", "gAMA", be(45455), "sBIT", "\x08\x08\x08"), ""},
		"primaries of sRGB":                {pngWith(t, "cHRM", be(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)), ""},
		"sRGB by code points":              {pngWith(t, "cICP", "\x01\x0D\x00\x01"), ""},
		"the right way up in a PNG":        {pngWith(t, "eXIf", up), ""},
		"the right way up in a JPEG":       {jpegWith(t, "\xE1", "Exif\x00\x00"+upBig), ""},
		"as Adobe writes JPEGs":            {jpegWith(t, "\xEE", "Adobe\x00\x64\x00\x00\x00\x00\x01"), ""},
		"as Photoshop says it is up":       {jpegWith(t, "\xE1", `http://ns.adobe.com/xap/1.0/`+"\x00"+`<x tiff:Orientation="1"/>`), ""},
		"grey":                             {grey.Bytes(), ""},
		"a wide range in a PNG":            {pngWith(t, "iCCP", packed(wide)), colours},
		"a wide range in a JPEG":           {jpegWith(t, "\xE2", icc(1, 1, wide)), colours},
		"a wide range in a WebP":           {webpWith(t, "ICCP", wide), colours},
		"blue for red":                     {pngWith(t, "iCCP", packed(profile(ofSwapped, curveSRGB))), colours},
		"black below a half":               {jpegWith(t, "\xE2", icc(1, 1, profile(ofSRGB, tableCurve()))), colours},
		"straight curves":                  {pngWith(t, "iCCP", packed(profile(ofSRGB, curveOf1))), colours},
		"a curve that isn't one":           {pngWith(t, "iCCP", packed(profile(ofSRGB, parametricCurve(9, 1)))), colours},
		"tables that go before the curves": {webpWith(t, "ICCP", profile(ofSRGB, curveSRGB, "A2B0")), colours},
		"code points in a profile":         {webpWith(t, "ICCP", profile(ofSRGB, curveSRGB, "cicp")), colours},
		"a tag twice":                      {webpWith(t, "ICCP", profile(ofSRGB, curveSRGB, "rTRC")), colours},
		"a profile that isn't packed":      {pngWith(t, "iCCP", "x\x00\x00"+string(good)), colours},
		"half a profile":                   {jpegWith(t, "\xE2", icc(1, 1, good[:300])), colours},
		"a part that is missing":           {jpegWith(t, "\xE2", icc(1, 2, good)), colours},
		"parts out of order":               {jpegWith(t, "\xE2", icc(2, 2, good), "\xE2", icc(1, 2, wide)), colours},
		"two profiles":                     {pngWith(t, "iCCP", packed(good), "iCCP", packed(good)), colours},
		"high range by code points":        {pngWith(t, "cICP", "\x09\x10\x00\x01"), colours},
		"other primaries":                  {pngWith(t, "cHRM", be(31270, 32900, 15000, 6000, 30000, 60000, 64000, 33000)), colours},
		"five bits of eight":               {pngWith(t, "sBIT", "\x05\x05\x05"), colours},
		"two gammas":                       {pngWith(t, "gAMA", be(45455), "gAMA", be(45455)), colours},
		"a gamma of light itself":          {pngWith(t, "gAMA", be(100000)), "by the gamma in it"},
		"CMYK":                             {slices.Concat(cmyk[:frame], four, cmyk[frame+19:]), colours},
		"red, green and blue by a mark":    {jpegWith(t, "\xEE", "Adobe\x00\x64\x00\x00\x00\x00\x00"), colours},
		"red, green and blue by letters":   {letters, colours},
		"Adobe RGB of a camera":            {jpegWith(t, "\xE1", "Exif\x00\x00"+up+"R03\x00"), colours},
		"brighter on some screens":         {jpegWith(t, "\xE1", `<x xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"/>`), colours},
		"brighter by ISO":                  {jpegWith(t, "\xE2", "urn:iso:std:iso:ts:21496:-1\x00"), colours},
		"a profile in a GIF":               {gifProfile, colours},
		"turned in a PNG":                  {pngWith(t, "eXIf", sideBig), turned},
		"turned in a JPEG":                 {jpegWith(t, "\xE1", "Exif\x00\x00"+side), turned},
		"turned at second sight":           {jpegWith(t, "\xE1", "Exif\x00\x00"+up, "\xE1", "Exif\x00\x00"+side), turned},
		"turned in a WebP":                 {webpWith(t, "EXIF", []byte(side)), turned},
		"turned by XMP":                    {webpWith(t, "XMP ", []byte(`<tiff:Orientation>3</tiff:Orientation>`)), turned},
	} {
		_, err := campaigns.ReadCreative(c.data)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
