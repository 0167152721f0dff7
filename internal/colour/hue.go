package colour

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// HueDistance is how far, in degrees of OKLCH, a colour stands from those that
// it must not be taken for.
const HueDistance = 20.0

// paleChroma is the chroma below which a colour reads as a grey, which is taken
// for none.
const paleChroma = 0.04

// Apart returns a colour such as #1a5fb4 with its hue moved as little as it
// takes to stand HueDistance away from each of others. Its lightness stays, and
// its chroma as far as sRGB has it. A grey stays as it is, as does a colour that
// clashes with none, and one for which the others leave no hue.
func Apart(colour string, others ...string) string {
	c := toLCH(colour)
	if c.chroma < paleChroma {
		return colour
	}
	var hues []float64
	for _, other := range others {
		if o := toLCH(other); o.chroma >= paleChroma {
			hues = append(hues, o.hue)
		}
	}
	// A hundredth of a degree at a time to either side, until one is free; what
	// rounding to six digits moves is asked for in advance.
	const margin = 3
	if free(c.hue, hues, HueDistance) {
		return colour
	}
	for moved := 0.01; moved < 180; moved += 0.01 {
		for _, hue := range []float64{c.hue + moved, c.hue - moved} {
			if free(hue, hues, HueDistance+margin) {
				return lch{c.lightness, c.chroma, hue}.hex()
			}
		}
	}
	return colour
}

// free reports whether a hue stands so far from all others.
func free(hue float64, others []float64, distance float64) bool {
	for _, other := range others {
		if hueBetween(hue, other) < distance {
			return false
		}
	}
	return true
}

// hueBetween returns the angle between two hues, at most 180 degrees.
func hueBetween(a, b float64) float64 {
	return math.Abs(math.Mod(a-b+540+360, 360) - 180)
}

// lch is a colour in OKLCH (CSS Color 4, section 9.4): lightness from 0 to 1,
// chroma from 0, hue in degrees.
type lch struct{ lightness, chroma, hue float64 }

// toLCH reads a colour; what is none is black.
func toLCH(colour string) lch {
	rgb, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		rgb = 0
	}
	r, g, b := linear(float64(rgb>>16&0xff)/255), linear(float64(rgb>>8&0xff)/255), linear(float64(rgb&0xff)/255)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	light := 0.2104542553*l + 0.7936177850*m - 0.0040720468*s
	green := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	blue := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return lch{light, math.Hypot(green, blue), math.Mod(math.Atan2(blue, green)*180/math.Pi+360, 360)}
}

// rgb returns the linear parts of sRGB; those outside 0 to 1 can't be shown.
func (c lch) rgb() [3]float64 {
	green, blue := c.chroma*math.Cos(c.hue*math.Pi/180), c.chroma*math.Sin(c.hue*math.Pi/180)
	cube := func(v float64) float64 { return v * v * v }
	l := cube(c.lightness + 0.3963377774*green + 0.2158037573*blue)
	m := cube(c.lightness - 0.1055613458*green - 0.0638541728*blue)
	s := cube(c.lightness - 0.0894841775*green - 1.2914855480*blue)
	return [3]float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	}
}

// hex writes the colour with as much of its chroma as sRGB has.
func (c lch) hex() string {
	const rounding = 1e-4
	shown := func(rgb [3]float64) bool {
		return min(rgb[0], rgb[1], rgb[2]) >= -rounding && max(rgb[0], rgb[1], rgb[2]) <= 1+rounding
	}
	for !shown(c.rgb()) && c.chroma > 0 {
		c.chroma = max(0, c.chroma-0.002)
	}
	var parts [3]int
	for i, v := range c.rgb() {
		v = min(max(v, 0), 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		parts[i] = int(math.Round(v * 255))
	}
	return fmt.Sprintf("#%02x%02x%02x", parts[0], parts[1], parts[2])
}
