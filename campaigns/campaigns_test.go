package campaigns

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/fault/faulttest"
)

func ptr[T any](v T) *T { return &v }

func day(s string) civil.Date {
	d, err := civil.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestCampaignsNameTheField(t *testing.T) {
	t.Parallel()
	good := Campaign{
		Name: "Zomer", StartsOn: day("2026-06-01"), EndsOn: day("2026-06-30"), Currency: "EUR",
		Deals: []Deal{{Kind: CPS, BasisPoints: ptr(500)}, {Kind: CPC, MinorUnits: ptr(int64(12))}},
	}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for path, spoil := range map[string]func(*Campaign){
		"name":                  func(c *Campaign) { c.Name = "" },
		"valid_until":           func(c *Campaign) { c.EndsOn = day("2026-05-31") },
		"currency":              func(c *Campaign) { c.Currency = "euro" },
		"goals.clicks":          func(c *Campaign) { c.Goals.Clicks = ptr(int64(-1)) },
		"promised.delivered":    func(c *Campaign) { c.Promised.Delivered = ptr(int64(1 << 60)) },
		"deals[0]":              func(c *Campaign) { c.Deals = []Deal{{Kind: CPC}} },
		"deals[0].kind":         func(c *Campaign) { c.Deals = []Deal{{Kind: "CPX", MinorUnits: ptr(int64(1))}} },
		"deals[0].basis_points": func(c *Campaign) { c.Deals = []Deal{{Kind: CPC, BasisPoints: ptr(1)}} },
		"deals[0].minor_units":  func(c *Campaign) { c.Deals = []Deal{{Kind: CPC, MinorUnits: ptr(int64(0))}} },
	} {
		c := good
		spoil(&c)
		if got := faulttest.Paths(c.Validate()); !slices.Equal(got, []string{path}) {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestProgrammes(t *testing.T) {
	t.Parallel()
	if got := (Programme{Network: "awin"}).Parameter(); got != "clickref" {
		t.Errorf("awin's sub-id goes into %q", got)
	}
	if got := (Programme{Network: "awin", SubIDParameter: "clickref2"}).Parameter(); got != "clickref2" {
		t.Errorf("a programme's own parameter: %q", got)
	}
	if got := (Programme{Network: "direct"}).Parameter(); got != "" {
		t.Errorf("a direct advertiser gets %q", got)
	}
}

func encoded(t *testing.T, encode func(*bytes.Buffer, image.Image) error, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(b *bytes.Buffer, m image.Image) error  { return png.Encode(b, m) }
func jpegOf(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) }
func gifOf(b *bytes.Buffer, m image.Image) error  { return gif.Encode(b, m, nil) }

func TestCreativesAreReadFromTheirBytes(t *testing.T) {
	t.Parallel()
	// The smallest WebP there is: lossless, 1 × 1.
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	for want, c := range map[string]struct {
		data          []byte
		width, height int
	}{
		"image/png":  {encoded(t, pngOf, 600, 200), 600, 200},
		"image/jpeg": {encoded(t, jpegOf, 30, 20), 30, 20},
		"image/gif":  {encoded(t, gifOf, 3, 2), 3, 2},
		"image/webp": {webp, 1, 1},
	} {
		got, err := ReadCreative(c.data)
		if err != nil || got.Type != want || got.Width != c.width || got.Height != c.height || got.Size != len(c.data) {
			t.Errorf("%s: %s %d × %d, %v", want, got.Type, got.Width, got.Height, err)
		}
	}
	for name, data := range map[string][]byte{
		"nothing":   nil,
		"text":      []byte("hallo"),
		"svg":       []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"half":      encoded(t, pngOf, 10, 10)[:20],
		"too wide":  encoded(t, pngOf, maxSide+1, 1),
		"too large": append(encoded(t, pngOf, 10, 10), make([]byte, MaxCreative)...),
	} {
		if _, err := ReadCreative(data); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCodesAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"A-1\nB_2\r\n\nc.3":             {"A-1", "B_2", "c.3"},
		"\ufeffcode;waarde\nA-1;5\nB-2": {"A-1", "B-2"},
		"\"A-1\",x\nB-2,y":              {"A-1", "B-2"},
		"":                              nil,
	} {
		if got, err := ReadCodes(strings.NewReader(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if _, err := ReadCodes(strings.NewReader("A-1\n" + strings.Repeat("x", 41) + "\nB\x002\n\xff\nGRATIS CASINO\n" +
		"https://evil.nl\nÀ-1\n<b>AB\nA\u202e123\nAB\nOK-1")); !slices.Equal(faulttest.Paths(err), []string{
		"line[10]", "line[2]", "line[3]", "line[4]", "line[5]", "line[6]", "line[7]", "line[8]", "line[9]",
	}) {
		t.Errorf("%v", err)
	}
	if _, err := ReadCodes(strings.NewReader(strings.Repeat("x", 1<<20))); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestPoolsCover(t *testing.T) {
	t.Parallel()
	unique := Pool{Name: "zomer", Free: 10, ValidUntil: ptr(day("2026-06-30"))}
	shared := Pool{Name: "zomer", SharedCode: ptr("ZOMER")}
	if unique.Covers(10, day("2026-06-30")) != nil || shared.Covers(1000, day("2026-06-30")) != nil {
		t.Error("what suffices is refused")
	}
	if !fault.Is(unique.Covers(11, day("2026-06-30")), fault.Conflict) || !fault.Is(unique.Covers(1, day("2026-07-01")), fault.Conflict) {
		t.Error("too few, or too late, is let through")
	}
	if unique.Dummy() == "" || shared.Dummy() != "ZOMER" {
		t.Error("previews show the wrong code")
	}
}
