package campaigns

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"time"

	"golang.org/x/image/webp"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/hash"
)

// What mail clients still show, and phones still load.
const (
	MaxCreative = 2 << 20 // bytes
	maxSide     = 5000    // pixels
)

// Hash names a creative by the SHA-256 of its bytes.
type Hash = hash.Of[picture]

// picture is what a Hash names.
type picture struct{}

// Gone says that there is none of that hash.
func (picture) Gone() error { return fault.New(fault.NotFound, "campaigns.creative_gone") }

// Creative is a banner or image.
type Creative struct {
	Hash      Hash      `db:"hash" json:"hash"`
	Type      string    `db:"type" json:"type" enum:"image/png,image/jpeg,image/gif,image/webp"`
	Width     int       `db:"width" json:"width" doc:"Pixels, as read from the bytes"`
	Height    int       `db:"height" json:"height"`
	Size      int       `db:"size" json:"size" doc:"Bytes"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	Bytes     []byte    `db:"bytes" json:"-"`
}

// Use is a creative in a campaign.
type Use struct {
	Hash       Hash        `db:"hash" json:"hash"`
	Alt        string      `db:"alt" json:"alt" doc:"What is read where the image isn't shown"`
	Source     string      `db:"source" json:"source,omitempty" doc:"Where it came from"`
	ValidFrom  *civil.Date `db:"valid_from" json:"valid_from,omitempty"`
	ValidUntil *civil.Date `db:"valid_until" json:"valid_until,omitempty"`
}

// ReadCreative looks at the bytes of an image: its type and size come from
// them, whatever its file was called.
func ReadCreative(data []byte) (Creative, error) {
	switch {
	case len(data) == 0:
		return Creative{}, fault.At("file", "campaigns.creative_empty")
	case len(data) > MaxCreative:
		return Creative{}, fault.At("file", "campaigns.creative_bytes", "most", MaxCreative)
	}
	kind := http.DetectContentType(data)
	size, err := dimensions(kind, data)
	if err != nil {
		return Creative{}, fault.At("file", formats[foreign(data)])
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxSide || size.Height > maxSide {
		return Creative{}, fault.At("file", "campaigns.creative_pixels", "width", size.Width, "height", size.Height, "most_width",
			maxSide, "most_height", maxSide)
	}
	if !whole(kind, data) {
		return Creative{}, fault.At("file", "campaigns.creative_cut")
	}
	switch takes, agreed := moves(kind, data); {
	case !agreed:
		return Creative{}, fault.At("file", "campaigns.creative_moves")
	case takes > longest:
		return Creative{}, fault.At("file", "campaigns.creative_long", "takes", int(takes.Round(time.Second).Seconds()), "most",
			int(longest.Seconds()))
	case kind == "image/png" && !plainGamma(data):
		return Creative{}, fault.At("file", "campaigns.creative_gamma")
	case !plainColours(kind, data):
		return Creative{}, fault.At("file", "campaigns.creative_colours")
	case !upright(kind, data):
		return Creative{}, fault.At("file", "campaigns.creative_turned")
	}
	return Creative{
		Hash: sha256.Sum256(data), Type: kind, Width: size.Width, Height: size.Height, Size: len(data), Bytes: data,
	}, nil
}

// formats are what is said of a file that is no image for mail.
var formats = map[string]string{
	"heic": "campaigns.creative_heic", "pdf": "campaigns.creative_pdf", "svg": "campaigns.creative_svg",
	"other": "campaigns.creative_format",
}

func dimensions(kind string, data []byte) (image.Config, error) {
	r := bytes.NewReader(data)
	switch kind {
	case "image/png":
		return png.DecodeConfig(r)
	case "image/jpeg":
		return jpeg.DecodeConfig(r)
	case "image/gif":
		return gif.DecodeConfig(r)
	case "image/webp":
		return webp.DecodeConfig(r)
	}
	return image.Config{}, fmt.Errorf("%s is no image for mail", kind)
}

// Validate returns everything that is wrong with the use.
func (u Use) Validate() error {
	var wrong fault.List
	line(&wrong, "alt", u.Alt)
	note(&wrong, "source", u.Source)
	checkDay(&wrong, "valid_from", u.ValidFrom)
	checkDay(&wrong, "valid_until", u.ValidUntil)
	if u.ValidFrom != nil && u.ValidUntil != nil && u.ValidUntil.Compare(*u.ValidFrom) < 0 {
		wrong.Add("valid_until", "campaigns.validity_ends_before_start")
	}
	return wrong.Err()
}

// ShownOn returns a conflict unless the image may be shown on day: it may name
// a price that holds no longer, or not yet.
func (u Use) ShownOn(day civil.Date) error {
	switch {
	case u.ValidFrom != nil && day.Compare(*u.ValidFrom) < 0:
		return fault.New(fault.Conflict, "campaigns.picture_too_early", "picture", u.Alt, "from", *u.ValidFrom, "day", day)
	case u.ValidUntil != nil && day.Compare(*u.ValidUntil) > 0:
		return fault.New(fault.Conflict, "campaigns.picture_too_late", "picture", u.Alt, "until", *u.ValidUntil, "day", day)
	}
	return nil
}

// ParseHash reads a hash in hex.
func ParseHash(s string) (Hash, error) { return hash.Parse[picture](s) }
