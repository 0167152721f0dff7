package scheduler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/members"
)

// policy sets the label's policy as change makes it.
func (d *desk) policy(t *testing.T, change func(*policies.Policy)) {
	t.Helper()
	set, err := d.Approval.Policies.Of(t.Context(), d.Label.ID)
	if err != nil {
		t.Fatal(err)
	}
	p := set[0]
	if p.ID == 0 {
		p.Version = 0
	}
	change(&p)
	if _, err := d.Approval.Policies.Set(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) join(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		if _, err := d.World.Members.Create(context.Background(), d.newcomer(i)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAGrownSeriesNeedsItsLead: approved at nobody without a lead, it may not
// go to so many that a lead would have been asked, but by the release of
// somebody who decided nothing of it.
func TestAGrownSeriesNeedsItsLead(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	lead := 40
	d.policy(t, func(p *policies.Policy) { p.LeadFrom = &lead })
	b := d.Brief(t, slot)
	step := &schedules.Step{After: "joined", Days: 0, Time: "10:00"}
	b.Schedule = schedules.Schedule{Kind: schedules.Series, Step: step, From: b.Schedule.At}
	_, round := d.Approved(t, b)
	if round.Audience != 0 || round.Ceiling == nil || *round.Ceiling != 39 || len(round.Reviews) != 3 {
		t.Fatalf("approved for %d, at most %v, by %d", round.Audience, round.Ceiling, len(round.Reviews))
	}
	d.World.Clock.Set(slotAt.Add(-2 * time.Hour))
	d.join(t, 40)
	d.tick(t, slotAt.Add(-time.Hour))
	d.tick(t, slotAt)
	held := d.first(t)
	if held.State != mailings.Held || held.HeldReason.Key != "hold.lead" || d.queued(t) != 0 {
		t.Fatalf("the send is %s (%s) with %d deliveries", held.State, held.HeldReason.Key, d.queued(t))
	}
	// The colleague who approved it is no lead as well.
	if _, err := d.Release(approvaltest.As(d.Colleague), held.ID, held.HeldReason.String(), d.Colleague.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.Add(time.Second))
	if s := d.first(t); s.State != mailings.Held {
		t.Fatalf("released by its colleague, the send is %s", s.State)
	}
	if _, err := d.Release(approvaltest.As(d.Third), held.ID, held.HeldReason.String(), d.Third.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.Add(2*time.Second))
	if s := d.first(t); s.State != mailings.Sending || *s.Audience != 40 {
		t.Errorf("released by another approver, the send is %s (%s)", s.State, s.HeldReason.Key)
	}
}

// first returns the send of the first slot.
func (d *desk) first(t *testing.T) mailings.Send {
	t.Helper()
	var id mailings.SendID
	if err := d.World.DB.Get(&id, `SELECT id FROM sends ORDER BY slot_at LIMIT 1`); err != nil {
		t.Fatal(err)
	}
	send, err := d.World.Sends.Get(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return send
}

// TestDriftIsWhoTheyAre: as many as were approved, and most of them others.
func TestDriftIsWhoTheyAre(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	_, round := d.Approved(t, d.Brief(t, slot))
	if n := pgtest.Count(t, d.World.DB, `SELECT sum(bit_count(members)) FROM approval_audiences WHERE round_id = $1`, round.ID); n != 4 {
		t.Fatalf("%d members stand in the approval", n)
	}
	for member := range members.ID(3) {
		if err := d.World.Members.Suppress(t.Context(), nil, member+1, d.Label.ID, members.Unsubscribe, "one-click", nil); err != nil {
			t.Fatal(err)
		}
	}
	d.join(t, 3)
	d.tick(t, slotAt.Add(-30*time.Second))
	held := d.only(t)
	if held.State != mailings.Held || held.HeldReason.Key != "hold.drift_who" {
		t.Fatalf("the send is %s (%s)", held.State, held.HeldReason.Key)
	}
	if _, err := d.Release(approvaltest.As(d.Third), held.ID, held.HeldReason.String(), d.Third.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Sending || *s.Audience != 4 || s.Kept == nil || *s.Kept != 1 {
		t.Errorf("released, the send is %s to %v, of whom %v were approved", s.State, s.Audience, s.Kept)
	}
}

// TestAStricterPolicyBinds: from then on, open rounds and those that stand.
func TestAStricterPolicyBinds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	one := 1
	standing, _ := d.Approved(t, d.Brief(t, slot))
	b := d.Brief(t, slot)
	b.Placements = nil
	m, r := d.Draft(t, b)
	open := d.Submit(t, m, r)
	d.policy(t, func(p *policies.Policy) { p.LeadFrom = &one })

	// The open one gets the lead that it lacked.
	given := approval.Given{Digest: open.Digest}
	d.LookAt(approvaltest.As(d.Colleague), t, open)
	d.LookAt(approvaltest.As(d.Third), t, open)
	after, err := d.Approval.Approve(approvaltest.As(d.Colleague), d.Step(t, open, approval.Colleague), given, d.Colleague.ID)
	if err != nil || after.State != approval.Open || len(after.Reviews) != len(open.Reviews)+1 {
		t.Fatalf("approved by its colleague, the round is %s with %d steps: %v", after.State, len(after.Reviews), err)
	}
	if _, err := d.World.DB.Exec(`UPDATE approval_rounds SET state = 'approved', closed_at = now() WHERE id = $1`, open.ID); err == nil ||
		!strings.Contains(err.Error(), "not been approved yet") {
		t.Errorf("completed without the lead: %v", err)
	}
	after, err = d.Approval.Approve(approvaltest.As(d.Third), d.Step(t, after, approval.Lead), given, d.Third.ID)
	if err != nil || after.State != approval.RoundApproved {
		t.Errorf("approved by its lead, the round is %s: %v", after.State, err)
	}

	// The standing one doesn't stand any more.
	if state := d.planOn(t, standing.ID, slotAt.Add(-time.Hour)); state != mailings.Approved {
		t.Logf("the mailing is %s", state)
	}
	d.tick(t, slotAt.Add(-time.Hour))
	if m, err = d.World.Mailings.Get(t.Context(), standing.ID); err != nil || m.State != mailings.Draft {
		t.Errorf("the standing mailing is %s: %v", m.State, err)
	}
	round, err := d.Approval.Latest(t.Context(), standing.ID)
	if err != nil || round.State != approval.RoundEnded || round.CloseReason.Key != "approval.stricter" {
		t.Errorf("its approval is %s, %s: %v", round.State, round.CloseReason.Key, err)
	}
}

// TestPsqlCannotGrowASend: what the type holds back the table holds back, too.
func TestPsqlCannotGrowASend(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	const freeze = `UPDATE sends SET state = 'preflight'; UPDATE sends SET state = 'freezing';
		INSERT INTO deliveries (send_month, send_id, member_id, state, reason) SELECT s.month, s.id, m, 'queued', NULL FROM sends s, %s m;
		UPDATE sends SET frozen_at = now(), audience = sealed_queued; `
	const start = `UPDATE sends SET state = 'sending', started_at = now()`
	for name, a := range map[string]struct{ sql, want string }{
		"those who were approved": {strings.ReplaceAll(freeze, "%s", "generate_series(1, 4)") + start, ""},
		"as many others":          {strings.ReplaceAll(freeze, "%s", "generate_series(4, 7)") + start, "isn't the one that was approved"},
		"more than these":         {strings.ReplaceAll(freeze, "%s", "generate_series(1, 5)") + start, "isn't the one that was approved"},
		"fewer than these":        {strings.ReplaceAll(freeze, "%s", "generate_series(1, 2)") + start, "isn't the one that was approved"},
		"another number kept":     {`UPDATE sends SET sealed_kept = 4`, "permission denied"},
		"another ceiling":         {`UPDATE approval_rounds SET ceiling = 1000`, "permission denied"},
		"no lead":                 {`UPDATE approval_rounds SET lead_from = NULL`, "permission denied"},
		"other members":           {`UPDATE approval_audiences SET members = ~members`, "permission denied"},
		"more members":            {`INSERT INTO approval_audiences SELECT id, 9, repeat('1', 2048)::bit(2048) FROM approval_rounds`, "fixed when it is submitted"},
	} {
		tx := d.db.App.MustBegin()
		_, err := tx.Exec(a.sql)
		_ = tx.Rollback()
		if err == nil && a.want != "" || err != nil && (a.want == "" || !strings.Contains(err.Error(), a.want)) {
			t.Errorf("%s: %v, want %q", name, err, a.want)
		}
	}
	one := 1
	d.policy(t, func(p *policies.Policy) { p.LeadFrom = &one })
	tx := d.db.App.MustBegin()
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec(strings.ReplaceAll(freeze, "%s", "generate_series(1, 4)") + start); err == nil ||
		!strings.Contains(err.Error(), "not approved by everyone") {
		t.Errorf("without the lead that the policy wants by now: %v", err)
	}
}

// TestAReleasedAudienceGrowsNoFurther: who released it saw a number, and beyond
// the drift from there the send is held again; what two reasons were released
// from stays released.
func TestAReleasedAudienceGrowsNoFurther(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Approved(t, d.Brief(t, slot))
	d.join(t, 2)
	d.tick(t, slotAt.Add(-30*time.Second))
	held := d.only(t)
	for i := range 4 {
		if _, err := d.World.Members.Create(t.Context(), d.newcomer(10+i)); err != nil {
			t.Fatal(err)
		}
	}
	release := func(s mailings.Send) {
		t.Helper()
		if _, err := d.Release(approvaltest.As(d.Third), s.ID, s.HeldReason.String(), d.Third.ID); err != nil {
			t.Fatal(err)
		}
	}
	release(held)
	d.tick(t, slotAt)
	again := d.only(t)
	if again.State != mailings.Held || again.ReleasedBy != nil || !strings.Contains(again.HeldReason.String(), "is 10 now") {
		t.Fatalf("grown after its release, the send is %s (%s)", again.State, again.HeldReason)
	}
	if _, err := d.Release(approvaltest.As(d.Third), again.ID, held.HeldReason.String(), d.Third.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("released by a number of before: %v", err)
	}
	release(again)
	d.tick(t, slotAt.Add(time.Second))
	if s := d.only(t); s.State != mailings.Sending || *s.Audience != 10 || len(s.Releases) != 2 {
		t.Errorf("released, the send is %s to %v (%s)", s.State, s.Audience, s.HeldReason)
	}
}

// TestPsqlHoldsForNoExcuse: the application's login holds a send for a reason of
// its own, which an approver releases. That excuses nothing else, no number that
// wasn't shown, and no reason that changes afterwards.
func TestPsqlHoldsForNoExcuse(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	const thaw = `UPDATE sends SET state = 'preflight'; `
	const freeze = `UPDATE sends SET state = 'freezing';
		INSERT INTO deliveries (send_month, send_id, member_id, state, reason) SELECT s.month, s.id, m, 'queued', NULL FROM sends s, generate_series(1, 40) m;
		UPDATE sends SET frozen_at = now(), audience = sealed_queued`
	hold := func(reason string) string {
		return thaw + `UPDATE sends SET state = 'held', held_reason = '` + reason + `'`
	}
	for name, try := range map[string]struct{ held, want string }{
		"something harmless":      {hold(`{"key": "hold.preflight", "args": {"fault": "a typo"}}`), "isn't the one that was approved"},
		"no reason":               {hold(`{}`), "held for a reason"},
		"a few more":              {hold(`{"key": "hold.drift", "args": {"now": 6, "approved": 4}}`), "isn't the one that was approved"},
		"a number that isn't one": {hold(`{"key": "hold.drift", "args": {"now": "many", "approved": 4}}`), "invalid input syntax"},
		"more new ones than all":  {hold(`{"key": "hold.drift_who", "args": {"now": 4, "fresh": 9}}`), "doesn't add up"},
		"what it is":              {hold(`{"key": "hold.drift", "args": {"now": 40, "approved": 39}}`), ""},
		"another reason, later": {hold(`{"key": "hold.mail"}`) + `; UPDATE sends SET held_reason = '{"key": "hold.drift", "args": {"now": 40}}'`,
			"fixed as it is held"},
		"a release of one's own": {`INSERT INTO send_releases (send_id, reason, user_id) SELECT id, '{"key": "hold.drift", "args": {"now": 40}}', 3 FROM sends`,
			"permission denied"},
	} {
		err := d.refuse(t, try.held, freeze)
		if err == nil && try.want != "" || err != nil && (try.want == "" || !strings.Contains(err.Error(), try.want)) {
			t.Errorf("%s: %v, want %q", name, err, try.want)
		}
	}
}

// TestAReleaseExcusesNothingUnseen: what a reason doesn't show excuses nobody,
// and it has no number beside those that it shows.
func TestAReleaseExcusesNothingUnseen(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	const others = `UPDATE sends SET state = 'freezing';
		INSERT INTO deliveries (send_month, send_id, member_id, state, reason) SELECT s.month, s.id, m, 'queued', NULL FROM sends s, generate_series(9001, 9004) m;
		UPDATE sends SET frozen_at = now(), audience = sealed_queued`
	const unequal, refused = "doesn't add up", "isn't the one that was approved"
	for reason, want := range map[string]string{
		`{"key": "hold.drift", "args": {"now": 4, "approved": 4, "fresh": 4}}`:                   unequal,
		`{"key": "hold.drift", "args": {"now": 4, "fresh": 4}}`:                                  unequal,
		`{"key": "hold.drift", "args": {"now": 4}}`:                                              unequal,
		`{"key": "hold.drift"}`:                                                                  unequal,
		`{"key": "hold.ceiling", "args": {"now": 4, "approved": 4, "fresh": 4}}`:                 unequal,
		`{"key": "hold.lead", "args": {"now": 4, "lead_from": 3, "fresh": 4}}`:                   unequal,
		`{"key": "hold.drift_who", "args": {"now": 4, "approved": 4, "fresh": 4}}`:               unequal,
		`{"key": "hold.drift_who", "args": {"now": 4, "approved": 4, "gone": 0, "fresh": null}}`: unequal,
		`{"key": "hold.drift", "args": {"now": 4, "approved": 4}}`:                               refused,
		`{"key": "hold.ceiling", "args": {"now": 4, "approved": 4}}`:                             refused,
		`{"key": "hold.drift_who", "args": {"now": 4, "approved": 4, "gone": 0, "fresh": 4}}`:    "", // which the base shows as 4 gone
	} {
		err := d.refuse(t, `UPDATE sends SET state = 'preflight'; UPDATE sends SET state = 'held', held_reason = '`+reason+`'`, others)
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", reason, err, want)
		}
	}
}

// TestAnAudienceOfNobodyFreezesNobody: were an approval's members gone, no others
// would do for them.
func TestAnAudienceOfNobodyFreezesNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	d.db.App.MustExec(`UPDATE sends SET state = 'preflight'; UPDATE sends SET state = 'freezing'`)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM approval_audiences`) })
	if _, err := d.db.App.Exec(`
		INSERT INTO deliveries (send_month, send_id, member_id, state, reason) SELECT s.month, s.id, m, 'queued', NULL FROM sends s, generate_series(1, 4) m;
		UPDATE sends SET frozen_at = now(), audience = sealed_queued`); err == nil {
		t.Error("frozen for members whom no approval names")
	} else if !strings.Contains(err.Error(), "isn't the one that was approved") {
		t.Error(err)
	}
}

// refuse holds a send by one statement, releases it as a person would, and goes
// on by another, and undoes it all.
func (d *desk) refuse(t *testing.T, hold, freeze string) error {
	t.Helper()
	undo := errors.New("undo")
	err := postgres.InTx(approvaltest.As(d.Third), d.db.App, func(tx *sqlx.Tx) error {
		if _, err := tx.Exec(hold); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE sends SET state = 'preflight', released_by = $1`, d.Third.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(freeze); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}
