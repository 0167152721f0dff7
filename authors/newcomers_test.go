package authors

import (
	"testing"
	"time"

	"keur/accounts"
)

// TestNewcomersCountFromAMomentOn: whoever cools off when something is submitted
// doesn't decide about it, to the second.
func TestNewcomersCountFromAMomentOn(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	sent := noon.AddDate(0, 0, -9)
	old, late := noon.Add(-24*time.Hour), noon.Add(-24*time.Hour+time.Second)
	all := []accounts.Tenure{
		{UserID: 1, Since: &old, FirstSend: &sent}, {UserID: 2, Since: &late, FirstSend: &sent}, {UserID: 3, FirstSend: &sent},
		{UserID: 4, Since: &late, FirstSend: &sent, LiftedAt: &noon},
	}
	found := newcomers(all, 24*time.Hour, noon, zone)
	if len(found) != 1 || found[2].Format(Moment) != "2026-11-23T13:00" {
		t.Errorf("newcomers are %v", found)
	}
	if found := newcomers(all, 0, noon, zone); len(found) != 0 {
		t.Errorf("where nothing is cooled off they are %v", found)
	}
}
