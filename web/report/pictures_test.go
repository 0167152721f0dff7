package report

import (
	"testing"

	"keur/reports"
)

// Hours are told apart also where one has most of the clicks.
func TestShadesTellHoursApart(t *testing.T) {
	t.Parallel()
	for clicks, want := range map[int64]int{0: 0, 1: 1, 9: 1, 10: 2, 16: 2, 40: 3, 100: 4, 200: 5, 225: 5} {
		if got := shadeOf(clicks, 225); got != want {
			t.Errorf("%d of 225 clicks are drawn as %d, not %d", clicks, got, want)
		}
	}
	if shadeOf(0, 0) != 0 || shadeOf(1, 1) != shades {
		t.Error("a week without clicks, or with one, is drawn wrongly")
	}
}

// What is usual is told by comparable days, and by enough of them.
func TestTheUsualRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts []int64
		want   usual
		known  bool
	}{
		{nil, usual{}, false},
		{[]int64{5, 6, 7}, usual{}, false},
		{[]int64{40, 10, 30, 20}, usual{10, 20, 30}, true},
		{[]int64{900, 1, 2, 3, 4, 5, 6, 7}, usual{2, 4, 6}, true},
		{[]int64{7, 7, 7, 7, 7}, usual{7, 7, 7}, true},
	} {
		if got, known := usualOf(c.counts); got != c.want || known != c.known {
			t.Errorf("of %v: %v, %t", c.counts, got, known)
		}
	}
	a, b, next := kindOf(reports.ByDay, "2026-11-24"), kindOf(reports.ByDay, "2026-11-17"), kindOf(reports.ByDay, "2026-11-25")
	if a != b || a == next {
		t.Errorf("a Tuesday compares with %q, the one before with %q", a, b)
	}
	if kindOf(reports.ByWeek, "2026-W48") != kindOf(reports.ByWeek, "2026-W01") {
		t.Error("weeks don't compare with weeks")
	}
	drawn := bar{Clicks: 50, Usual: &usual{25, 75, 100}}
	if drawn.draw(100); drawn.H != 30 || drawn.Y != 30 || drawn.Low != 0 || drawn.Up != 45 || drawn.Middle != 15 {
		t.Errorf("drawn as %+v", drawn)
	}
}
