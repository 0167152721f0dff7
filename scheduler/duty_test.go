package scheduler_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/proctest"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/scheduler"
)

// Two schedulers run at once: a slot that is due is served without being asked
// for, a duty is done by one of them, and both end when they are told to.
func TestSchedulersRunUntilTheyAreStopped(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.Approved(t, d.Brief(t, slot))
	d.World.Clock.Set(slotAt)
	var runs atomic.Int32
	failing := errors.New("no")
	duties := []scheduler.Duty{
		{Name: "count", Every: time.Hour, Run: func(context.Context) error { runs.Add(1); return nil }},
		{Name: "fail", Every: time.Hour, Run: func(context.Context) error { return failing }},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{}, 2)
	for range 2 {
		s := another(t, d.World, func(p *scheduler.Parts) { p.Duties = duties })
		go func() {
			s.Run(ctx)
			ended <- struct{}{}
		}()
		s.Wake()
		s.Wake() // once is enough, and twice doesn't block
	}
	var problem string
	proctest.Until(t, "the send goes out and the duties are done", func() bool {
		var done int
		noError(t, d.World.DB.Get(&done, `
			SELECT (SELECT count(*) FROM duties WHERE name IN ('count', 'fail') AND finished_at IS NOT NULL) + (SELECT count(*) FROM sends WHERE state = 'sending')`))
		return done == 3
	})
	stop()
	<-ended
	<-ended
	if runs.Load() != 1 {
		t.Errorf("the duty of two schedulers was done %d times in its hour", runs.Load())
	}
	if err := d.World.DB.Get(&problem, `SELECT error FROM duties WHERE name = 'fail'`); err != nil || problem != "no" {
		t.Errorf("of the duty that failed it says %q, %v", problem, err)
	}
}

func TestDutiesAreDoneAtTheirInterval(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	runs := 0
	s := another(t, d.World, func(p *scheduler.Parts) {
		p.Duties = []scheduler.Duty{{Name: "count", Every: time.Hour, Run: func(context.Context) error { runs++; return nil }}}
	})
	for _, want := range []int{1, 1, 2} {
		s.Attend(t.Context())
		if runs != want {
			t.Errorf("%d times, want %d", runs, want)
		}
		d.World.Clock.Add(35 * time.Minute)
	}
	// One that is held by who died is taken over when the lease has run out.
	d.World.DB.MustExec(`UPDATE duties SET holder = gen_random_uuid(), lease_until = $1, finished_at = NULL WHERE name = 'count'`, d.World.Clock.Now().Add(time.Minute))
	if s.Attend(t.Context()); runs != 2 {
		t.Error("a duty was taken from who does it")
	}
	d.World.Clock.Add(2 * time.Minute)
	if s.Attend(t.Context()); runs != 3 {
		t.Error("a duty that nobody does any more wasn't taken over")
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if s.Attend(ended); runs != 3 {
		t.Error("a duty was begun after the end")
	}
}

// A duty that breaks ends neither the process nor other duties, and is tried again.
func TestADutyThatBreaksEndsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	tried, done := 0, 0
	s := another(t, d.World, func(p *scheduler.Parts) {
		p.Duties = []scheduler.Duty{
			{Name: "break", Every: time.Hour, Run: func(context.Context) error { tried++; panic("beyond its end") }},
			{Name: "count", Every: time.Hour, Run: func(context.Context) error { done++; return nil }},
		}
	})
	for range 2 {
		s.Attend(t.Context())
		d.World.Clock.Add(time.Hour)
	}
	var problem string
	if err := d.World.DB.Get(&problem, `SELECT error FROM duties WHERE name = 'break'`); err != nil || problem != "duty break broke: beyond its end" {
		t.Errorf("of the duty that broke it says %q, %v", problem, err)
	}
	if tried != 2 || done != 2 {
		t.Errorf("it was tried %d times, and the other done %d times", tried, done)
	}
}

// TestActsOnASendInEveryState does to a send, in each of its states, what people
// do to it, by the scheduler and over the database.
func TestActsOnASendInEveryState(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	send, by := d.only(t), approvaltest.As(d.Third)
	acts := map[string]struct {
		do   func() (mailings.Send, error)
		from map[mailings.SendState]mailings.SendState // in which states it may be done, and what the send is then
	}{
		"pause": {func() (mailings.Send, error) { return d.Pause(by, send.ID, d.Third.ID) },
			map[mailings.SendState]mailings.SendState{mailings.Sending: mailings.Paused}},
		"resume": {func() (mailings.Send, error) { return d.Resume(by, send.ID, time.Time{}, d.Third.ID) },
			map[mailings.SendState]mailings.SendState{mailings.Paused: mailings.Sending}},
		"release": {func() (mailings.Send, error) {
			return d.Release(by, send.ID, d.only(t).HeldReason.String(), d.Third.ID)
		},
			map[mailings.SendState]mailings.SendState{mailings.Held: mailings.Preflight}},
		"cancel": {func() (mailings.Send, error) { return d.Cancel(by, send.ID) }, map[mailings.SendState]mailings.SendState{
			mailings.Planned: mailings.SendCancelled, mailings.Preflight: mailings.SendCancelled,
			mailings.Freezing: mailings.SendCancelled, mailings.Sending: mailings.SendCancelled,
			mailings.Paused: mailings.SendCancelled, mailings.Held: mailings.SendCancelled, mailings.Missed: mailings.SendCancelled,
		}},
	}
	for _, state := range []mailings.SendState{
		mailings.Planned, mailings.Preflight, mailings.Freezing, mailings.Sending, mailings.Paused, mailings.Finished, mailings.Held,
		mailings.Missed, mailings.SendCancelled,
	} {
		for name, act := range acts {
			tx := d.db.Owner.MustBegin()
			tx.MustExec(`SET LOCAL session_replication_role = replica`)
			tx.MustExec(`UPDATE sends SET state = $2, released_by = NULL, paused_at = NULL, held_reason = '{"key": "hold.mail"}', finished_at = NULL, started_at = began, frozen_at = began
				  FROM (SELECT CASE WHEN $2 IN ('sending', 'paused') THEN now() END AS began) b WHERE id = $1`, send.ID, state)
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			_, err := act.do()
			after := d.only(t)
			switch want, may := act.from[state]; {
			case may && (err != nil || after.State != want):
				t.Errorf("%s one that is %s: %s, want %s: %v", name, state, after.State, want, err)
			case !may && (!fault.Is(err, fault.Conflict) || after.State != state):
				t.Errorf("%s one that is %s, which may not be done: %s, %v", name, state, after.State, err)
			}
		}
	}
	if _, err := d.Release(by, send.ID+1, "", d.Third.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a send that isn't there: %v", err)
	}
}

func TestANewSlotLiesAhead(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	b := d.Brief(t, slot)
	b.Schedule.Window, b.Schedule.Lapse = &schedules.Window{From: "09:00", Until: "17:00"}, 4
	d.Approved(t, b)
	d.tick(t, slotAt.Add(2*time.Hour))
	missed, by := d.only(t), approvaltest.As(d.Third)
	if missed.State != mailings.Missed {
		t.Fatalf("the send is %s", missed.State)
	}
	at := func(text string) schedules.LocalTime {
		l, err := schedules.ParseLocalTime(text)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if _, err := d.Reslot(by, missed.ID, at("2026-11-24T11:59"), d.Third.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("a slot that passed: %v", err)
	}
	if _, err := d.Reslot(by, missed.ID, at("2026-11-24T17:30"), d.Third.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("a slot of which nothing leaves before it lapses: %v", err)
	}
	if _, err := d.Reslot(approvaltest.As(d.Maker), missed.ID, at("2026-11-24T15:00"), d.Maker.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by its maker: %v", err)
	}
	fresh, err := d.Reslot(by, missed.ID, at("2026-11-24T15:00"), d.Third.ID)
	if err != nil || fresh.State != mailings.Planned || fresh.SlotLocal.String() != "2026-11-24T15:00" {
		t.Errorf("%+v, %v", fresh, err)
	}
}

// TestWhatPreflightFinds withdraws one thing after the other between approval
// and slot: the send is held for it, and an outlook said so before.
func TestWhatPreflightFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, d *desk)
		want   string
	}{
		"the sender is gone": {func(t *testing.T, d *desk) {
			_, err := d.World.Labels.Update(approvaltest.As(d.Third), d.Label.ID,
				func(l *labels.Label) error { l.Senders[0].Address = "nieuws@spaarzegel.example"; return nil })
			noError(t, err)
		}, "has no sender with this address any more"},
		"the signature is for another domain": {func(t *testing.T, d *desk) {
			d.signs(t, "other.example", labels.RSA)
		}, "is not aligned with the signing domain other.example"},
		"an advertiser is stopped": {func(t *testing.T, d *desk) {
			_, err := d.World.Advertisers.Stop(approvaltest.As(d.Third), d.Advertiser.ID, "no budget")
			noError(t, err)
		}, "Zonvakantie is stopped: no budget"},
		"the campaign has ended": {func(t *testing.T, d *desk) {
			_, err := d.World.Campaigns.Update(approvaltest.As(d.Third), d.Campaign.ID, func(c *campaigns.Campaign) error {
				c.EndsOn = civil.Date{Year: 2026, Month: 11, Day: 23}
				return nil
			})
			noError(t, err)
		}, "and not on 24 November 2026"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, 1)
			m, _ := d.Approved(t, d.Brief(t, slot))
			d.tick(t, slotAt.Add(-time.Hour))
			c.change(t, d)
			out, err := d.Outlook(t.Context(), &m)
			if err != nil || len(out.Found) != 1 || !strings.Contains(out.Found[0].Message.String(), c.want) ||
				out.Waterfall.Audience != 1 || !out.Slot.Equal(slotAt) {
				t.Errorf("foreseen: %+v, %v", out, err)
			}
			d.tick(t, slotAt)
			if s := d.only(t); s.State != mailings.Held || !strings.Contains(s.HeldReason.String(), c.want) {
				t.Errorf("the send is %s for %q, want %q", s.State, s.HeldReason, c.want)
			}
		})
	}
}

// signs has a new key of a domain sign the label's mail.
func (d *desk) signs(t *testing.T, domain string, algorithm labels.Algorithm) {
	t.Helper()
	key, err := labels.DKIMKeyFrom(d.Label.ID, domain, "keur-"+string(algorithm), algorithm, "")
	noError(t, err)
	keys := labels.NewDKIMKeys(d.World.DB, d.Box)
	key, err = keys.Create(t.Context(), key)
	noError(t, err)
	_, err = keys.Activate(t.Context(), key.ID)
	noError(t, err)
}

// TestASecondSignatureOfAnotherDomainHoldsNothing: DMARC passes by that of RSA.
func TestASecondSignatureOfAnotherDomainHoldsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.Approved(t, d.Brief(t, slot))
	_, domain, _ := strings.Cut(d.Label.Senders[0].Address, "@")
	d.signs(t, domain, labels.RSA)
	d.signs(t, "other.example", labels.Ed25519)
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Sending {
		t.Errorf("the send is %s for %q", s.State, s.HeldReason)
	}
}

// Mail leaves within the window by each member's own clock, and waits outside.
func TestMailLeavesByTheMembersClock(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	for i, zone := range []string{"America/New_York", "Asia/Tokyo", "Mars/Olympus"} {
		d.db.Owner.MustExec(`UPDATE memberships SET time_zone = $2 WHERE member_id = $1`, i+1, zone)
	}
	b := d.Brief(t, slot)
	b.Schedule.MemberLocal, b.Schedule.Window, b.Schedule.Lapse = true, &schedules.Window{From: "09:00", Until: "11:00"}, 4
	d.Approved(t, b)
	d.tick(t, slotAt.Add(-8*time.Hour-time.Second)) // frozen, and nothing leaves
	if s := d.only(t); s.State != mailings.Freezing || s.FrozenAt == nil {
		t.Fatalf("before it begins in the east, the send is %s: %s", s.State, s.HeldReason)
	}
	// 10:00 furthest west is 22:00 by UTC, and in New York an hour after it would lapse by the label's clock.
	if until := d.only(t).DeadlineAt; until == nil || until.UTC().Format("02 15:04") != "25 02:00" {
		t.Errorf("it lapses at %v", until)
	}
	d.tick(t, slotAt.Add(-8*time.Hour)) // 10:00 in Tokyo
	if s := d.only(t); s.State != mailings.Sending {
		t.Fatalf("the send is %s: %s", s.State, s.HeldReason)
	}
	waits := func() map[string]string {
		var rows []struct {
			Zone string    `db:"time_zone"`
			At   time.Time `db:"not_before"`
		}
		noError(t, d.World.DB.Select(&rows, `SELECT time_zone, not_before FROM delivery_batches`))
		found := map[string]string{}
		for _, r := range rows {
			found[r.Zone] = r.At.UTC().Format("02 15:04")
		}
		return found
	}
	// 10:00 in New York is 15:00 by UTC, and in Tokyo 01:00.
	want := map[string]string{"": "24 09:00", "America/New_York": "24 15:00", "Asia/Tokyo": "24 01:00"}
	if got := waits(); !maps.Equal(got, want) {
		t.Errorf("they wait until %v, want %v", got, want)
	}
	d.tick(t, slotAt.Add(time.Hour))                      // 11:00 in Amsterdam: the window has closed
	want[""], want["Asia/Tokyo"] = "25 08:00", "25 00:00" // in Tokyo as well: nobody sent it
	if got := waits(); !maps.Equal(got, want) {
		t.Errorf("after the window they wait until %v, want %v", got, want)
	}
}

// A link that is broken or silent holds the send, and somebody who saw it lets
// it go on, but not when another link breaks. What could not be checked is told
// and holds nothing. Check, approvers and the slot say the same.
func TestDeadLinksHold(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.Unavailable, "links.refused", "code", 403, "text", "Forbidden")
	silent := fault.New(fault.Unavailable, "links.no_answer", "seconds", 5)
	gone := fault.New(fault.Conflict, "links.status", "code", 404, "text", "Not Found")
	for name, c := range map[string]struct {
		found    error
		severity links.Severity
		says     string
	}{
		"broken": {gone, links.Blocks, "is broken: it answers 404 Not Found"}, "silent": {silent, links.Asks, "doesn't answer now"},
		"refused": {refused, links.Tells, "could not be checked: it refuses"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, 1, func(p *scheduler.Parts) {
				p.Follow = func(_ context.Context, url, _ string) (string, error) { return url, c.found }
			})
			m, _ := d.Approved(t, d.Brief(t, slot))
			out, err := d.Outlook(t.Context(), &m)
			if err != nil || len(out.Found) != 1 || out.Found[0].Check != "links" || out.Found[0].Severity != c.severity ||
				!strings.Contains(out.Found[0].Message.String(), c.says) {
				t.Errorf("foreseen: %+v, %v", out.Found, err)
			}
			d.tick(t, slotAt)
			s := d.only(t)
			if c.severity == links.Tells {
				if s.State != mailings.Sending {
					t.Errorf("the send is %s for %q", s.State, s.HeldReason)
				}
				return
			}
			if s.State != mailings.Held || s.HeldReason.Key != "hold.links" || !strings.Contains(s.HeldReason.String(), c.says) {
				t.Fatalf("the send is %s for %q", s.State, s.HeldReason)
			}
			_, err = d.Release(approvaltest.As(d.Colleague), s.ID, s.HeldReason.String(), d.Colleague.ID)
			noError(t, err)
			if d.tick(t, slotAt.Add(time.Second)); d.only(t).State != mailings.Sending {
				t.Errorf("released, the send is %s for %q", d.only(t).State, d.only(t).HeldReason)
			}
		})
	}
}

func TestNothingIsForeseenOfNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	empty, err := d.World.Mailings.Create(t.Context(), d.Label.ID, "Leeg", mailings.House)
	noError(t, err)
	if _, err := d.Outlook(t.Context(), &empty); !fault.Is(err, fault.Conflict) {
		t.Errorf("of a mailing that says nothing: %v", err)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
