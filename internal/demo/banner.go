package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// BannerWidth is that of the picture above a placement, in pixels; twice as fine
// as it is shown.
const BannerWidth = 1200

// Scenery is what a banner shows.
type Scenery int

// The sceneries.
const (
	Dunes Scenery = iota
	Peaks
	Lamps
)

// PNG returns the scenery as a file, so many pixels wide.
func (s Scenery) PNG(width int, sky, land color.RGBA) ([]byte, error) {
	var file bytes.Buffer
	err := png.Encode(&file, s.draw(width, sky, land))
	return file.Bytes(), err
}

// draw paints the scenery in two colours and what lies between them.
func (s Scenery) draw(width int, sky, land color.RGBA) image.Image {
	height := width * 2 / 5
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			at := point{float64(x) / float64(width), float64(y) / float64(height)}
			picture.SetRGBA(x, y, s.shade(at, sky, land))
		}
	}
	return picture
}

// point is a place in the picture, from 0 to 1.
type point struct{ x, y float64 }

func (s Scenery) shade(at point, sky, land color.RGBA) color.RGBA {
	if s == Lamps {
		return glow(at, sky, land)
	}
	white := color.RGBA{0xff, 0xfb, 0xf0, 0xff}
	shade := mix(sky, white, at.y*0.7)
	if distance := math.Hypot((at.x-0.78)*2.5, at.y-0.3); distance < 0.13 { // the sun, soft at its edge
		shade = mix(white, shade, smooth((distance-0.115)/0.015))
	}
	for layer := range 4 {
		depth := float64(layer) / 3
		if at.y > s.ridge(at.x, depth) {
			shade = mix(mix(sky, land, 0.35+0.2*depth), land, depth)
		}
	}
	return shade
}

// ridge is how high the land of a layer reaches; depth 1 is the nearest.
func (s Scenery) ridge(x, depth float64) float64 {
	if s == Peaks {
		folded := math.Abs(math.Mod(x*(2.2+depth*1.3)+depth*0.37, 1)*2 - 1)
		return 0.32 + 0.14*depth + 0.3*folded*(1-0.35*depth) + 0.012*math.Sin(x*60+depth*9)
	}
	return 0.56 + 0.13*depth + 0.06*math.Sin(x*(4+2*depth)+depth*4) + 0.025*math.Sin(x*11+depth*2)
}

// glow is a row of lamps in the dark.
func glow(at point, dark, light color.RGBA) color.RGBA {
	shade := mix(dark, light, 0.08*at.y)
	for lamp := range 5 {
		x := 0.14 + 0.18*float64(lamp)
		y := 0.36 + 0.08*math.Sin(float64(lamp)*2.1)
		distance := math.Hypot((at.x-x)*2.5, at.y-y)
		shade = mix(shade, light, 0.55*math.Exp(-distance*distance*40))
		if math.Abs(at.x-x) < 0.0012 && at.y < y {
			shade = mix(shade, light, 0.35) // its cord
		}
		if distance < 0.085 {
			shade = mix(color.RGBA{0xff, 0xf3, 0xd6, 0xff}, light, smooth(distance/0.085))
		}
	}
	return shade
}

// mix goes from one colour to another.
func mix(from, to color.RGBA, share float64) color.RGBA {
	share = min(max(share, 0), 1)
	blend := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share)) }
	return color.RGBA{blend(from.R, to.R), blend(from.G, to.G), blend(from.B, to.B), 0xff}
}

// smooth eases from 0 to 1.
func smooth(t float64) float64 {
	t = min(max(t, 0), 1)
	return t * t * (3 - 2*t)
}
