package accounts

import (
	"testing"
	"time"
)

func TestTenure(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	before, after := noon.Add(-time.Hour), noon.Add(time.Hour)
	for name, c := range map[string]struct {
		Tenure
		cooling time.Duration
		cools   bool
	}{
		"newly granted":                         {Tenure{Since: &noon, FirstSend: &before}, day, true},
		"lifted before that":                    {Tenure{Since: &noon, FirstSend: &before, LiftedAt: &before}, day, true},
		"lifted":                                {Tenure{Since: &noon, FirstSend: &before, LiftedAt: &noon}, day, false},
		"there before the first admin":          {Tenure{FirstSend: &before}, day, false},
		"the label never sent":                  {Tenure{Since: &noon}, day, false},
		"granted before the first send":         {Tenure{Since: &noon, FirstSend: &after}, day, false},
		"granted as the first send was due":     {Tenure{Since: &noon, FirstSend: &noon}, day, false},
		"a policy that asks for no cooling-off": {Tenure{Since: &noon, FirstSend: &before}, 0, false},
	} {
		from, cools := c.CountsFrom(c.cooling)
		if cools != c.cools || cools && !from.Equal(noon.Add(day)) {
			t.Errorf("%s: %s, %t", name, from, cools)
		}
	}
}
