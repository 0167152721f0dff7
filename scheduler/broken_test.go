package scheduler_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/mailings"
)

// breaks has the daily check find a link of the mailing broken.
func (d *desk) breaks(t *testing.T, url string) {
	t.Helper()
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`
			WITH t AS (
			  INSERT INTO live_targets (url, host, due_at, state, found, checked_at, broken_since)
			  VALUES ($1, 'h', now(), 'broken', '{"key": "links.no_connection"}', now(), now()) RETURNING id)
			INSERT INTO live_target_uses (target_id, label_id, mailing_id) SELECT t.id, m.label_id, m.id FROM t, mailings m`, url)
	})
}

// works has it find all links working at a moment, and breakAgain all of them broken.
func (d *desk) works(t *testing.T, at time.Time) {
	t.Helper()
	d.World.Clock.Set(at)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE live_targets SET state = 'works', broken_since = NULL, checked_at = $1`, at)
	})
}

func (d *desk) breakAgain(t *testing.T) {
	t.Helper()
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE live_targets SET state = 'broken', broken_since = checked_at`) })
}

// worksAgain returns who is told that links of a held send work again.
func (d *desk) worksAgain(t *testing.T) (who []string) {
	t.Helper()
	as := pgtest.Acting(t.Context(), "system:scheduler")
	if _, err := d.Approval.Stops.Notify(as); err != nil {
		t.Fatal(err)
	}
	if err := d.Mended(as); err != nil {
		t.Fatal(err)
	}
	for recipient, body := range d.stops(t) {
		if strings.Contains(body, "werken weer") {
			who = append(who, recipient)
		}
	}
	slices.Sort(who)
	return who
}

// A link that breaks under way holds the send where the policy says so, until a
// colleague lets it go on with just these.
func TestABrokenLinkHoldsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt)
	if s := d.only(t); s.State != mailings.Sending {
		t.Fatalf("the send is %s for %s", s.State, s.HeldReason)
	}
	d.breaks(t, "https://zonvakantie.example/winter?x=1&y=2")
	if d.tick(t, slotAt.Add(time.Second)); d.only(t).State != mailings.Sending {
		t.Fatalf("no policy says so, and the send is %s", d.only(t).State)
	}
	d.policy(t, func(p *policies.Policy) { p.HoldBrokenLinks = true })
	d.tick(t, slotAt.Add(2*time.Second))
	held := d.only(t)
	if held.State != mailings.Held || held.HeldReason.Key != "hold.links" ||
		!strings.Contains(held.HeldReason.String(), "zonvakantie.example/winter?x=1&y=2") {
		t.Fatalf("the send is %s for %s", held.State, held.HeldReason)
	}
	if got := d.worksAgain(t); len(got) != 0 {
		t.Errorf("while it is broken %v hear that it works", got)
	}
	at := slotAt.Add(2500 * time.Millisecond)
	d.works(t, at)
	want := []string{d.Maker.Email, d.Colleague.Email, d.Third.Email}
	slices.Sort(want)
	for _, want := range [][]string{want, nil} { // once
		if diff := cmp.Diff(want, d.worksAgain(t)); diff != "" {
			t.Errorf("who hears that it works again: %s", diff)
		}
	}
	if s := d.only(t); s.State != mailings.Held || s.MendedAt == nil || !s.MendedAt.Equal(at) {
		t.Errorf("the send is %s, mended %v", s.State, s.MendedAt)
	}
	d.breakAgain(t)
	release := func() {
		t.Helper()
		if _, err := d.Release(approvaltest.As(d.Colleague), held.ID, d.only(t).HeldReason.String(), d.Colleague.ID); err != nil {
			t.Fatal(err)
		}
	}
	release()
	if d.tick(t, slotAt.Add(3*time.Second)); d.only(t).State != mailings.Sending {
		t.Errorf("released, the send is %s for %s", d.only(t).State, d.only(t).HeldReason)
	}
	d.breaks(t, "https://another.example/")
	if d.tick(t, slotAt.Add(4*time.Second)); d.only(t).State != mailings.Held {
		t.Errorf("another broke, and the send is %s", d.only(t).State)
	}
}

// mended is a desk whose send is held for a link of its mailing before it begins, and of
// which people heard that it works again.
func mended(t *testing.T) (*desk, mailings.Mailing) {
	t.Helper()
	const url = "https://zonvakantie.example/winter"
	d := newDesk(t, 3)
	m, _ := d.Approved(t, d.Brief(t, slot))
	d.tick(t, slotAt.Add(-time.Hour))
	d.breaks(t, url)
	_, err := d.World.Sends.Update(pgtest.Acting(t.Context(), "system:scheduler"), d.only(t).ID, func(s *mailings.Send) error {
		because := words.Of(mailings.BrokenLinks, "n", 1, "first", words.Of("links.no_connection"), "urls", []string{url})
		return s.Hold(because, d.World.Clock.Now())
	})
	noError(t, err)
	d.works(t, slotAt.Add(-40*time.Minute))
	if who := d.worksAgain(t); len(who) != 3 || d.only(t).MendedAt == nil {
		t.Fatalf("%v hear that it works again", who)
	}
	return d, m
}

// The base takes it of no other send, and of none of which it isn't known since when.
func TestOnlyAHeldSendIsMended(t *testing.T) {
	t.Parallel()
	d, _ := mended(t)
	for _, change := range []string{
		"held_at = NULL", "held_reason = NULL", "state = 'planned'", "mended_at = held_at - interval '1 second'",
	} {
		tx := d.db.Owner.MustBegin()
		tx.MustExec(`SET LOCAL session_replication_role = replica`)
		if _, err := tx.Exec(`UPDATE sends SET ` + change); err == nil || !strings.Contains(err.Error(), "check constraint") {
			t.Errorf("%s: %v", change, err)
		}
		noError(t, tx.Rollback())
	}
}

// A mailing whose send is held for links that work again is edited, withdrawn and called
// off as any other.
func TestAMendedSendIsCalledOff(t *testing.T) {
	t.Parallel()
	d, m := mended(t)
	_, err := d.Approval.Withdraw(approvaltest.As(d.Maker), m.ID, "another offer")
	noError(t, err)
	if s := d.only(t); s.State != mailings.SendCancelled || s.MendedAt != nil {
		t.Errorf("the send is %s, mended %v", s.State, s.MendedAt)
	}
}

// Nobody reads that links work of which one is broken again, and people are told once more
// when it works.
func TestALinkThatBreaksAgainIsNotSaidToWork(t *testing.T) {
	t.Parallel()
	d, _ := mended(t)
	d.breakAgain(t)
	if who, s := d.worksAgain(t), d.only(t); len(who) != 0 || s.State != mailings.Held || s.MendedAt != nil {
		t.Errorf("%v hear that it works; the send is %s, mended %v", who, s.State, s.MendedAt)
	}
	d.works(t, slotAt.Add(-20*time.Minute))
	if who := d.worksAgain(t); len(who) != 3 || d.only(t).MendedAt == nil {
		t.Errorf("once it works %v hear of it", who)
	}
}
