package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/proctest"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
)

// A paused series begins nothing: the occurrences that come meanwhile are called
// off. Who paused it resumes it, and those who made a step don't resume what
// another one paused. What was under way is paused and resumed with it.
func TestAPausedSeriesBeginsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	if _, err := d.db.Owner.Exec(`UPDATE memberships SET joined_at = '2026-11-21 12:00Z'`); err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, slot)
	b.Schedule = schedules.Schedule{Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: 3, Time: "10:00"}}
	m, _ := d.Approved(t, b)
	store := series.NewStore(d.World.DB, d.World.Clock)
	maker, third := approvaltest.As(d.Maker), approvaltest.As(d.Third)
	of, err := store.Create(maker, series.Series{LabelID: d.Label.ID, Name: "Welkom", After: series.Joined})
	noError(t, err)
	noError(t, store.Add(maker, of.ID, m.ID))
	states := func() (found []mailings.SendState) {
		t.Helper()
		page, err := d.World.Sends.List(context.Background(), mailings.SendFilter{}, paging.Ask{Sort: "soonest"})
		noError(t, err)
		for _, send := range page.Items {
			found = append(found, send.State)
		}
		return found
	}
	d.tick(t, slotAt.AddDate(0, 0, -1).Add(time.Hour))
	paused, err := d.Series.Pause(third, of.ID, d.Third.ID)
	noError(t, err)
	d.tick(t, slotAt)
	if found := states(); found[0] != mailings.SendCancelled || d.queued(t) != 0 {
		t.Errorf("while it is paused: %v", found)
	}
	if _, err := d.Series.Resume(maker, of.ID, *paused.PausedAt, d.Maker.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("its maker resumes what another one paused: %v", err)
	}
	d.World.Look(third, t, m.ID)
	_, err = d.Series.Resume(third, of.ID, *paused.PausedAt, d.Third.ID)
	noError(t, err)
	if _, err := d.db.Owner.Exec(`UPDATE memberships SET joined_at = '2026-11-22 12:00Z'`); err != nil {
		t.Fatal(err)
	}
	noError(t, d.Scheduler.PlanOn(pgtest.Acting(t.Context(), "system:scheduler")))
	d.tick(t, slotAt.AddDate(0, 0, 1))
	if found := states(); found[1] != mailings.Sending {
		t.Fatalf("after it: %v", found)
	}
	paused, err = d.Series.Pause(third, of.ID, d.Third.ID)
	noError(t, err)
	if found := states(); found[1] != mailings.Paused {
		t.Errorf("with the series: %v", found)
	}
	if _, err := d.Series.End(maker, of.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("it ends with a send under way: %v", err)
	}
	_, err = d.Series.Resume(third, of.ID, *paused.PausedAt, d.Third.ID)
	noError(t, err)
	if found := states(); found[1] != mailings.Sending {
		t.Errorf("resumed: %v", found)
	}
	refused := func(query string) {
		t.Helper()
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE series SET paused_at = now(), paused_by = $1`, d.Third.ID) })
		if _, err := d.db.App.Exec(query); err == nil {
			t.Errorf("by SQL: %s", query)
		}
	}
	refused(`UPDATE series SET paused_at = NULL`)
	refused(`UPDATE sends SET state = 'sending'`)
}

// What a paused series keeps from going out isn't taken out of it, so as to go out
// after all, by those who made it or by anybody. Nor does one come in that is under
// way, or begin at the moment at which the series is paused.
func TestNothingLeavesAPausedSeries(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, slot))
	draft, _ := d.Draft(t, d.Brief(t, slot))
	store := series.NewStore(d.World.DB, d.World.Clock)
	maker, third := approvaltest.As(d.Maker), approvaltest.As(d.Third)
	of, err := store.Create(maker, series.Series{LabelID: d.Label.ID, Name: "Welkom", After: series.Joined})
	noError(t, err)
	noError(t, store.Add(maker, of.ID, m.ID))
	noError(t, store.Add(maker, of.ID, draft.ID))
	paused, err := d.Series.Pause(third, of.ID, d.Third.ID)
	noError(t, err)
	for _, who := range []context.Context{maker, third} {
		if err := store.Leave(who, of.ID, m.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("a mailing leaves a paused series: %v", err)
		}
		if _, err := postgres.Exec(who, d.db.App, `DELETE FROM series_steps WHERE mailing_id = $1`, m.ID); err == nil ||
			!strings.Contains(err.Error(), "no mailing leaves it") {
			t.Errorf("by psql: %v", err)
		}
	}
	noError(t, store.Leave(maker, of.ID, draft.ID)) // it goes out by nothing but an approval
	d.tick(t, slotAt.Add(-30*time.Second))
	d.World.Look(third, t, m.ID)
	_, err = d.Series.Resume(third, of.ID, *paused.PausedAt, d.Third.ID)
	noError(t, err)

	// Who pauses it, while the send begins in another process.
	begun := make(chan error)
	noError(t, postgres.InTx(third, d.db.App, func(tx *sqlx.Tx) error {
		if _, err := store.Pause(third, tx, of.ID); err != nil {
			return err
		}
		go func() {
			d.World.Clock.Set(slotAt)
			begun <- d.Tick(context.Background())
		}()
		proctest.Until(t, "the send waits for the series", func() (waits bool) {
			noError(t, d.db.Owner.Get(&waits, `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)`))
			return waits || d.state(t) == mailings.Sending
		})
		return nil
	}))
	<-begun // that it may not begin is an error of that look; the next one calls it off
	if state := d.state(t); state == mailings.Sending {
		t.Errorf("in a paused series its send is %s", state)
	}
	d.tick(t, slotAt.Add(time.Minute))
	if state := d.state(t); state != mailings.SendCancelled {
		t.Errorf("its send is %s", state)
	}
}

// A mailing that is under way comes into a series that isn't paused, and into no
// other.
func TestNothingUnderWayComesIntoAPausedSeries(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-30*time.Second))
	d.tick(t, slotAt)
	if state := d.state(t); state != mailings.Sending {
		t.Fatalf("its send is %s", state)
	}
	store := series.NewStore(d.World.DB, d.World.Clock)
	maker, third := approvaltest.As(d.Maker), approvaltest.As(d.Third)
	of, err := store.Create(maker, series.Series{LabelID: d.Label.ID, Name: "Welkom", After: series.Joined})
	noError(t, err)
	paused, err := d.Series.Pause(third, of.ID, d.Third.ID)
	noError(t, err)
	if err := store.Add(maker, of.ID, m.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("it comes in while its send goes on: %v", err)
	}
	_, err = d.Series.Resume(third, of.ID, *paused.PausedAt, d.Third.ID)
	noError(t, err)
	noError(t, store.Add(maker, of.ID, m.ID))
}

// state is that of the one send there is.
func (d *desk) state(t *testing.T) (state mailings.SendState) {
	t.Helper()
	noError(t, d.db.Owner.Get(&state, `SELECT state FROM sends`))
	return state
}
