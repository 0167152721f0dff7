package visible

import (
	"errors"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// inPixels are pixels a unit, for letters of 16 pixels and a page of 600.
var inPixels = map[string]float64{
	"": 1, "px": 1, "pt": 4.0 / 3, "em": 16, "rem": 16, "ex": 8, "ch": 8, "%": 6, "in": 96, "cm": 37.8, "mm": 3.78, "pc": 16,
}

// length reads a number with its unit.
func length(value string) (n float64, unit string, ok bool) {
	unit = strings.TrimLeft(value, "+-.0123456789")
	if _, known := inPixels[unit]; !known {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(value, unit), 64)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, "", false
	}
	return n, unit, err == nil
}

// pixels returns about how many pixels a length is.
func pixels(value string) (float64, bool) {
	n, unit, ok := length(value)
	return n * inPixels[unit], ok
}

var (
	hexColor  = regexp.MustCompile(`^#([0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})$`)
	callColor = regexp.MustCompile(`^rgba?\( ?([0-9.]+)(%?)[ ,]+([0-9.]+)%?[ ,]+([0-9.]+)%? ?(?:[,/] ?([0-9.]+)(%?) ?)?\)$`)
)

// colorOf reads a colour that is written out.
func colorOf(value string) (c color.RGBA, opacity float64, ok bool) {
	if value == "transparent" {
		return c, 0, true
	}
	if named, ok := colornames.Map[value]; ok {
		return named, 1, true
	}
	if value == "rebeccapurple" {
		return color.RGBA{0x66, 0x33, 0x99, 0xFF}, 1, true
	}
	if hexColor.MatchString(value) {
		digits := value[1:]
		if len(digits) < 6 {
			var double strings.Builder
			for _, d := range digits {
				double.WriteString(string(d) + string(d))
			}
			digits = double.String()
		}
		if len(digits) == 6 {
			digits += "ff"
		}
		n, err := strconv.ParseUint(digits, 16, 32)
		return color.RGBA{uint8(n >> 24), uint8(n >> 16), uint8(n >> 8), 0xFF}, float64(n&0xFF) / 255, err == nil
	}
	found := callColor.FindStringSubmatch(value)
	if found == nil {
		return c, 0, false
	}
	var parts [3]uint8
	for i, text := range []string{found[1], found[3], found[4]} {
		n, err := strconv.ParseFloat(text, 64)
		if found[2] == "%" {
			n *= 2.55
		}
		if err != nil {
			return c, 0, false
		}
		parts[i] = uint8(math.Round(min(n, 255)))
	}
	opacity = 1
	if found[5] != "" {
		opacity, _ = strconv.ParseFloat(found[5], 64)
		if found[6] == "%" {
			opacity /= 100
		}
	}
	return color.RGBA{parts[0], parts[1], parts[2], 0xFF}, min(opacity, 1), true
}

// over returns what a colour looks like over another.
func over(front color.RGBA, opacity float64, back color.RGBA) color.RGBA {
	mix := func(f, b uint8) uint8 { return uint8(math.Round(float64(f)*opacity + float64(b)*(1-opacity))) }
	return color.RGBA{mix(front.R, back.R), mix(front.G, back.G), mix(front.B, back.B), 0xFF}
}

// contrast returns how well one colour is read on another, from 1 to 21 (WCAG
// 2.2, contrast ratio).
func contrast(a, b color.RGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance returns how bright a colour is (WCAG 2.2, relative luminance).
func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
