package report

import "testing"

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
