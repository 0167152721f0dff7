package campaigns

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strconv"
	"strings"

	"golang.org/x/image/draw"

	"keur/internal/fault"
)

// Cut says how a copy of an image is made: which part of it is kept, and how wide
// that becomes.
type Cut struct {
	Part  image.Rectangle // in pixels of the image; empty: the middle, in a shape
	Shape string          // width to height, such as 16:9; "": all of it
	Width int             // in pixels, at most the part's own
}

// Shapes are those to which images are cut, from tall to wide.
func Shapes() []string { return []string{"1:1", "4:3", "3:2", "16:9", "2:1", "3:1"} }

// quality is that of a JPEG whose copy nobody tells from it.
const quality = 88

// Of returns the bytes of the copy: a JPEG of a JPEG, else a PNG. Returns an invalid
// fault for an image that moves, and one that would grow.
func (c Cut) Of(from Creative) ([]byte, error) {
	if takes, agreed := moves(from.Type, from.Bytes); takes > 0 && frames(from) > 1 || !agreed {
		return nil, fault.At("width", "campaigns.cut_moves")
	}
	whole, _, err := image.Decode(bytes.NewReader(from.Bytes))
	if err != nil {
		return nil, fault.At("width", "campaigns.creative_format")
	}
	part := middle(whole.Bounds(), c.Shape)
	if !c.Part.Empty() {
		if part = c.Part.Add(whole.Bounds().Min); !part.In(whole.Bounds()) {
			return nil, fault.At("shape", "campaigns.cut_outside")
		}
	}
	if c.Width < 1 || c.Width > part.Dx() {
		return nil, fault.At("width", "campaigns.cut_at_most", "most", part.Dx())
	}
	small := image.NewNRGBA(image.Rect(0, 0, c.Width, max(part.Dy()*c.Width/part.Dx(), 1)))
	draw.CatmullRom.Scale(small, small.Bounds(), whole, part, draw.Src, nil)
	var out bytes.Buffer
	if from.Type == "image/jpeg" {
		err = jpeg.Encode(&out, small, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(&out, small)
	}
	return out.Bytes(), err
}

// middle returns the largest part of the shape in the middle of an image.
func middle(of image.Rectangle, shape string) image.Rectangle {
	wide, high, _ := strings.Cut(shape, ":")
	w, err := strconv.Atoi(wide)
	h, other := strconv.Atoi(high)
	if err != nil || other != nil || w < 1 || h < 1 {
		return of
	}
	width, height := of.Dx(), max(of.Dx()*h/w, 1)
	if height > of.Dy() {
		width, height = max(of.Dy()*w/h, 1), of.Dy()
	}
	left, top := of.Min.X+(of.Dx()-width)/2, of.Min.Y+(of.Dy()-height)/2
	return image.Rect(left, top, left+width, top+height)
}

// frames counts the pictures of a GIF; of what is none there is one.
func frames(c Creative) (n int) {
	if c.Type != "image/gif" {
		return 1
	}
	eachGIFBlock(c.Bytes, func(at int) {
		if c.Bytes[at] == 0x2C {
			n++
		}
	})
	return n
}

// foreign names the format of a file that is no image for mail, where people take it
// for one: heic, svg, pdf or other.
func foreign(data []byte) string {
	head := data[:min(len(data), 512)]
	switch {
	case len(head) > 12 && string(head[4:8]) == "ftyp" && strings.Contains("heic heix hevc mif1 msf1 avif", string(head[8:12])):
		return "heic"
	case bytes.HasPrefix(head, []byte("%PDF")):
		return "pdf"
	case bytes.Contains(bytes.ToLower(head), []byte("<svg")):
		return "svg"
	}
	return "other"
}
