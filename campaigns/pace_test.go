package campaigns

import (
	"testing"

	"keur/internal/civil"
)

func TestExpectedGrowsDayByDay(t *testing.T) {
	t.Parallel()
	c := Campaign{StartsOn: civil.Date{Year: 2026, Month: 11, Day: 1}, EndsOn: civil.Date{Year: 2026, Month: 11, Day: 30}}
	for day, want := range map[int]int64{0: 0, 1: 0, 2: 100, 16: 1500, 31: 3000, 40: 3000} {
		if got := c.Expected(3000, c.StartsOn.AddDays(day-1)); got != want {
			t.Errorf("on the morning of day %d %d are expected, want %d", day, got, want)
		}
	}
	c.EndsOn = c.StartsOn
	if got := c.Expected(10, c.StartsOn.AddDays(1)); got != 10 {
		t.Errorf("after its only day %d are expected", got)
	}
}
