package columns_test

import (
	"testing"

	"keur/internal/pgtest"
	"keur/segments/columns"
)

// TestPanelsAreRead counts what a panel says and the base no longer does, since
// it was changed behind the triggers' back.
func TestPanelsAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Exec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 60`)
	w.upkeep()
	w.Unguarded(`UPDATE memberships SET t1 = 'm'`)
	if n := w.Count(`{"attribute":"gender","op":"is","value":"f"}`); n != 60 {
		t.Errorf("%d, want 60", n)
	}
	w.Exec(`UPDATE memberships SET t1 = t1 WHERE member_id <= 10`)
	if n := w.Count(`{"attribute":"gender","op":"is","value":"f"}`); n != 50 {
		t.Errorf("%d, want 50", n)
	}
}

// TestPanelsMissNoChange refreshes while someone is in the midst of a change:
// the panels don't hold it, and know that they don't.
func TestPanelsMissNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	change := w.Owner.MustBegin()
	defer func() { _ = change.Rollback() }()
	change.MustExec(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 60`)
	change.MustExec(`DELETE FROM memberships WHERE member_id > 90`)
	w.upkeep()
	women := `{"attribute":"gender","op":"is","value":"f"}`
	if n, all := w.Count(women), w.Count(`{"all":[]}`); n != 0 || all != 100 {
		t.Errorf("%d of %d, want 0 of 100", n, all)
	}
	if err := change.Commit(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, all := w.Count(women), w.Count(`{"all":[]}`); n != 60 || all != 90 {
			t.Errorf("%d of %d, want 60 of 90", n, all)
		}
		w.upkeep()
	}
}

// TestAttributeDeclaredLater has no panel at first.
func TestAttributeDeclaredLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.upkeep()
	w.Exec(`INSERT INTO attributes (label_id, name, type, slot) VALUES ($1, 'tier', 'text', 't20')`, w.Label)
	for range 2 {
		if n := w.Count(`{"attribute":"tier","op":"is_empty"}`); n != 100 {
			t.Errorf("%d, want 100", n)
		}
		w.upkeep()
	}
	w.Exec(`UPDATE memberships SET t20 = 'gold' WHERE member_id <= 70`)
	for range 2 {
		if n := w.Count(`{"attribute":"tier","op":"is","value":"gold"}`); n != 70 {
			t.Errorf("%d, want 70", n)
		}
		w.upkeep()
	}
}

// TestBlocks counts members whose numbers are far apart, and erases a block.
func TestBlocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.Exec(`INSERT INTO memberships (label_id, member_id, n1)
	        SELECT $1, i * 40000 + j, i + j / 1000.0 FROM generate_series(0, 3) i, generate_series(1, 400) j`, w.Label)
	w.upkeep()
	all, some := `{"all":[]}`, `{"attribute":"points","op":"between","value":[1.001,2.1]}`
	if n, between := w.Count(all), w.Count(some); n != 1600 || between != 500 {
		t.Errorf("%d of %d, want 500 of 1600", between, n)
	}
	w.Exec(`DELETE FROM memberships WHERE member_id > 120000`)
	for range 2 {
		if n, between := w.Count(all), w.Count(some); n != 1200 || between != 500 {
			t.Errorf("%d of %d, want 500 of 1200", between, n)
		}
		w.upkeep()
	}
	if blocks, err := columns.NewPanels(w.App).Refresh(pgtest.Acting(t.Context(), "system:scheduler")); err != nil || blocks != 0 {
		t.Errorf("%d blocks to do, %v", blocks, err)
	}
}

// TestPanelsOfAnotherServer are what a restored dump has: their snapshots would
// take every change for an old one.
func TestPanelsOfAnotherServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.upkeep()
	w.Exec(`UPDATE panels SET system = system + 1`)
	w.Unguarded(`UPDATE memberships SET t1 = 'f' WHERE member_id <= 60`)
	for range 2 {
		if n := w.Count(`{"attribute":"gender","op":"is","value":"f"}`); n != 60 {
			t.Errorf("%d, want 60", n)
		}
		w.upkeep()
	}
}

// TestDaysOfOldZones asks after a day that began at a second of its own: until
// 1937 Amsterdam was 19 minutes and 32 seconds ahead.
func TestDaysOfOldZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(100)
	w.Exec(`UPDATE memberships SET joined_at = '1930-01-01 23:40:27Z' WHERE member_id <= 70`) // a second before the 2nd
	w.upkeep()
	if n := w.Count(`{"membership":"joined","op":"after","value":"1930-01-01"}`); n != 30 {
		t.Errorf("%d, want 30", n)
	}
	if n := w.Count(`{"membership":"joined","op":"is","value":"1930-01-01"}`); n != 70 {
		t.Errorf("%d, want 70", n)
	}
}
