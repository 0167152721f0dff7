package scheduler_test

import (
	"testing"
	"time"

	"keur/mailings"
)

// Whoever puts a mailing up by the members' own clocks is told that the moment has
// passed in the east: not before it has, and not of one by the label's clock.
func TestItIsForeseenThatTheEastIsLate(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.db.Owner.MustExec(`UPDATE memberships SET time_zone = 'Asia/Tokyo' WHERE member_id = 1`)
	b := d.Brief(t, slot)
	byLabel, _ := d.Draft(t, b)
	b.Schedule.MemberLocal = true
	theirs, _ := d.Draft(t, b)
	for _, c := range []struct {
		m      mailings.Mailing
		before time.Duration // of the slot by the label's clock: in Tokyo it comes eight hours earlier
		told   bool
	}{{theirs, 9 * time.Hour, false}, {theirs, 8 * time.Hour, true}, {theirs, time.Minute, true}, {byLabel, time.Minute, false}} {
		d.World.Clock.Set(slotAt.Add(-c.before))
		m, err := d.World.Mailings.Get(t.Context(), c.m.ID)
		noError(t, err)
		out, err := d.Outlook(t.Context(), &m)
		noError(t, err)
		told := false
		for _, f := range out.Found {
			told = told || f.Message.Key == "scheduler.east_passed"
		}
		if told != c.told {
			t.Errorf("%s before the slot of %q it is told: %v", c.before, c.m.Name, told)
		}
	}
}
