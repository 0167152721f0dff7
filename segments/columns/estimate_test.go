package columns_test

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestEstimateHoldsTheCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.Exec(`INSERT INTO memberships (label_id, member_id, t1)
	        SELECT $1, i, CASE WHEN i % 3 = 0 THEN 'f' END FROM generate_series(1, 270000) i`, w.Label)
	w.Advertiser(1, "travel")
	w.Mailing(1, w.Label, 1)
	w.Behaved("click", 1, 1, "2026-11-20", 1, 81_000, 1)
	w.Exec(`ANALYZE memberships`)
	estimates := func() {
		for rule, exact := range map[string]int{
			`{"attribute":"gender","op":"is","value":"f"}`:      90_000,
			`{"engagement":"clicked","mailing":1}`:              81_000,
			`{"not":{"engagement":"clicked","within_days":5}}`:  189_000,
			`{"attribute":"gender","op":"is","value":"nobody"}`: 0,
		} {
			e, err := w.Engine.Estimate(t.Context(), w.Label, w.Parse(rule))
			if err != nil || e.Exact || e.N-2*e.Margin > exact || e.N+2*e.Margin < exact || // one in twenty is farther off than its margin
				e.Margin > 6000 {
				t.Errorf("%s: %+v of %d, %v", rule, e, exact, err)
			}
		}
	}
	estimates()
	w.upkeep()
	estimates()
}
