package scheduler_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/members"
	"keur/scheduler"
	"keur/tracking"
)

// slot is 09:00 UTC on the day after the world's clock begins.
const slot = "2026-11-24T10:00"

var slotAt = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

type desk struct {
	*approvaltest.World
	db pgtest.DB
	*scheduler.Scheduler
	*scheduler.Control
	*scheduler.Preflight
}

func newDesk(t *testing.T, n int, change ...func(*scheduler.Parts)) *desk {
	t.Helper()
	w, db := approvaltest.Fresh(t, n)
	s := another(t, w, change...)
	return &desk{World: w, db: db, Scheduler: s, Control: s.Control, Preflight: s.Preflight}
}

// another returns one more scheduler over the same base, as another process,
// with changed parts.
func another(t *testing.T, w *approvaltest.World, change ...func(*scheduler.Parts)) *scheduler.Scheduler {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	vouchers := campaigns.NewVouchers(w.DB)
	ledger := delivery.NewLedger(w.DB, w.Clock, tracking.NewStore(w.DB, ring, w.Members, w.Clock, pgtest.Key()), vouchers)
	p := scheduler.Parts{
		Key: pgtest.Key(), DB: w.DB, Clock: w.Clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Labels: w.Labels,
		DKIM: labels.NewDKIMKeys(w.DB, w.Box), Advertisers: w.Advertisers, Vouchers: vouchers, Mailings: w.Mailings, Sends: w.Sends,
		Segments: w.Segments, Reach: w.Reach, Approval: w.Approval, Ledger: ledger, Compiler: w.Compiler,
	}
	for _, c := range change {
		c(&p)
	}
	return scheduler.New(p)
}

// tick moves the clock and lets the scheduler look.
func (d *desk) tick(t *testing.T, at time.Time) {
	t.Helper()
	d.World.Clock.Set(at)
	if err := d.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// only returns the one send there is.
func (d *desk) only(t *testing.T) mailings.Send {
	t.Helper()
	sends, err := d.World.Sends.List(context.Background(), mailings.SendFilter{}, paging.Ask{})
	if err != nil || len(sends.Items) != 1 {
		t.Fatalf("there are %d sends, want 1: %v", len(sends.Items), err)
	}
	return sends.Items[0]
}

func (d *desk) queued(t *testing.T) (n int) {
	t.Helper()
	if err := d.World.DB.Get(&n, `SELECT count(*) FROM deliveries WHERE state = 'queued'`); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFromApprovedToSending(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	if s := d.only(t); s.State != mailings.Planned || !s.SlotAt.Equal(slotAt) {
		t.Fatalf("an hour before, the send is %s for %s", s.State, s.SlotAt)
	}
	d.tick(t, slotAt.Add(-30*time.Second))
	if s := d.only(t); s.State != mailings.Freezing || s.FrozenAt == nil || *s.Audience != 3 || d.queued(t) != 3 {
		t.Fatalf("half a minute before, the send is %s with %v frozen: %s", s.State, s.Audience, s.HeldReason)
	}
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Sending {
		t.Fatalf("at its slot the send is %s", s.State)
	}
	if m, _ = d.World.Mailings.Get(context.Background(), m.ID); m.State != mailings.Scheduled {
		t.Errorf("the mailing is %s", m.State)
	}
}

func TestManySchedulersOneSend(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 20)
	d.Approved(t, d.Brief(t, slot))
	d.World.Clock.Set(slotAt)
	var crowd sync.WaitGroup
	for range 4 {
		s := another(t, d.World)
		crowd.Go(func() {
			for range 3 {
				if err := s.Tick(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	crowd.Wait()
	if s := d.only(t); s.State != mailings.Sending || *s.Audience != 20 {
		t.Errorf("the send is %s with %v members", s.State, s.Audience)
	}
	if n := d.queued(t); n != 20 {
		t.Errorf("%d deliveries, want 20", n)
	}
}

func TestTwoSendsAtOneMomentKeepTheCap(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 10)
	if _, err := d.World.Labels.Update(context.Background(), d.Label.ID, func(l *labels.Label) error {
		l.Caps = []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 1}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	d.Approved(t, d.Brief(t, slot))
	d.Approved(t, d.Brief(t, slot))
	d.World.Clock.Set(slotAt)
	var crowd sync.WaitGroup
	for range 2 {
		s := another(t, d.World)
		crowd.Go(func() {
			for range 2 {
				if err := s.Tick(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	crowd.Wait()
	if n := d.queued(t); n != 10 {
		t.Errorf("10 members with a cap of one mail a week have %d deliveries", n)
	}
}

func TestAnEditTakesTheSlotAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, round := d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-30*time.Second)) // frozen already
	b := d.Brief(t, slot)
	b.Subjects[0].Text = "Anders"
	d.Edit(t, m, round.RevisionID, b)
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.SendCancelled {
		t.Errorf("after an edit the send is %s", s.State)
	}
}

func TestMissedNeedsANewSlotAndAColleague(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(61*time.Minute))
	missed := d.only(t)
	if missed.State != mailings.Missed {
		t.Fatalf("61 minutes late, the send is %s", missed.State)
	}
	later, _ := schedules.ParseLocalTime("2026-11-24T14:00")
	if _, err := d.Reslot(approvaltest.As(d.Maker), missed.ID, later, d.Maker.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the maker gave it a new slot: %v", err)
	}
	fresh, err := d.Reslot(approvaltest.As(d.Colleague), missed.ID, later, d.Colleague.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.tick(t, fresh.SlotAt)
	if fresh, err = d.World.Sends.Get(context.Background(), fresh.ID); err != nil || fresh.State != mailings.Sending {
		t.Errorf("at its new slot the send is %s: %v", fresh.State, err)
	}
}

func TestDriftHoldsUntilAColleagueReleases(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Approved(t, d.Brief(t, slot))
	for i := range 2 { // half as many again
		if _, err := d.World.Members.Create(context.Background(), d.newcomer(i)); err != nil {
			t.Fatal(err)
		}
	}
	d.tick(t, slotAt.Add(-30*time.Second))
	held := d.only(t)
	if held.State != mailings.Held || d.queued(t) != 0 {
		t.Fatalf("the send is %s (%s) with %d deliveries", held.State, held.HeldReason, d.queued(t))
	}
	if _, err := d.Release(approvaltest.As(d.Maker), held.ID, held.HeldReason.String(), d.Maker.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the maker released it: %v", err)
	}
	for name, sql := range map[string]string{
		"nobody":    `UPDATE sends SET state = 'preflight' WHERE id = $1`,
		"the maker": `UPDATE sends SET state = 'preflight', released_by = (SELECT author_id FROM revisions WHERE id = revision_id) WHERE id = $1`,
	} {
		if _, err := d.db.App.Exec(sql, held.ID); err == nil {
			t.Errorf("%s released it by psql", name)
		}
	}
	if _, err := d.Release(approvaltest.As(d.Colleague), held.ID, held.HeldReason.String(), d.Colleague.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Sending || *s.Audience != 6 {
		t.Errorf("released, the send is %s (%s)", s.State, s.HeldReason)
	}
}

func (d *desk) newcomer(i int) members.Newcomer {
	return members.Newcomer{
		Label: d.Label.ID, Address: fmt.Sprintf("nieuw%d@post.example", i), Source: "test",
		Consents: []members.Consent{{Kind: members.MailConsent, Given: true, At: approvaltest.Start, Statement: "Ja.", Source: "test"}},
	}
}

func TestTheStopSwitch(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	if _, err := d.World.Advertisers.Stop(context.Background(), d.Advertiser.ID, "wrong price"); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.Add(time.Second))
	if s := d.only(t); s.State != mailings.Held {
		t.Errorf("with its advertiser stopped, the send is %s", s.State)
	}
}

func TestAStopBeforeTheSlotLetsNoMailOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-30*time.Second)) // frozen already
	if _, err := d.World.Advertisers.Stop(context.Background(), d.Advertiser.ID, "wrong price"); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Held || s.StartedAt != nil {
		t.Errorf("stopped before its slot, the send is %s (%s), started %v", s.State, s.HeldReason, s.StartedAt)
	}
}

func TestRecurringPlansAheadAndNeverTwice(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *"}
	d.Approved(t, b)
	for range 3 {
		d.tick(t, approvaltest.Start.Add(time.Minute))
	}
	sends, err := d.World.Sends.List(context.Background(), mailings.SendFilter{}, paging.Ask{})
	if err != nil || len(sends.Items) != 2 { // 10:00 today and tomorrow, and the day after at 09:01 is not yet in 48 hours
		t.Fatalf("%d sends are planned: %v", len(sends.Items), err)
	}
}

func TestACalledOffOccurrenceStaysCalledOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *"}
	d.Approved(t, b)
	d.tick(t, approvaltest.Start.Add(time.Minute))
	ctx := approvaltest.As(d.Maker)
	planned := func() []mailings.Send {
		if err := d.PlanOn(ctx); err != nil {
			t.Fatal(err)
		}
		sends, err := d.World.Sends.List(ctx, mailings.SendFilter{States: []mailings.SendState{mailings.Planned}}, paging.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return sends.Items
	}
	last := planned()[0]
	if _, err := d.Cancel(ctx, last.ID); err != nil {
		t.Fatal(err)
	}
	for _, s := range planned() {
		if s.SlotLocal == last.SlotLocal {
			t.Errorf("the send of %s was called off, and planned again", s.SlotLocal)
		}
	}
	d.World.Clock.Set(last.SlotAt.Add(-47*time.Hour).AddDate(0, 0, 1))
	if sends := planned(); sends[0].SlotLocal.Wall().Sub(last.SlotLocal.Wall()) != 24*time.Hour {
		t.Errorf("a day later the newest send is of %s, want the day after %s", sends[0].SlotLocal, last.SlotLocal)
	}
}

func TestASeriesReachesEachMemberOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	if _, err := d.db.Owner.Exec(`UPDATE memberships SET joined_at = '2026-11-21 12:00Z'`); err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, slot)
	b.Placements = nil
	b.Template.Source = `<html lang="nl"><head><title>Welkom</title></head><body><p>Welkom</p><p>{{label.imprint}}</p><a href="{{unsubscribe_url}}">Afmelden</a></body></html>`
	b.Schedule = schedules.Schedule{Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: 3, Time: "10:00"}}
	d.Approved(t, b)
	d.tick(t, approvaltest.Start.Add(time.Minute))
	d.tick(t, slotAt)
	if n := d.queued(t); n != 3 {
		t.Fatalf("on their third day %d members are queued, want 3", n)
	}
	// A member whose day comes again, because the join was corrected, has had it.
	if _, err := d.db.Owner.Exec(`UPDATE memberships SET joined_at = '2026-11-22 12:00Z'`); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.AddDate(0, 0, 1))
	if n := d.queued(t); n != 3 {
		t.Errorf("a day later %d are queued, want the same 3", n)
	}
}

func TestASendWithADoubtWaitsForAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	// As a worker that died leaves it: one sent, one in flight, the batch done.
	send := d.only(t)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'in_doubt', changed_at = $1 WHERE send_id = $2`, slotAt, send.ID)
		tx.MustExec(`UPDATE delivery_batches SET state = 'done' WHERE send_id = $1`, send.ID)
		tx.MustExec(`INSERT INTO outcome_deltas (send_id, measure, hour, n) VALUES ($1, 'in_doubt', $2, 2)`, send.ID, slotAt)
	})
	d.tick(t, slotAt.Add(time.Minute))
	if s := d.only(t); s.State != mailings.Sending {
		t.Fatalf("with two in doubt the send is %s", s.State)
	}
	d.tick(t, slotAt.Add(49*time.Hour))
	if s := d.only(t); s.State != mailings.Finished {
		t.Errorf("after its deadline the send is %s", s.State)
	}
}

func TestSlotsOfALongOutageAreMissedAndNotForgotten(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * *"}
	m, _ := d.Approved(t, b)
	d.tick(t, approvaltest.Start.Add(time.Minute))
	d.World.Clock.Set(approvaltest.Start.AddDate(0, 0, 6))
	if err := d.PlanOn(context.Background()); err != nil {
		t.Fatal(err)
	}
	d.tick(t, approvaltest.Start.AddDate(0, 0, 6))
	missed, err := d.World.Sends.List(context.Background(),
		mailings.SendFilter{Mailing: m.ID, States: []mailings.SendState{mailings.Missed}}, paging.Ask{})
	if err != nil || len(missed.Items) != 6 {
		t.Errorf("after six days without a scheduler %d sends are missed, want 6: %v", len(missed.Items), err)
	}
}
