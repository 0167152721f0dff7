package benchtest

import (
	"math"
	"slices"
	"strconv"
)

// Figure is the median of what was measured, with the least and the most.
type Figure struct {
	Median, Min, Max float64
	N                int // how many values it is of

	foreign float64 // share of the machine that others took meanwhile
}

// figure sums up values, of which there is at least one.
func figure(values []float64) Figure {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return Figure{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Min: sorted[0], Max: sorted[n-1], N: n}
}

// Per returns the figure with each value divided by divisor: a ratio to a
// reference, a rate of a size.
func (f Figure) Per(divisor float64) Figure {
	f.Median, f.Min, f.Max = f.Median/divisor, f.Min/divisor, f.Max/divisor
	return f
}

// Rate returns how many of n are done in a second by what takes f milliseconds.
func (f Figure) Rate(n int) Figure {
	perSecond := func(ms float64) float64 { return float64(n) * 1000 / ms }
	f.Median, f.Min, f.Max = perSecond(f.Median), perSecond(f.Max), perSecond(f.Min)
	return f
}

// Figures are what runs yielded together, by name.
type Figures map[string]Figure

// figuresOf sums up the values of several runs.
func figuresOf(runs []map[string]float64, foreign float64) Figures {
	values := map[string][]float64{}
	for _, run := range runs {
		for name, value := range run {
			values[name] = append(values[name], value)
		}
	}
	all := Figures{}
	for name, of := range values {
		f := figure(of)
		f.foreign = foreign
		all[name] = f
	}
	return all
}

// Want is what a target asks for.
type Want struct {
	limit float64
	least bool
}

// AtLeast wants a figure that isn't smaller, whatever the machine: a ratio.
func AtLeast(limit float64) Want { return Want{limit, true} }

// AtMost wants a figure that isn't larger, whatever the machine: memory.
func AtMost(limit float64) Want { return Want{limit, false} }

// Rate wants so many a second on the machine of README.md's figures, and on
// another as many more or fewer as its core is faster or slower.
func (b *Bench) Rate(perSecond float64) Want { return AtLeast(perSecond * b.scale) }

// Within wants so many milliseconds on the machine of README.md's figures, and
// on another as many fewer or more as its core is faster or slower.
func (b *Bench) Within(ms float64) Want { return AtMost(ms / b.scale) }

func (w Want) holds(value float64) bool {
	if w.least {
		return value >= w.limit
	}
	return value <= w.limit
}

// String returns the target as a reader sees it.
func (w Want) String() string {
	if w.least {
		return "≥ " + number(w.limit)
	}
	return "≤ " + number(w.limit)
}

// number writes a value with three digits that count.
func number(value float64) string {
	digits := 0
	if size := math.Abs(value); size > 0 && size < 100 {
		digits = min(2-int(math.Floor(math.Log10(size))), 6)
	}
	return strconv.FormatFloat(value, 'f', digits, 64)
}
