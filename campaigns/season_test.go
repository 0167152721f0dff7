package campaigns

import (
	"testing"

	"keur/internal/fault"
)

func TestCampaignsRunAndPicturesAreShownInTheirTime(t *testing.T) {
	t.Parallel()
	c := Campaign{Name: "Zomer", StartsOn: day("2026-06-01"), EndsOn: day("2026-06-30")}
	u := Use{Alt: "Strand", ValidFrom: ptr(day("2026-06-10")), ValidUntil: ptr(day("2026-06-20"))}
	for on, want := range map[string]struct{ runs, shown bool }{
		"2026-05-31": {false, false}, "2026-06-01": {true, false}, "2026-06-09": {true, false}, "2026-06-10": {true, true},
		"2026-06-20": {true, true}, "2026-06-21": {true, false}, "2026-06-30": {true, false}, "2026-07-01": {false, false},
	} {
		runs, shown := c.RunsOn(day(on)), u.ShownOn(day(on))
		if (runs == nil) != want.runs || (shown == nil) != want.shown {
			t.Errorf("%s: %v, %v", on, runs, shown)
		}
		if runs != nil && !fault.Is(runs, fault.Conflict) || shown != nil && !fault.Is(shown, fault.Conflict) {
			t.Errorf("%s: %v, %v", on, runs, shown)
		}
	}
	if err := (Use{}).ShownOn(day("2026-06-01")); err != nil {
		t.Errorf("a picture without bounds: %v", err)
	}
}
