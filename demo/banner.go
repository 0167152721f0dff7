package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Scenery is what a banner shows: dunes, peaks or lamps.
type Scenery string

// Color is written as #f6d7a7.
type Color struct{ color.RGBA }

// UnmarshalText reads the colour.
func (c *Color) UnmarshalText(text []byte) error {
	c.A = 0xff
	_, err := fmt.Sscanf(string(text), "#%02x%02x%02x", &c.R, &c.G, &c.B)
	return err
}

// PNG returns the scenery as a file, so many pixels wide, in two colours and
// what lies between them.
func (s Scenery) PNG(width int, sky, land Color) ([]byte, error) {
	height := width * 2 / 5
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetRGBA(x, y, s.shade(float64(x)/float64(width), float64(y)/float64(height), sky.RGBA, land.RGBA))
		}
	}
	var file bytes.Buffer
	err := png.Encode(&file, picture)
	return file.Bytes(), err
}

// shade is the colour of a place in the picture, from 0 to 1.
func (s Scenery) shade(x, y float64, sky, land color.RGBA) color.RGBA {
	white := color.RGBA{0xff, 0xfb, 0xf0, 0xff}
	if s == "lamps" { // a row of them in the dark
		shade := mix(sky, land, 0.08*y)
		for lamp := range 5 {
			distance := math.Hypot((x-0.14-0.18*float64(lamp))*2.5, y-0.36-0.08*math.Sin(float64(lamp)*2.1))
			shade = mix(shade, land, 0.55*math.Exp(-distance*distance*40))
			if distance < 0.085 {
				shade = mix(white, land, distance/0.085)
			}
		}
		return shade
	}
	shade := mix(sky, white, y*0.7)
	if math.Hypot((x-0.78)*2.5, y-0.3) < 0.12 {
		shade = white // the sun
	}
	for layer := range 4 {
		if depth := float64(layer) / 3; y > s.ridge(x, depth) {
			shade = mix(mix(sky, land, 0.35+0.2*depth), land, depth)
		}
	}
	return shade
}

// ridge is how high the land of a layer reaches; depth 1 is the nearest.
func (s Scenery) ridge(x, depth float64) float64 {
	if s == "peaks" {
		folded := math.Abs(math.Mod(x*(2.2+depth*1.3)+depth*0.37, 1)*2 - 1)
		return 0.32 + 0.14*depth + 0.3*folded*(1-0.35*depth) + 0.012*math.Sin(x*60+depth*9)
	}
	return 0.56 + 0.13*depth + 0.06*math.Sin(x*(4+2*depth)+depth*4) + 0.025*math.Sin(x*11+depth*2)
}

// mix goes from one colour to another.
func mix(from, to color.RGBA, share float64) color.RGBA {
	share = min(max(share, 0), 1)
	blend := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share)) }
	return color.RGBA{blend(from.R, to.R), blend(from.G, to.G), blend(from.B, to.B), 0xff}
}
