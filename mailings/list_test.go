package mailings_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/mailings/schedules"
	"keur/mailings/schedules/schedulestest"
)

// TestListsSayTheMomentThatIsChosen: in every state, and whether or not it was
// saved into a revision yet.
func TestListsSayTheMomentThatIsChosen(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	as := mailingstest.As(w.Maker)
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	moved, revision := w.Draft(t, w.Brief(t, slot))
	later, _ := w.Draft(t, w.Brief(t, "2026-12-01T10:00"))
	weekly := w.Brief(t, slot)
	weekly.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	recurs, _ := w.Draft(t, weekly)
	empty, err := w.Mailings.Create(as, w.Label.ID, "Prijsvraag", mailings.House)
	if err != nil {
		t.Fatal(err)
	}
	listed := func() (all map[mailings.ID]mailings.Mailing, order []mailings.ID) {
		t.Helper()
		all = map[mailings.ID]mailings.Mailing{}
		ask := paging.Ask{Sort: "moment", Limit: 1}
		for {
			page, err := w.Mailings.List(as, mailings.Filter{}, ask)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.Items {
				all[m.ID], order = m, append(order, m.ID)
			}
			if ask.Cursor = page.Next; page.Next == "" {
				return all, order
			}
		}
	}
	wants := func(what string, id mailings.ID, want string) {
		t.Helper()
		all, _ := listed()
		got := cmp.Or(all[id].PlannedAt, all[id].SlotAt)
		if want == "" && got == nil {
			return
		}
		if got == nil || want == "" || !got.Equal(schedulestest.Local(t, want).In(w.Label.Location())) {
			t.Errorf("%s: its moment is %v, want %q", what, got, want)
		}
	}
	wants("a draft", moved.ID, slot)
	wants("one without a moment", empty.ID, "")
	wants("one that recurs", recurs.ID, "")
	if all, _ := listed(); all[recurs.ID].Repeats == nil || all[recurs.ID].Repeats.Cron != "0 10 * * 2" {
		t.Errorf("what recurs isn't said to: %+v", all[recurs.ID])
	}
	if moved, err = w.Mailings.Get(as, moved.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := bench.Change(as, moved, mailings.MomentPart, 0, w.Maker.ID, func(b *mailings.Brief) error {
		b.Schedule.At = schedulestest.Local(t, "2026-12-08T10:00")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wants("typed and in no revision yet", moved.ID, "2026-12-08T10:00")
	if _, order := listed(); !slices.Equal(order, []mailings.ID{empty.ID, recurs.ID, moved.ID, later.ID}) {
		t.Errorf("by moment: %v", order)
	}
	for _, state := range []mailings.State{mailings.InReview, mailings.Approved} {
		put(t, db, `UPDATE mailings SET state = $2 WHERE id = $1`, moved.ID, state)
		wants(string(state), moved.ID, slot)
	}
	w.Approve(t, db.Owner, moved, revision)
	send := plan(t, w, moved, revision, slot)
	if all, _ := listed(); all[moved.ID].PlannedAt != nil || !all[moved.ID].SlotAt.Equal(send.SlotAt) {
		t.Errorf("beside its send it has another moment: %+v", all[moved.ID])
	}
	put(t, db, `UPDATE sends SET state = 'missed' WHERE id = $1`, send.ID)
	put(t, db, `UPDATE mailings SET state = 'draft' WHERE id = $1`, moved.ID)
	wants("missed, and given another", moved.ID, "2026-12-08T10:00")
	put(t, db, `UPDATE mailings SET state = 'cancelled' WHERE id = $1`, moved.ID)
	if all, _ := listed(); all[moved.ID].PlannedAt != nil {
		t.Errorf("what was given up is planned: %v", all[moved.ID].PlannedAt.Format(time.RFC3339))
	}
}
