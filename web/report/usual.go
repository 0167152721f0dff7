package report

import (
	"slices"
	"time"

	"keur/internal/civil"
	"keur/reports"
	"keur/web/desk"
)

// usual is how many members clicked on comparable days of before: in the middle,
// and between what the middle half of them had.
type usual struct{ Low, Middle, High int64 }

const (
	lookback = 12 * 7 // days before a period that tell what is usual
	fewest   = 4      // comparable days, or weeks, that tell it
)

// usually returns what members clicked in the twelve weeks before a period, by
// the kind of day that is comparable.
func usually(x *desk.Exchange, at reports.Reading, by reports.GroupBy, from civil.Date) (map[string][]int64, error) {
	found, err := at.Outcomes.By(x.Context(), by, within(x, from.AddDays(-lookback), from.AddDays(-1)))
	if err != nil {
		return nil, err
	}
	before := map[string][]int64{}
	for _, o := range found {
		if kind := kindOf(by, o.Of.Period); !o.Few {
			before[kind] = append(before[kind], o.ClicksUnique)
		}
	}
	return before, nil
}

// kindOf returns with which others a day compares: those of its weekday. Weeks
// compare with weeks.
func kindOf(by reports.GroupBy, period string) string {
	if by != reports.ByDay {
		return ""
	}
	at, err := time.Parse(time.DateOnly, period)
	if err != nil {
		return ""
	}
	return at.Weekday().String()
}

// usualOf returns the middle and the middle half of counts, by the nearest rank.
// Of fewer than four it knows nothing.
func usualOf(counts []int64) (usual, bool) {
	n := len(counts)
	if n < fewest {
		return usual{}, false
	}
	sorted := slices.Sorted(slices.Values(counts))
	rank := func(percent int) int64 { return sorted[(n*percent+99)/100-1] }
	return usual{rank(25), rank(50), rank(75)}, true
}

// draw places a bar in the picture in which so many clicks are as high as it is.
func (b *bar) draw(most int64) {
	high := func(n int64) int { return int(n * barHeight / most) }
	b.H = high(b.Clicks)
	b.Y = barHeight - b.H
	if b.Usual != nil {
		b.Low, b.Up = barHeight-high(b.Usual.High), max(high(b.Usual.High)-high(b.Usual.Low), 1)
		b.Middle = barHeight - high(b.Usual.Middle)
	}
}
