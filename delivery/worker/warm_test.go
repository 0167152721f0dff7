package worker_test

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/pgtest"
)

// Of a domain that is warmed up no more mails leave on a day than its plan says, by
// three workers together, and what is left goes on each day at the slot's time.
// In the end nobody is missing and nobody got it twice.
func TestADomainIsWarmedUp(t *testing.T) {
	t.Parallel()
	for _, shaping := range []bool{false, true} {
		const members = 400
		var s *stage
		if s = newStage(t, members); shaping { // over lanes
			s = shaped(t, members, func(string, int) delivery.Reply {
				return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
			})
			s.server.Shaped = true
		}
		pgtest.Unguarded(t, s.Owner, planned(`{50,100}`))
		send := s.start(t, everyone)
		pgtest.Unguarded(t, s.Owner, lapsesLate)
		for range 3 {
			s.work(t)
		}
		waits := `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE send_id = $1 AND (state = 'running' OR not_before <= $2) AND state <> 'done')`
		for day, most := range []int{50, 150} {
			s.await(t, waits, send.ID, s.clock.Now())
			// What had no connection in time is tried again some seconds later, which don't pass by this clock.
			sent := s.states(t)["sent"]
			if sent == 0 || sent > most {
				t.Errorf("%d sent by day %d, of a plan of at most %d", sent, day+1, most)
			}
			s.mustCount(t, members-sent, `SELECT count(*) FROM deliveries WHERE state = 'queued' AND attempts = 0`)
			s.clock.Set(send.SlotAt.Add(time.Duration(day+1)*24*time.Hour + time.Second))
		}
		s.await(t, allDone, send.ID)
		s.mustAgree(t, map[string]int{"sent": members})
		s.mustCount(t, 0, `SELECT count(*) FROM warmup_days WHERE sent > most`)
	}
}

// What a server refuses for now on a late day of its plan is tried again as often as
// what it refuses on the first.
func TestAMailOfALateDayIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, 3)
	s.server.Answer = func(_ string, n int) delivery.Reply {
		if n == 1 {
			return delivery.Reply{Outcome: delivery.OutcomeDeferred, Code: 451, Step: delivery.AtRcpt, Text: "greylisted"}
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	pgtest.Unguarded(t, s.Owner, planned(`{1,1,1}`))
	send := s.start(t, everyone)
	pgtest.Unguarded(t, s.Owner, lapsesLate)
	s.work(t)
	for day := range 9 { // a second attempt takes its day's mail, too
		s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE send_id = $1 AND (state = 'running' OR not_before <= $2) AND state <> 'done')`,
			send.ID, s.clock.Now())
		s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_retries WHERE due_at <= $1)`, s.clock.Now())
		s.clock.Set(send.SlotAt.Add(time.Duration(day+1)*24*time.Hour + time.Second))
	}
	s.await(t, noneLeft, send.ID)
	s.mustAgree(t, map[string]int{"sent": 3})
}

// Mail that no server was offered, since none could be found or reached or we hold it back
// ourselves, uses nothing up of its domain's day; what a server refused for now does.
func TestOnlyWhatWasTriedCountsForADay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply delivery.Reply
		count int
	}{
		"no server is known": {delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtGreeting, Enhanced: "4.4.3"}, 0},
		"we withhold it":     {delivery.Reply{Outcome: delivery.OutcomeWithheld, Withheld: delivery.NoSMTPUTF8, Text: "not sent"}, 0},
		"a server refuses":   {delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 451, Text: "greylisted"}, 3},
	} {
		s := newStage(t, 5)
		s.server.Answer = func(string, int) delivery.Reply { return c.reply }
		pgtest.Unguarded(t, s.Owner, planned(`{3,5}`))
		send := s.start(t, everyone)
		pgtest.Unguarded(t, s.Owner, lapsesLate)
		s.work(t)
		s.await(t, `SELECT count(*) = 3 FROM deliveries WHERE state IN ('deferred', 'failed')`)
		s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE send_id = $1 AND state = 'running')`, send.ID)
		if n := pgtest.Count(t, s.Owner, `SELECT sum(sent) FROM warmup_days`); n != c.count {
			t.Errorf("%s: %d count for the day, want %d", name, n, c.count)
		}
	}
}

// What waits for another day of its domain goes on at the slot's time by its members'
// own clock, where they get their mail by that.
func TestALateDayBeginsByTheMembersClock(t *testing.T) {
	t.Parallel()
	const zone = "America/New_York"
	s := newStage(t, 20)
	pgtest.Unguarded(t, s.Owner, planned(`{1,1,1}`))
	pgtest.Unguarded(t, s.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE memberships SET time_zone = $1 WHERE member_id % 2 = 0`, zone)
	})
	send, err := s.NewSend(t.Context(), deliverytest.Content(), s.clock.Now().Truncate(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	there, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	theirs := send.SlotLocal.In(there)
	if _, err := s.Start(t.Context(), send, everyone, delivery.FreezeOptions{
		NotBefore: send.SlotAt, Zones: []delivery.Zone{{Name: zone, NotBefore: theirs}},
	}); err != nil {
		t.Fatal(err)
	}
	pgtest.Unguarded(t, s.Owner, lapsesLate)
	s.work(t)
	resumes := `SELECT count(*) = 1 FROM delivery_batches WHERE send_id = $1 AND time_zone = $2 AND state = 'waiting' AND not_before = $3`
	s.await(t, resumes, send.ID, "", send.SlotAt.Add(24*time.Hour))
	s.clock.Set(theirs)
	s.await(t, resumes, send.ID, zone, theirs.Add(24*time.Hour))
}

// planned gives the stage's sending domain a plan.
func planned(days string) func(tx *sqlx.Tx) {
	return func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO warmups (domain, days) VALUES ('zuinig.example', $1::int[])`, days)
	}
}

// lapsesLate has all sends lapse after a month.
func lapsesLate(tx *sqlx.Tx) {
	tx.MustExec(`UPDATE sends SET deadline_at = slot_at + interval '30 days'`)
}
