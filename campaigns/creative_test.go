package campaigns_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"keur/campaigns"
	"keur/internal/fault"
)

// encoded returns a picture in each format that the standard library writes.
func encoded(t testing.TB) map[string][]byte {
	t.Helper()
	picture := image.NewPaletted(image.Rect(0, 0, 64, 48), color.Palette{color.Black, color.White, color.RGBA{R: 255, A: 255}})
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * i % 3)
	}
	files := map[string][]byte{}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"png":  func(b *bytes.Buffer) error { return png.Encode(b, picture) },
		"jpeg": func(b *bytes.Buffer) error { return jpeg.Encode(b, picture, nil) },
		"gif": func(b *bytes.Buffer) error {
			return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{picture, picture}, Delay: []int{10, 10}})
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		files[name] = b.Bytes()
	}
	// A lossless WebP of one pixel (RFC 9649), as its file says how long it is.
	files["webp"] = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	return files
}

func TestAPictureIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for name, file := range encoded(t) {
		if c, err := campaigns.ReadCreative(file); err != nil || c.Width < 1 {
			t.Errorf("%s: %v", name, err)
		}
		for at := range file {
			if _, err := campaigns.ReadCreative(file[:at]); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s was taken with %d of its %d bytes", name, at, len(file))
				break
			}
		}
		if _, err := campaigns.ReadCreative(append(bytes.Clone(file), "\x00\x00 and more"...)); err != nil {
			t.Errorf("%s with something behind its end, which browsers overlook: %v", name, err)
		}
	}
	if _, err := campaigns.ReadCreative([]byte("%PDF-1.7 …")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a PDF: %v", err)
	}
}

// FuzzPictures holds that bytes of anybody's are read within their bounds.
func FuzzPictures(f *testing.F) {
	for _, file := range encoded(f) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := campaigns.ReadCreative(file)
		if err == nil && (c.Width < 1 || c.Height < 1 || c.Size != len(file)) {
			t.Errorf("%d × %d of %d bytes", c.Width, c.Height, c.Size)
		}
	})
}

// TestAPictureThatMovesIsSeenWhole: an approver who looks at a mail sees all that
// its pictures show, and in each program the same.
func TestAPictureThatMovesIsSeenWhole(t *testing.T) {
	t.Parallel()
	frame := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White})
	animation := func(delays ...int) []byte {
		g := gif.GIF{Delay: delays}
		for range delays {
			g.Image = append(g.Image, frame)
		}
		var b bytes.Buffer
		if err := gif.EncodeAll(&b, &g); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	still := encoded(t)["png"]
	with := func(name string, data ...byte) []byte { // a chunk behind the header, which is 33 bytes with the signature
		chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), name...)
		chunk = append(chunk, data...)
		return slices.Concat(still[:33], binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:])), still[33:])
	}
	extended := "RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	webp := slices.Concat([]byte(extended), encoded(t)["webp"][12:])
	binary.LittleEndian.PutUint32(webp[4:], uint32(len(webp)-8))
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"two frames":             {animation(50, 50), ""},
		"ten seconds":            {animation(500, 500, 9000), ""}, // the last is shown as long as it likes
		"after a minute":         {animation(6000, 50), "seconds to show all of itself"},
		"many that take long":    {animation(300, 300, 300, 300, 300), "seconds to show all of itself"},
		"no delay counts as ten": {animation(make([]int, 103)...), "seconds to show all of itself"},
		"a PNG that moves":       {with("acTL", 0, 0, 0, 2, 0, 0, 0, 0), "save it as a GIF"},
		"a WebP that moves":      {webp, "save it as a GIF"},
		"a gamma of screens":     {with("gAMA", 0, 0, 0xB1, 0x8F), ""},
		"two pictures in one":    {with("gAMA", 0, 0, 0x09, 0xC4), "looks different from program to program"},
	} {
		_, err := campaigns.ReadCreative(c.data)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestImagesAreCutAndMadeSmaller: from their middle, never larger, and none that moves.
func TestImagesAreCutAndMadeSmaller(t *testing.T) {
	t.Parallel()
	files := encoded(t)
	read := func(data []byte) campaigns.Creative {
		t.Helper()
		c, err := campaigns.ReadCreative(data)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, try := range map[string]struct {
		of            string
		cut           campaigns.Cut
		width, height int // 0: refused
		kind          string
	}{
		"smaller":                   {"png", campaigns.Cut{Width: 32}, 32, 24, "image/png"},
		"cut":                       {"jpeg", campaigns.Cut{Shape: "1:1", Width: 48}, 48, 48, "image/jpeg"},
		"cut wide":                  {"jpeg", campaigns.Cut{Shape: "2:1", Width: 20}, 20, 10, "image/jpeg"},
		"as it is":                  {"png", campaigns.Cut{Width: 64}, 64, 48, "image/png"},
		"of one pixel":              {"webp", campaigns.Cut{Shape: "3:1", Width: 1}, 1, 1, "image/png"},
		"larger":                    {"png", campaigns.Cut{Width: 65}, 0, 0, ""},
		"wider than it is once cut": {"png", campaigns.Cut{Shape: "1:1", Width: 49}, 0, 0, ""},
		"of no width":               {"png", campaigns.Cut{}, 0, 0, ""},
		"a part":                    {"png", campaigns.Cut{Part: image.Rect(10, 4, 40, 24), Shape: "1:1", Width: 15}, 15, 10, "image/png"},
		"wider than the part":       {"png", campaigns.Cut{Part: image.Rect(10, 4, 40, 24), Width: 31}, 0, 0, ""},
		"a part beside it":          {"png", campaigns.Cut{Part: image.Rect(40, 0, 65, 24), Width: 10}, 0, 0, ""},
		"a part before it":          {"png", campaigns.Cut{Part: image.Rect(-1, 0, 20, 20), Width: 10}, 0, 0, ""},
		"moving":                    {"gif", campaigns.Cut{Width: 32}, 0, 0, ""},
	} {
		data, err := try.cut.Of(read(files[try.of]))
		if try.width == 0 {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c := read(data); c.Width != try.width || c.Height != try.height || c.Type != try.kind {
			t.Errorf("%s is %d × %d of %s", name, c.Width, c.Height, c.Type)
		}
	}
}

// TestWhatIsNoImageForMailIsNamed: by what it is, so that people know what to save.
func TestWhatIsNoImageForMailIsNamed(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00": "campaigns.creative_heic",
		"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00": "campaigns.creative_format",
		"%PDF-1.7 …": "campaigns.creative_pdf", `<?xml version="1.0"?><SVG xmlns="x"/>`: "campaigns.creative_svg", "hello": "campaigns.creative_format",
	} {
		_, err := campaigns.ReadCreative([]byte(data))
		var told *fault.Error
		if !errors.As(err, &told) || told.Details[0].Message.Key != want {
			t.Errorf("%q: %v", data, err)
		}
	}
}
