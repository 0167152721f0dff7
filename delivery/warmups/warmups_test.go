package warmups

import (
	"sync"
	"testing"
	"time"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/words"
)

func TestAPlanIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, p := range []Plan{
		{Domain: "mail.zuinig.example"}, {Domain: "zuinig", Days: []int{1}}, {Domain: "Zuinig.example", Days: []int{1}},
		{Domain: "zuinig.example", Days: []int{0}}, {Domain: "zuinig.example", Days: []int{50, 49}},
		{Domain: "zuinig.example", Days: []int{mostMails + 1}}, {Domain: "zuinig.example", Days: make([]int, mostDays+1)},
	} {
		if err := p.Validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if p := (Plan{Domain: "zuinig.example", Days: Usual()}); p.Validate() != nil {
		t.Errorf("the usual plan: %v", p.Validate())
	}
}

func TestOnHowManyDaysMailLeaves(t *testing.T) {
	t.Parallel()
	at := Standing{Plan: Plan{Days: []int{50, 100, 250}}, Step: 1}
	for mails, days := range map[int]int{0: 1, 50: 1, 51: 2, 150: 2, 151: 3, 400: 3, 401: 4, 1_000_000: 4} {
		if got := at.Takes(mails); got != days {
			t.Errorf("%d mails take %d days, not %d", mails, got, days)
		}
	}
	for days, mails := range []int{0, 50, 150, 400, 1000, 1000} {
		if got := at.Within(1000, days); got != mails {
			t.Errorf("within %d days %d leave, not %d", days, got, mails)
		}
	}
	at.Sent = 60 // its number was lowered since
	if at.Takes(100) != 2 || at.Within(100, 1) != 0 {
		t.Errorf("on a full day %d leave; all on %d", at.Within(100, 1), at.Takes(100))
	}
}

// Processes that take mails at once get no more together than a day has; what didn't
// leave goes to others; each day on which mail leaves is another step, days without
// are none, and after a month without it begins anew.
func TestADayIsSharedAndFollowedByTheNext(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	clk := clock.NewFake(time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC))
	s, ctx, slot := NewStore(db.App, clk), pgtest.Acting(t.Context(), "system:delivery"), clk.Now()
	admin := pgtest.Acting(t.Context(), accounts.UserID(pgtest.User(t, db.Owner, "Anna")).Actor())
	if err := s.Set(admin, Plan{Domain: "zuinig.example", Days: []int{50, 100}}); err != nil {
		t.Fatal(err)
	}
	take := func(n int) int {
		taken, err := s.Take(ctx, "zuinig.example", n, slot)
		if err != nil {
			t.Error(err)
		}
		return taken.Mails
	}
	var workers sync.WaitGroup
	got := make([]int, 8)
	for i := range got {
		workers.Go(func() { got[i] = take(9) })
	}
	workers.Wait()
	sum := 0
	for _, n := range got {
		sum += n
	}
	if sum != 50 {
		t.Errorf("%v are %d of 50", got, sum)
	}
	if err := s.GiveBack(ctx, "zuinig.example", dayOf(clk.Now()), 20); err != nil || take(100) != 20 {
		t.Errorf("what came back isn't taken again: %v", err)
	}
	taken, err := s.Take(ctx, "zuinig.example", 1, slot)
	if want := slot.Add(24 * time.Hour); err != nil || !taken.Resume.Equal(want) || taken.Mails != 0 {
		t.Errorf("it goes on at %s, not %s, %v", taken.Resume, want, err)
	}
	if taken, err = s.Take(ctx, "elders.example", 7, slot); err != nil || taken.Mails != 7 || !taken.Day.IsZero() {
		t.Errorf("without a plan %+v, %v", taken, err)
	}
	for _, step := range []struct {
		days, may int // days later, and how many of 1000 may leave then
	}{{9, 100}, {30, 1000}, {31, 50}} {
		clk.Add(time.Duration(step.days) * 24 * time.Hour)
		if got := take(1000); got != step.may {
			t.Errorf("%d days later %d may leave, not %d", step.days, got, step.may)
		}
	}
	days, err := s.Days(ctx, "zuinig.example")
	if err != nil || len(days) != 4 || *days[1].Most != 100 || days[2].Most != nil || days[2].Sent != 1000 {
		t.Errorf("the days are %+v, %v", days, err)
	}
}

// Only an admin says how a domain is warmed up, also with psql, and it is on the trail.
func TestAnAdminSaysHowADomainIsWarmedUp(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	s := NewStore(db.App, clock.System{})
	anna, bob := pgtest.User(t, db.Owner, "Anna"), pgtest.User(t, db.Owner, "Bob")
	db.Owner.MustExec(`UPDATE users SET admin = true WHERE id = $1`, anna)
	admin, planner := pgtest.Acting(t.Context(), accounts.UserID(anna).Actor()), pgtest.Acting(t.Context(), accounts.UserID(bob).Actor())
	plan := Plan{Domain: "zuinig.example", Days: Usual()}
	if err := s.Set(planner, plan); words.OfError(err).Key != "accounts.admin_only" {
		t.Errorf("a planner says it: %v", err)
	}
	if err := s.Set(admin, plan); err != nil {
		t.Fatal(err)
	}
	if _, planned, err := s.Standing(t.Context(), "zuinig.example", time.Now()); !planned || err != nil {
		t.Errorf("it has none: %v", err)
	}
	if err := s.End(planner, plan.Domain); words.OfError(err).Key != "accounts.admin_only" {
		t.Errorf("a planner ends it: %v", err)
	}
	if err := s.End(admin, plan.Domain); err != nil {
		t.Fatal(err)
	}
	if err := s.End(admin, plan.Domain); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is ended twice: %v", err)
	}
	if n := pgtest.Count(t, db.Owner, `SELECT count(*)::int FROM audit_log WHERE subject LIKE 'warmups:%' AND actor = 'user:' || $1`, anna); n != 2 {
		t.Errorf("the trail tells %d of two changes", n)
	}
}
