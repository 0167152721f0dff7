package columns_test

import "testing"

// TestPoolOfOne keeps the columns and counts from them over one connection.
func TestPoolOfOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(40)
	w.Advertiser(1, "travel")
	w.Mailing(1, w.Label, 1)
	w.Send(1, 1, noon.AddDate(0, 0, -21), "sent", 1, 40)
	w.Behaved("click", 1, 1, "2026-11-01", 1, 30, 1)
	w.App.SetMaxOpenConns(1)
	w.upkeep()
	w.Exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 10`)
	if n := w.Count(`{"all":[{"attribute":"gender","op":"is","value":"f"},{"engagement":"clicked","advertiser":1}]}`); n != 10 {
		t.Errorf("%d, want 10", n)
	}
}
