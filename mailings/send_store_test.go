package mailings_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/mailings/schedules/schedulestest"
)

// inTx runs work in a transaction of its own.
func inTx(t *testing.T, w *mailingstest.World, work func(ctx context.Context, tx *sqlx.Tx) error) {
	t.Helper()
	if err := postgres.InTx(t.Context(), w.DB, func(tx *sqlx.Tx) error { return work(t.Context(), tx) }); err != nil {
		t.Error(err)
	}
}

func TestASlotHasOneSend(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	m = w.Approve(t, db.Owner, m, r)
	first := plan(t, w, m, r, slot)
	if first.State != mailings.Planned || first.Month != mailings.MonthOf(first.SlotAt) || first.SlotLocal != schedulestest.Local(t, slot) {
		t.Errorf("%+v", first)
	}
	again := func() (made bool) {
		inTx(t, w, func(ctx context.Context, tx *sqlx.Tx) (err error) {
			made, err = w.Sends.Plan(ctx, tx, m, first.SlotLocal, first.SlotAt, *first.DeadlineAt)
			return err
		})
		return made
	}
	if again() {
		t.Error("a slot was planned twice")
	}
	if _, err := w.Sends.Update(t.Context(), first.ID,
		func(s *mailings.Send) error { return s.MoveTo(mailings.SendCancelled, w.Clock.Now()) }); err != nil {
		t.Fatal(err)
	}
	if !again() {
		t.Error("after its send was called off, a slot can't be planned anew")
	}
	inTx(t, w, func(ctx context.Context, tx *sqlx.Tx) error {
		if live, err := w.Sends.At(ctx, tx, m.ID, first.SlotLocal); err != nil || live.ID == first.ID {
			t.Errorf("the live send is %d, %v", live.ID, err)
		}
		return nil
	})
	draft, unapproved := w.Draft(t, w.Brief(t, slot))
	draft.RevisionID = &unapproved.ID
	err := postgres.InTx(t.Context(), w.DB, func(tx *sqlx.Tx) error {
		_, err := w.Sends.Plan(t.Context(), tx, draft, first.SlotLocal, first.SlotAt, *first.DeadlineAt)
		return err
	})
	if err == nil {
		t.Error("a send was planned of what nobody approved")
	}
}

// TestSendsByState puts a send in each state and asks everything that is asked
// of sends.
func TestSendsByState(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	m = w.Approve(t, db.Owner, m, r)
	send := plan(t, w, m, r, slot)
	before, deadline := send.SlotAt.Add(-time.Hour), *send.DeadlineAt
	for _, c := range []struct {
		state mailings.SendState
		open  bool // something may still happen to it by itself
		tally mailings.Tally
		late  mailings.Tally // at its deadline
		stop  bool
	}{
		{mailings.Planned, true, mailings.Tally{Open: 1}, mailings.Tally{Open: 1}, false},
		{mailings.Preflight, true, mailings.Tally{Open: 1}, mailings.Tally{Open: 1}, false},
		{mailings.Freezing, true, mailings.Tally{Open: 1}, mailings.Tally{Open: 1}, false},
		{mailings.Sending, true, mailings.Tally{Open: 1, Begun: 1}, mailings.Tally{Open: 1, Begun: 1}, false},
		{mailings.Paused, true, mailings.Tally{Open: 1, Begun: 1}, mailings.Tally{Open: 1, Begun: 1}, false},
		{mailings.Held, true, mailings.Tally{Open: 1}, mailings.Tally{Open: 1}, true},
		{mailings.Missed, false, mailings.Tally{Open: 1, Missed: 1}, mailings.Tally{Missed: 1}, true},
		{mailings.Finished, false, mailings.Tally{Begun: 1}, mailings.Tally{Begun: 1}, true}, // when some of its mail lapsed
		{mailings.SendCancelled, false, mailings.Tally{}, mailings.Tally{}, false},
	} {
		put(t, db, `UPDATE sends SET state = $2, stop_told = false, started_at = CASE WHEN $2 IN ('sending', 'paused', 'finished') THEN now() END WHERE id = $1`, send.ID, c.state)
		open, err := w.Sends.Open(t.Context(), send.SlotAt)
		if err != nil || (len(open) == 1) != c.open {
			t.Errorf("%s: open are %v, %v", c.state, open, err)
		}
		if early, err := w.Sends.Open(t.Context(), before); err != nil || len(early) > 0 {
			t.Errorf("%s: due before its slot: %v", c.state, err)
		}
		next, found, err := w.Sends.NextSlot(t.Context(), before)
		if err != nil || found != c.open || found && !next.Equal(send.SlotAt) {
			t.Errorf("%s: the next slot is %s, %v, %v", c.state, next, found, err)
		}
		if _, found, err := w.Sends.NextSlot(t.Context(), send.SlotAt); err != nil || found {
			t.Errorf("%s: there is a slot after its own: %v", c.state, err)
		}
		inTx(t, w, func(ctx context.Context, tx *sqlx.Tx) error {
			if tally, err := w.Sends.Tally(ctx, tx, m.ID, before); err != nil || tally != c.tally {
				t.Errorf("%s: %+v, want %+v: %v", c.state, tally, c.tally, err)
			}
			if tally, err := w.Sends.Tally(ctx, tx, m.ID, deadline); err != nil || tally != c.late {
				t.Errorf("%s at its deadline: %+v, want %+v: %v", c.state, tally, c.late, err)
			}
			for _, want := range []bool{c.stop, false} { // told once
				if taken, found, err := w.Sends.TakeStopped(ctx, tx, send.ID); err != nil || found != want || found && taken.ID != send.ID {
					t.Errorf("%s: told of %v, %v", c.state, found, err)
				}
			}
			return nil
		})
	}
}

func TestSlotsThatHaveASend(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	if last, err := w.Sends.LastSlot(t.Context(), m.ID); err != nil || !last.IsZero() {
		t.Errorf("the last slot of none is %s, %v", last, err)
	}
	m = w.Approve(t, db.Owner, m, r)
	first, second := plan(t, w, m, r, slot), plan(t, w, m, r, "2026-11-25T10:00")
	if last, err := w.Sends.LastSlot(t.Context(), m.ID); err != nil || !last.Equal(second.SlotAt) {
		t.Errorf("the last slot is %s, %v", last, err)
	}
	for _, c := range []struct {
		from, through time.Time
		want          int
	}{{first.SlotAt, second.SlotAt, 2}, {first.SlotAt.Add(time.Second), second.SlotAt, 1},
		{first.SlotAt, second.SlotAt.Add(-time.Second), 1}} {
		if slots, err := w.Sends.Slots(t.Context(), &m, c.from, c.through); err != nil || len(slots) != c.want {
			t.Errorf("from %s through %s: %v, %v", c.from, c.through, slots, err)
		}
	}
}

// Who works on a send has it alone: others pass it by and don't wait.
func TestASendIsClaimedByOne(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	m = w.Approve(t, db.Owner, m, r)
	send := plan(t, w, m, r, slot)
	claim := func(want bool) {
		inTx(t, w, func(ctx context.Context, tx *sqlx.Tx) error {
			if claimed, mine, err := w.Sends.Claim(ctx, tx, send.ID); err != nil || mine != want || mine && claimed.ID != send.ID {
				t.Errorf("claimed: %v, want %v: %v", mine, want, err)
			}
			return nil
		})
	}
	claim(true)
	other := db.Owner.MustBegin()
	other.MustExec(`SELECT FROM sends WHERE id = $1 FOR UPDATE`, send.ID)
	claim(false)
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	claim(true)
	refused := fault.New(fault.Conflict, "no")
	if _, err := w.Sends.Update(t.Context(), send.ID,
		func(s *mailings.Send) error { s.State = mailings.Preflight; return refused }); err != error(refused) {
		t.Errorf("%v", err)
	}
	if after, err := w.Sends.Get(t.Context(), send.ID); err != nil || after.State != mailings.Planned {
		t.Errorf("a change that was refused was saved: %s, %v", after.State, err)
	}
}

func TestSendsAreListed(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	m = w.Approve(t, db.Owner, m, r)
	late, early := plan(t, w, m, r, "2026-11-25T10:00"), plan(t, w, m, r, slot)
	for name, c := range map[string]struct {
		filter mailings.SendFilter
		order  string
		want   []mailings.SendID
	}{
		"the newest first":  {mailings.SendFilter{}, "", []mailings.SendID{early.ID, late.ID}},
		"the soonest first": {mailings.SendFilter{}, "soonest", []mailings.SendID{early.ID, late.ID}},
		"the latest first":  {mailings.SendFilter{}, "latest", []mailings.SendID{late.ID, early.ID}},
		"of a mailing":      {mailings.SendFilter{Mailing: m.ID + 1}, "", nil},
		"of no label":       {mailings.SendFilter{Labels: []labels.ID{}}, "", nil},
		"by state":          {mailings.SendFilter{States: []mailings.SendState{mailings.Sending}}, "", nil},
		"from a slot on":    {mailings.SendFilter{From: late.SlotAt}, "", []mailings.SendID{late.ID}},
		"until before one":  {mailings.SendFilter{Until: late.SlotAt}, "", []mailings.SendID{early.ID}},
		"of what is planned": {mailings.SendFilter{States: []mailings.SendState{mailings.Planned}, From: early.SlotAt,
			Until: late.SlotAt}, "", []mailings.SendID{early.ID}},
	} {
		page, err := w.Sends.List(t.Context(), c.filter, paging.Ask{Sort: c.order})
		var got []mailings.SendID
		for _, s := range page.Items {
			got = append(got, s.ID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v: %v", name, got, c.want, err)
		}
	}
	if _, err := w.Sends.List(t.Context(), mailings.SendFilter{From: late.SlotAt, Until: late.SlotAt}, paging.Ask{}); !fault.Is(err,
		fault.Invalid) {
		t.Errorf("of no time at all: %v", err)
	}
}

func TestACalendarIsReadByItsLink(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as, feeds := mailingstest.As(w.Maker), mailings.NewFeeds(w.DB, w.Clock, pgtest.Key())
	token, err := feeds.Open(as, w.Label.ID)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := feeds.List(as, w.Label.ID)
	if err != nil || len(opened) != 1 || opened[0].By != "Mara" || opened[0].ReadAt != nil {
		t.Fatalf("%+v, %v", opened, err)
	}
	hour := w.Clock.Now().Truncate(time.Hour)
	for range 2 {
		if f, err := feeds.ByToken(t.Context(), token); err != nil || f.ID != opened[0].ID || f.LabelID != w.Label.ID {
			t.Errorf("%+v, %v", f, err)
		}
		w.Clock.Add(time.Minute)
	}
	if opened, err = feeds.List(as, w.Label.ID); err != nil || opened[0].ReadAt == nil || !opened[0].ReadAt.Equal(hour) {
		t.Errorf("%+v, %v", opened, err)
	}
	if _, err := feeds.ByToken(t.Context(), token+"x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another token opens it: %v", err)
	}
	if err := feeds.Revoke(as, w.Label.ID+1, opened[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it was revoked under another label: %v", err)
	}
	if err := feeds.Revoke(as, w.Label.ID, opened[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := feeds.ByToken(t.Context(), token); !fault.Is(err, fault.NotFound) {
		t.Errorf("a link that was revoked still opens it: %v", err)
	}
}

// TestWhoAsksTwiceHasOneCalendarLink: also at once. What a calendar reads stays,
// as do the links of others.
func TestWhoAsksTwiceHasOneCalendarLink(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	as, feeds := mailingstest.As(w.Maker), mailings.NewFeeds(w.DB, w.Clock, pgtest.Key())
	open := func(by context.Context) string {
		t.Helper()
		token, err := feeds.Open(by, w.Label.ID)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	read := open(as)
	if _, err := feeds.ByToken(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	others, lost := open(mailingstest.As(w.Colleague)), open(as)
	var asked sync.WaitGroup
	for range 5 {
		asked.Go(func() {
			if _, err := feeds.Open(as, w.Label.ID); err != nil {
				t.Error(err)
			}
		})
	}
	asked.Wait()
	if mine, err := feeds.All(as, w.Maker.ID.Actor()); err != nil || len(mine) != 2 || mine[0].ReadAt == nil || mine[1].ReadAt != nil {
		t.Errorf("open are %+v, %v", mine, err)
	}
	for name, token := range map[string]string{"one that is read": read, "a colleague's": others} {
		if _, err := feeds.ByToken(t.Context(), token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := feeds.ByToken(t.Context(), lost); !fault.Is(err, fault.NotFound) {
		t.Errorf("the one before opens: %v", err)
	}
	if _, err := db.Owner.Exec(`UPDATE calendar_feeds SET revoked_at = NULL, read_at = NULL`); err == nil {
		t.Error("the table takes two that nobody read")
	}
}

// TestACalendarsLinkEndsWithItsMaker: with the account or the role, for good,
// and whatever the application's login does.
func TestACalendarsLinkEndsWithItsMaker(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	as, feeds := mailingstest.As(w.Maker), mailings.NewFeeds(w.DB, w.Clock, pgtest.Key())
	for name, c := range map[string]struct{ end, undo string }{
		"the account": {`UPDATE users SET disabled_at = now() WHERE id = $1`, `UPDATE users SET disabled_at = NULL WHERE id = $1`},
		"the role": {`DELETE FROM user_roles WHERE user_id = $1`,
			`INSERT INTO user_roles (user_id, label_id, role) SELECT $1, id, 'planner' FROM labels`},
	} {
		token, err := feeds.Open(as, w.Label.ID)
		if err != nil {
			t.Fatal(err)
		}
		if all, err := feeds.All(as, ""); err != nil || len(all) != 1 || all[0].Label != w.Label.Name {
			t.Errorf("listed: %+v, %v", all, err)
		}
		if others, err := feeds.All(as, w.Colleague.ID.Actor()); err != nil || len(others) != 0 {
			t.Errorf("a colleague's: %+v, %v", others, err)
		}
		for _, change := range []string{c.end, c.undo} {
			db.Owner.MustExec(change, w.Maker.ID)
			if _, err := feeds.ByToken(t.Context(), token); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s has gone and come back, and the link opens: %v", name, err)
			}
		}
		// Written by hand as if it held, it opens nothing while its maker has gone.
		db.Owner.MustExec(c.end, w.Maker.ID)
		db.Owner.MustExec(`UPDATE calendar_feeds SET revoked_at = NULL WHERE id = (SELECT max(id) FROM calendar_feeds)`)
		if _, err := feeds.ByToken(t.Context(), token); !fault.Is(err, fault.NotFound) {
			t.Errorf("without %s the link opens: %v", name, err)
		}
		db.Owner.MustExec(c.undo, w.Maker.ID)
		db.Owner.MustExec(`UPDATE calendar_feeds SET revoked_at = now()`)
	}
	if _, err := feeds.Open(as, w.Label.ID); err != nil {
		t.Fatal(err)
	}
	last, err := feeds.All(as, w.Maker.ID.Actor())
	if err != nil || len(last) != 1 {
		t.Fatal(last, err)
	}
	if err := feeds.RevokeOf(as, w.Colleague.ID.Actor(), last[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a colleague ends it on their own page: %v", err)
	}
	if err := feeds.RevokeOf(as, w.Maker.ID.Actor(), last[0].ID); err != nil {
		t.Error(err)
	}
}
