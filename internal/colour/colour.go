// Package colour knows what can be read on a label's colour, and keeps it apart
// from those that mean something.
package colour

import (
	"math"
	"strconv"
	"strings"
)

// Readable returns black or white, whichever contrasts more with a colour such
// as #1a5fb4 (WCAG 2.1).
func Readable(on string) string {
	if luminance(on) > 0.179 { // where both contrast alike
		return "#000000"
	}
	return "#ffffff"
}

// luminance returns how bright a colour is, from 0 to 1.
func luminance(colour string) float64 {
	rgb, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		return 0
	}
	part := func(shift uint) float64 { return linear(float64(rgb>>shift&0xff) / 255) }
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

// linear takes the gamma off a part of an sRGB colour, from 0 to 1.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// Contrast returns how well two colours are told apart, from 1 to 21 (WCAG 2.1,
// 1.4.3): 4.5 is enough for text.
func Contrast(a, b string) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}
