package campaigns

import (
	"encoding/binary"
	"math"
)

// How far a profile may be from sRGB: its primaries in XYZ, and its curves in
// parts of the whole range. A plain gamma of 2.2 is within it.
const (
	primariesApart = 0.02
	curvesApart    = 0.04
)

// isSRGB reports whether an ICC profile shows colours as a program does that reads
// none (ICC.1:2022): three primaries and three curves close to those of sRGB, or
// one such curve of grey.
func isSRGB(profile []byte) bool {
	if len(profile) < 132 || string(profile[36:40]) != "acsp" || string(profile[20:24]) != "XYZ " {
		return false
	}
	tags, known := tagsOf(profile)
	if !known {
		return false
	}
	for name := range tags {
		switch name {
		case "A2B0", "A2B1", "A2B2", "D2B0", "D2B1", "D2B2", "D2B3", "cicp": // tables, which programs take first
			return false
		}
	}
	switch string(profile[16:20]) {
	case "RGB ":
		for name, want := range map[string][3]float64{
			"rXYZ": {0.4361, 0.2225, 0.0139}, "gXYZ": {0.3851, 0.7169, 0.0971}, "bXYZ": {0.1431, 0.0606, 0.7141}, // seen in D50
		} {
			if !closeTo(tags[name], want) {
				return false
			}
		}
		return curveOfSRGB(tags["rTRC"]) && curveOfSRGB(tags["gTRC"]) && curveOfSRGB(tags["bTRC"])
	case "GRAY":
		return curveOfSRGB(tags["kTRC"])
	}
	return false
}

// tagsOf returns what each tag of a profile holds, unless one is there twice or
// lies outside of it.
func tagsOf(profile []byte) (map[string][]byte, bool) {
	tags := map[string][]byte{}
	n := int64(binary.BigEndian.Uint32(profile[128:]))
	if n > 100 || 132+12*n > int64(len(profile)) {
		return nil, false
	}
	for entry := profile[132 : 132+12*n]; len(entry) > 0; entry = entry[12:] {
		name := string(entry[:4])
		from, length := int64(binary.BigEndian.Uint32(entry[4:])), int64(binary.BigEndian.Uint32(entry[8:]))
		if _, twice := tags[name]; twice || from+length > int64(len(profile)) {
			return nil, false
		}
		tags[name] = profile[from : from+length]
	}
	return tags, true
}

// closeTo reports whether an XYZ tag is close to a colour.
func closeTo(tag []byte, want [3]float64) bool {
	if len(tag) < 20 || string(tag[:4]) != "XYZ " {
		return false
	}
	for i, w := range want {
		if math.Abs(fixed(tag[8+4*i:])-w) > primariesApart {
			return false
		}
	}
	return true
}

// fixed reads a number of 16 bits before the point and 16 behind it.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// curveOfSRGB reports whether a curve gives each sample about the light that it has
// in sRGB.
func curveOfSRGB(tag []byte) bool {
	light := curve(tag)
	if light == nil {
		return false
	}
	const steps = 4096
	for i := range steps + 1 {
		v := float64(i) / steps
		if off := math.Abs(sample(light(v)) - v); !(off <= curvesApart) { // also where it is no number
			return false
		}
	}
	return true
}

// sample returns that of sRGB with so much light, both between 0 and 1.
func sample(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}

// curve returns the function of a curve's tag; nil if it isn't read (ICC.1:2022,
// 10.6 and 10.18).
func curve(tag []byte) func(float64) float64 {
	if len(tag) < 12 {
		return nil
	}
	switch string(tag[:4]) {
	case "curv":
		return table(tag[12:], int64(binary.BigEndian.Uint32(tag[8:])))
	case "para":
		return parametric(tag[12:], binary.BigEndian.Uint16(tag[8:]))
	}
	return nil
}

// table is a curve of n points, in which one is a gamma, and none a straight line.
func table(points []byte, n int64) func(float64) float64 {
	at := func(i int) float64 { return float64(binary.BigEndian.Uint16(points[2*i:])) }
	switch {
	case 2*n > int64(len(points)):
		return nil
	case n == 0:
		return func(v float64) float64 { return v }
	case n == 1:
		gamma := at(0) / 256
		return func(v float64) float64 { return math.Pow(v, gamma) }
	}
	return func(v float64) float64 {
		place := v * float64(n-1)
		i := min(int(place), int(n-2))
		part := place - float64(i)
		return (at(i)*(1-part) + at(i+1)*part) / 65535
	}
}

// parametric is a curve by one of five formulas.
func parametric(body []byte, formula uint16) func(float64) float64 {
	counts := []int{1, 3, 4, 5, 7}
	if int(formula) >= len(counts) || len(body) < 4*counts[formula] {
		return nil
	}
	p := [7]float64{1: 1} // g a b c d e f
	for i := range counts[formula] {
		p[i] = fixed(body[4*i:])
	}
	g, a, b, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	power := func(v float64) float64 { return math.Pow(max(a*v+b, 0), g) }
	switch formula {
	case 1, 2: // c is added, and all there is below -b/a
		return func(v float64) float64 {
			if a*v+b < 0 {
				return c
			}
			return power(v) + c
		}
	case 3, 4:
		return func(v float64) float64 {
			if v < d {
				return c*v + f
			}
			return power(v) + e
		}
	}
	return power
}
